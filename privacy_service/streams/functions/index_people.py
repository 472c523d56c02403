"""`index-people`: notes in the workspace's index who is known by which names, and lets every record on as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import Error as DatabaseFailed

from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.base import NO_JSON, SEVERAL, BuiltIn, Place, holds_several, object_in
from privacy_service.streams.parts import NAMESPACE, Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble
from privacy_service.subjects.index import overhearing
from workspaces.authentication import workspace_of


@dataclass(frozen=True, slots=True)
class IndexPeople:
    """Notes a whole batch at once, before it goes on: what a worker that dies had not noted comes again."""

    workspace: str

    def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return each record; nothing goes on where nobody can be noted."""
        events = [object_in(record.value) for record in records]
        try:
            workspace = workspace_of(self.workspace)
            if workspace is None:
                return [Failed(Trouble.UNAVAILABLE, f"there is no workspace {self.workspace}")] * len(records)
            overhearing.overhear_events(workspace.pk, [event for event in events if event])
            overhearing.file()
        except DatabaseFailed:
            return [Failed(Trouble.UNAVAILABLE, "the index could not be written")] * len(records)
        return [
            NO_JSON if event is None else SEVERAL if holds_several(event) else (record,)
            for record, event in zip(records, events, strict=True)
        ]


def make(options: Part, place: Place) -> Function:
    """Read whose index it is."""
    said = options.members(optional=("workspace",))
    return IndexPeople(said["workspace"].text(NAMESPACE) if "workspace" in said else place.namespace)


INDEX_PEOPLE = BuiltIn("index-people", Operator.MAP, make)
