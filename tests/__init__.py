"""The suite; it mirrors the packages, and `stories` tells whole tales over HTTP."""
