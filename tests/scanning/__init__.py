"""Scans of what a workspace has: tables, files, topics, destinations."""
