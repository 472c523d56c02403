"""How the fast tier learns: sentences from templates of our own, filled with invented people (development only)."""
