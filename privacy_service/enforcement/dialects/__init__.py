"""Contracts of others that mask or find: each module turns their words into ours and back, over the same engine."""
