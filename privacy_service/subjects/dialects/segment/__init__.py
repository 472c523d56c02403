"""Segment's Public API for regulations: deletion and suppression in its words, with its limits."""
