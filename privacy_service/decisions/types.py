"""The question, who asks and for what; and the answer, an effect with its reason."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from classifier import REDACT_EVERYTHING, Policy
from privacy_service.exceptions import AccessDenied, SourceRestricted
from workspaces.authentication import Actor
from workspaces.models import Source, Workspace


class Effect(StrEnum):
    """What happens to the payload."""

    PASS = "pass"  # noqa: S105 - an effect, not a password.
    MASK = "mask"
    DENY = "deny"


class Reason(StrEnum):
    """Why; a closed list that the API, logs, metrics and pages share."""

    NOT_RELEASED = "not-released"
    NOT_A_MEMBER = "not-a-member"
    ROLE_GRANTS_PII = "role-grants-pii"
    BREAK_GLASS = "break-glass"
    GRANT_COVERS_PART = "grant-covers-part"
    SOURCE_RESTRICTED = "source-restricted"
    ROLE_LACKS_PII = "role-lacks-pii"
    NO_ACTOR = "no-actor"
    LEAK_FOUND = "leak-found"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """An actor asks to see a workspace's data, of one source where one is named."""

    actor: Actor
    workspace: Workspace
    source: Source | None = None
    key: tuple[bytes, bytes, bytes | None] = field(init=False, compare=False, repr=False)
    """Workspace, actor and source, under which its answer is kept; bytes, since Python's UUIDs are slow to hash."""

    def __post_init__(self) -> None:
        source = self.source and self.source.pk.bytes
        object.__setattr__(self, "key", (self.workspace.pk.bytes, self.actor.pk.bytes, source))


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer; whoever forgets to name operators hides everything."""

    effect: Effect
    reason: Reason
    operators: Policy = REDACT_EVERYTHING
    policy_version: int = 0
    valid_until: datetime | None = None  # When a grant that it rests on ends by itself.

    @property
    def withheld(self) -> Self:
        """Return this decision as it stands in the trail where its masked body showed something and went nowhere."""
        return replace(self, effect=Effect.DENY, reason=Reason.LEAK_FOUND)

    @property
    def refusal(self) -> AccessDenied:
        """Return what a reader is told who is denied."""
        return SourceRestricted() if self.reason is Reason.SOURCE_RESTRICTED else AccessDenied()
