"""The views of the management API, one module a kind of thing."""
