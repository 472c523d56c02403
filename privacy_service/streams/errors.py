"""What prevents a flow from being read or from going on, in words that never say what a record held."""


class FlowError(ValueError):
    """A flow, or what it needs, that cannot be used: where that shows, and what to do. It never quotes a record."""


class StreamsError(Exception):
    """Something prevents a flow from going on."""


class Unreachable(StreamsError):
    """The broker does not answer: what was read and not acknowledged will be read again."""


class Superseded(StreamsError):
    """Another worker took this batch over, since this one had seemed to stall; nothing of it was written."""


class Unavailable(StreamsError):
    """What a function asks cannot be reached: the batch waits, since none of its records is at fault."""
