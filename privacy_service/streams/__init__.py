"""Flows that mask records between topics: described in YAML, run by `manage.py flow`."""
