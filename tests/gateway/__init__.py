"""The built-in gateway."""
