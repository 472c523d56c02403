"""Logs, metrics and health, none of which ever holds a personal value."""
