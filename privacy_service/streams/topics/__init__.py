"""Topics read over HTTP, each record as its reader may see it."""
