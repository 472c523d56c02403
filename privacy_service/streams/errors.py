"""What is wrong with a flow or with a package, in words for whoever wrote it."""


class FlowError(ValueError):
    """A flow, or what it needs, that cannot be used: where that shows, and what to do. It never quotes a record."""
