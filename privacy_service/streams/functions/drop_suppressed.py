"""`drop-suppressed`: leaves out events about people whom the workspace takes in no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error as DatabaseFailed

from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.base import (
    DROPPED,
    NO_JSON,
    SEVERAL,
    BuiltIn,
    Place,
    found_at,
    holds_several,
    leading_to,
    object_in,
)
from privacy_service.streams.parts import NAMESPACE, Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble
from privacy_service.subjects.events import identifiers_in
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.suppressions import suppressed_among
from workspaces.authentication import workspace_of


@dataclass(frozen=True, slots=True)
class DropSuppressed:
    """Asks about a whole batch at once; where nobody can tell, nothing goes on."""

    workspace: str
    paths: Mapping[Kind, Sequence[str]]  # Where identifiers stand, beside the places of Segment's specification.

    def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return each record, or nothing where it is about somebody suppressed."""
        events = [object_in(record.value) for record in records]
        named = [(at, one) for at, event in enumerate(events) if event for one in self._identifiers(event)]
        try:
            workspace = workspace_of(self.workspace)
            if workspace is None:
                return [Failed(Trouble.UNAVAILABLE, f"there is no workspace {self.workspace}")] * len(records)
            answers = suppressed_among(workspace.pk, [identifier for _, identifier in named])
        except DatabaseFailed:
            return [Failed(Trouble.UNAVAILABLE, "suppressions could not be read")] * len(records)
        suppressed = {at for (at, _), is_so in zip(named, answers, strict=True) if is_so}
        return [
            DROPPED if at in suppressed else _outcome(record, event)
            for at, (record, event) in enumerate(zip(records, events, strict=True))
        ]

    def _identifiers(self, event: Mapping[str, Any]) -> list[Identifier]:
        named = identifiers_in(event)
        for kind, path in self.paths.items():
            value = found_at(event, path)
            if isinstance(value, str | int) and not isinstance(value, bool):
                named.append(Identifier(kind, str(value)))
        return named


def make(options: Part, place: Place) -> Function:
    """Read whose suppressions count, and where else identifiers stand."""
    said = options.members(optional=("workspace", "identifiers"))
    paths = {}
    for name, each in said["identifiers"].named().items() if "identifiers" in said else ():
        kind = Part(name, each.file, each.trail, each.lines).one_of(Kind)
        paths[kind] = leading_to(each.text())
    workspace = said["workspace"].text(NAMESPACE) if "workspace" in said else place.namespace
    return DropSuppressed(workspace, paths)


def _outcome(record: Record, event: Mapping[str, Any] | None) -> Outcome:
    if event is None:
        return NO_JSON
    return SEVERAL if holds_several(event) else (record,)


DROP_SUPPRESSED = BuiltIn("drop-suppressed", Operator.FILTER, make)
