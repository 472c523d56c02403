"""What stands between two string literals of a document, read once: punctuation and numbers."""

import re

# Shorter numbers are nobody's identifier without a telling key.
MINIMUM_DIGITS = 7
MAX_CACHED_GAPS = 4096
MAX_CACHED_GAP = 64

# A bracket (or a comma, for who asks for them), or where in the part a number stands.
Step = str | tuple[int, int]

_NUMBER = r"-?[0-9][0-9.eE+-]*"
_BRACKETS = re.compile(rf"[{{}}\[\]]|{_NUMBER}")
_BRACKETS_AND_COMMAS = re.compile(rf"[{{}}\[\],]|{_NUMBER}")
_SIGNS = frozenset("{}[],")


class Gaps(dict[str, tuple[bool, tuple[Step, ...]]]):
    """What stands between two literals, read once: does it make a key of the first, what opens and closes."""

    def __init__(self, token: re.Pattern[str]) -> None:
        """Say what is read."""
        super().__init__()
        self._token = token

    def __missing__(self, gap: str) -> tuple[bool, tuple[Step, ...]]:
        """Read a gap; one that holds a number of many digits is not kept in memory."""
        steps = tuple(_step(match) for match in self._token.finditer(gap))
        read = gap.lstrip().startswith(":"), steps
        if len(gap) <= MAX_CACHED_GAP and not any(map(_is_long, steps)):
            if len(self) >= MAX_CACHED_GAPS:
                self.clear()
            self[gap] = read
        return read


def _is_long(step: Step) -> bool:
    return isinstance(step, tuple) and step[1] - step[0] >= MINIMUM_DIGITS


def _step(match: re.Match[str]) -> Step:
    return match.group() if match.group() in _SIGNS else match.span()


GAPS = Gaps(_BRACKETS)
GAPS_WITH_COMMAS = Gaps(_BRACKETS_AND_COMMAS)
