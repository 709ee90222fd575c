"""The only reading layer: every question needs an actor, and the scope is added here."""
