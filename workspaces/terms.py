"""On which terms a role is given: for what of the data, in which sources, until when, and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from workspaces.exceptions import TermsRefused
from workspaces.models import Grant, Source, Workspace
from workspaces.models.places import check_labels
from workspaces.roles import KIND_ROLES, SOURCE_ROLES, Role

LONGEST_REASON = 500
COLOURS = ("red", "yellow", "green")
_ENTITY = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one grant; those that are empty narrow nothing.

    Entities and colours add up; sources are the only ones, or labels are those of the only ones: all of them.
    """

    entities: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    reason: str = ""

    def check(self, role: Role, workspace: Workspace) -> None:
        """Raise TermsRefused where the role cannot be given on these terms in this workspace."""
        self._check_role(role)
        self._check_kinds()
        self._check_sources(workspace)
        if len(self.reason) > LONGEST_REASON:
            message = f"Say why in at most {LONGEST_REASON} letters."
            raise TermsRefused(message)
        if self.expires_at and self.expires_at <= timezone.now():
            message = "This grant would have ended already: give a time to come."
            raise TermsRefused(message)

    def as_fields(self) -> dict[str, Any]:
        """Return the fields of a grant on these terms."""
        return {
            "entities": sorted(set(self.entities)),
            "colours": [colour for colour in COLOURS if colour in self.colours],
            "sources": sorted({str(source.pk) for source in self.sources}),
            "labels": dict(sorted(self.labels.items())),
            "expires_at": self.expires_at,
            "reason": self.reason.strip(),
        }

    def _check_role(self, role: Role) -> None:
        if role in KIND_ROLES:
            message = f"{role.label} comes with the kind of membership: change that instead."
            raise TermsRefused(message)
        if (self.entities or self.colours) and role != Role.PII_VIEWER:
            message = f"Kinds of personal data count for a PII viewer only, not for a {role.label}."
            raise TermsRefused(message)
        if (self.sources or self.labels) and role not in SOURCE_ROLES:
            message = f"{role.label} counts for the whole workspace: it cannot be given for some sources."
            raise TermsRefused(message)

    def _check_kinds(self) -> None:
        strange = [name for name in self.entities if not _ENTITY.fullmatch(name)]
        if strange:
            message = f"“{strange[0][:40]}” is no kind of personal data. Write names such as EMAIL_ADDRESS."
            raise TermsRefused(message)
        if not set(self.colours) <= set(COLOURS):
            message = f"A colour is one of {', '.join(COLOURS)}."
            raise TermsRefused(message)

    def _check_sources(self, workspace: Workspace) -> None:
        if self.sources and self.labels:
            message = "Name sources or their labels, not both; give two grants for two ways."
            raise TermsRefused(message)
        if any(source.workspace_id != workspace.pk for source in self.sources):
            message = "A grant reaches sources of its own workspace only."
            raise TermsRefused(message)
        try:
            check_labels(dict(self.labels))
        except ValidationError as error:
            raise TermsRefused(error.message) from None


def terms_of(grant: Grant) -> Terms:
    """Return the terms that a grant was given on; sources that have gone are left out."""
    return Terms(
        entities=tuple(grant.entities),
        colours=tuple(grant.colours),
        sources=tuple(Source.objects.filter(pk__in=grant.sources)),
        labels=grant.labels,
        expires_at=grant.expires_at,
        reason=grant.reason,
    )
