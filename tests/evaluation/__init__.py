"""Promotions and demotions: what the rules came to, decided by people."""
