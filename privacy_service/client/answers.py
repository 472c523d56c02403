"""What the service answers, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What becomes of a payload."""

    PASS = "pass"  # noqa: S105 - an effect, not a password.
    MASK = "mask"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reader may see, and for how many seconds that may be relied on."""

    effect: Effect
    reason: str
    policy_version: int
    max_age: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A body as its reader may see it; `entities` counts what was hidden."""

    body: bytes
    content_type: str
    effect: Effect
    reason: str
    policy_version: int
    entities: Mapping[str, int]
    request_id: str  # Empty where nothing was sent, since a decision that is still good lets it pass.


@dataclass(frozen=True, slots=True)
class Finding:
    """Where something personal stands, never what it says."""

    pointer: str
    start: int
    end: int
    entity: str
    score: float
    recognizer: str


@dataclass(frozen=True, slots=True)
class Classified:
    """What is personal in a payload."""

    entities: Mapping[str, int]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a decision, its answer, and whether that settled it."""

    name: str
    question: str
    answer: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class Field:
    """Why a field is hidden, or is not."""

    finding: Finding
    operator: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with every question asked, the grants that show something, and what hides each field."""

    effect: Effect
    reason: str
    policy_version: int
    at: str
    release: str
    questions: tuple[Question, ...]
    through: tuple[Mapping[str, Any], ...]
    fields: tuple[Field, ...]
