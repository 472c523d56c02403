"""The errors of the classifier, none of which ever quotes a payload.

ClassifierError
├── InvalidPayload    the body is not what its kind says (line and column)
├── InvalidEncoding   the body is not UTF-8 (byte offset)
├── TooDeep           the body nests deeper than the limit
├── TokensRefused     tokens are forged, cut, or of a key that is not at hand (their number)
├── TierUnavailable   a tier was asked for that cannot be loaded
├── PolicyError       a policy names what does not exist or lacks what it needs
├── LeakFound         a masked body still shows what was to be hidden (which kinds)
├── RequestRefused    Presidio's engine refuses a request to it, in its own words
├── NamesUnavailable  the model of the thorough names tier cannot be used
└── ClassifierFailed  a recognizer or an operator broke
"""

from collections.abc import Mapping
from typing import Any


class ClassifierError(Exception):
    """What every error of this package is."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes as it is, whatever it was made of."""
        return _made_again, (type(self), self.args), vars(self)


def _made_again(kind: type[ClassifierError], args: tuple[Any, ...]) -> ClassifierError:
    return kind.__new__(kind, *args)


class InvalidPayload(ClassifierError):
    """The body does not follow the grammar of its kind."""

    def __init__(self, message: str, line: int, column: int) -> None:
        """Keep where the body breaks, 1-based and in code points."""
        super().__init__(f"{message}: line {line} column {column}")
        self.message = message
        self.line = line
        self.column = column


class InvalidEncoding(ClassifierError):
    """The body is not UTF-8."""

    def __init__(self, offset: int) -> None:
        """Keep the offset of the first bad byte."""
        super().__init__(f"The body is not valid UTF-8 at byte {offset}; send UTF-8.")
        self.offset = offset


class TooDeep(ClassifierError):
    """The body nests deeper than the limit."""

    def __init__(self, max_depth: int) -> None:
        """Keep the limit that was passed."""
        super().__init__(f"The body nests deeper than {max_depth} levels.")
        self.max_depth = max_depth


class TokensRefused(ClassifierError):
    """Tokens of a body could not be opened."""

    def __init__(self, count: int) -> None:
        """Keep how many; which ones is not told."""
        super().__init__(f"{count} token(s) could not be opened: forged, cut, or made with a key that is not at hand.")
        self.count = count


class LeakFound(ClassifierError):
    """A masked body still shows what was to be hidden, and must go nowhere."""

    def __init__(self, entities: Mapping[str, int]) -> None:
        """Keep how much of which kind; where it is and what it says is not told."""
        super().__init__(f"The masked body still shows what was to be hidden: {', '.join(sorted(entities))}.")
        self.entities = dict(entities)


class RequestRefused(ClassifierError):
    """Presidio's engine refuses the parameters of a request to it; the message is its own, about parameters alone."""


class TierUnavailable(ClassifierError):
    """A tier was asked for that cannot be loaded; the message says what to install."""


class PolicyError(ClassifierError):
    """A policy names an unknown entity or operator, or lacks a parameter."""


class NamesUnavailable(ClassifierError):
    """The model of the thorough names tier, or what runs it, is missing or does not work."""


class ClassifierFailed(ClassifierError):
    """A recognizer or operator broke; the message says where, the payload is not in it."""
