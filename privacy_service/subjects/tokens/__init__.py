"""Tokens under keys of the people the data is about: each person's key is made at first sight and goes with them."""
