"""Callbacks, one module a page: parse, ask, show."""
