"""What goes into and comes out of masking and classifying a body."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from classifier.entities import Entity

# The walk keeps its own stack, yet bodies inside bodies recurse: this ceiling stays far from Python's.
DEEPEST = 400


class PayloadKind(StrEnum):
    """Name what a body is made of."""

    JSON = "json"
    NDJSON = "ndjson"
    TEXT = "text"
    CSV = "csv"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound the work a body may ask for."""

    max_depth: int = 100

    def __post_init__(self) -> None:
        """Refuse a limit that the walk could not keep."""
        if not 1 <= self.max_depth <= DEEPEST:
            message = f"max_depth must lie between 1 and {DEEPEST}."
            raise ValueError(message)


class Masked(NamedTuple):
    """A body as its reader may see it, and how often each entity was hidden in it."""

    payload: bytes
    entities: dict[Entity, int]

    def __repr__(self) -> str:
        """Show nothing of the body."""
        return f"Masked(entities={self.entities})"


@dataclass(frozen=True, slots=True)
class Unmasked:
    """A body with its tokens turned back, and how many there were of each entity."""

    payload: bytes = field(repr=False)
    counts: dict[Entity, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """Say where in a body an entity was found: the leaf, and the code points within it."""

    path: str
    entity: Entity
    score: float
    recognizer: str
    start: int
    end: int
