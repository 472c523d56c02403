"""Off, shadow, internal, beta, public: how far the release has come, and whether that reaches a workspace."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from uuid import UUID

BUCKETS = 10_000
_ALL = Decimal(100)


class Stage(StrEnum):
    """The stages in the order in which they reach more workspaces."""

    OFF = "off"
    SHADOW = "shadow"
    INTERNAL = "internal"
    BETA = "beta"
    PUBLIC = "public"


_ORDER = {stage: place for place, stage in enumerate(Stage)}


class Cause(StrEnum):
    """Why the feature is, or is not, released to a workspace."""

    OFF = "off"
    FORCED_OFF = "forced-off"
    FORCED_ON = "forced-on"
    INTERNAL = "internal"
    BETA = "beta"
    DIAL = "dial"
    PUBLIC = "public"
    NOT_REACHED = "not-reached"

    @property
    def is_live(self) -> bool:
        """Say whether the feature is on."""
        return self not in {Cause.OFF, Cause.FORCED_OFF, Cause.NOT_REACHED}


@dataclass(frozen=True, slots=True)
class Position:
    """Where the release stands: a stage, and between beta and public the share of workspaces in percent."""

    stage: Stage
    percent: Decimal = Decimal(0)

    @classmethod
    def dialled(cls, percent: Decimal) -> "Position":
        """Return the position at which the dial reaches this share, beside internal workspaces and beta testers."""
        return cls(Stage.BETA, percent)

    @classmethod
    def read(cls, text: str) -> "Position":
        """Return the position that `str()` wrote, such as `beta` or `dial 25`; raise ValueError for anything else."""
        word, _, number = text.partition(" ")
        if word == "dial":
            return cls.dialled(read_percent(number))
        return cls(Stage(text))

    def __str__(self) -> str:
        return f"dial {plain(self.percent)}" if self.percent else str(self.stage)

    def reaches_beyond(self, other: "Position") -> bool:
        """Say whether some workspace may be reached here that is not reached there; overrides stand apart."""
        return _reach(self) > _reach(other)


def _reach(position: Position) -> tuple[int, Decimal]:
    reaches_nobody = _ORDER[position.stage] <= _ORDER[Stage.SHADOW]
    return (0, Decimal(0)) if reaches_nobody else (_ORDER[position.stage], position.percent)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides about one workspace beside the position."""

    bucket: int
    is_internal: bool = False
    is_beta_tester: bool = False
    forced: bool | None = None  # An override, on or off.


def cause_for(position: Position, standing: Standing) -> Cause:
    """Say why a position reaches a workspace or not: off beats an override, which beats the stage and the dial."""
    if position.stage is Stage.OFF:
        return Cause.OFF
    if standing.forced is not None:
        return Cause.FORCED_ON if standing.forced else Cause.FORCED_OFF
    return _by_stage(position, standing)


def _by_stage(position: Position, standing: Standing) -> Cause:
    reached = _ORDER[position.stage]
    if position.stage is Stage.PUBLIC:
        return Cause.PUBLIC
    if standing.is_internal and reached >= _ORDER[Stage.INTERNAL]:
        return Cause.INTERNAL
    if standing.is_beta_tester and reached >= _ORDER[Stage.BETA]:
        return Cause.BETA
    return Cause.DIAL if standing.bucket * _ALL < position.percent * BUCKETS else Cause.NOT_REACHED


def bucket_of(salt: str, workspace_id: UUID) -> int:
    """Return the workspace's fixed place from 0 to 9,999; a dial at p % reaches the places below p * 100."""
    digest = hashlib.sha256(f"{salt}:{workspace_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def read_percent(text: str) -> Decimal:
    """Return a percentage from 0 to 100 with two digits after the point; raise ValueError for anything else."""
    try:
        percent = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        percent = Decimal(-1)
    if not (percent.is_finite() and 0 <= percent <= _ALL):
        message = f"{text} is not a percentage: give a number from 0 to 100"
        raise ValueError(message)
    return percent.quantize(Decimal("0.01"))


def plain(percent: Decimal) -> str:
    """Return a percentage without zeros that say nothing."""
    return f"{percent.normalize():f}"
