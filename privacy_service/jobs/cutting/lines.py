"""Where lines end that each stand for themselves."""


def end_of_lines(data: bytes) -> int:
    """Return where the last whole line ends."""
    return data.rfind(b"\n") + 1
