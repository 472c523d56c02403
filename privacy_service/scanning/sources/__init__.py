"""Kinds of what can be scanned, one file each."""
