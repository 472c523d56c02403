"""The management API: owners run their workspace over HTTP."""
