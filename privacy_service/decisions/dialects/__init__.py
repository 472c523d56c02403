"""Contracts of others that ask for decisions: each module turns their words into ours and back."""
