"""The index over HTTP: where somebody is, adding and taking out people by hand, reading whole systems."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import PermissionMissing
from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.schema import COMMON, IDEMPOTENCY_KEY, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from privacy_service.subjects.endpoints import MOST
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.index import knowing, scanning
from privacy_service.subjects.index.keeping import Sighting, keep
from privacy_service.subjects.models import Destination, IndexEntry, IndexScan, IndexSettings
from privacy_service.subjects.views.naming import LargeJSONParser, NamedSubject, identifiers_of
from workspaces.acts import Act, note
from workspaces.keys import Scope
from workspaces.permissions import Permission

MOST_NAMES = 50  # Of one person.


class Wanted(StrictSerializer):
    """Whom somebody looks for."""

    identifiers = serializers.ListField(child=NamedSubject(), min_length=1, max_length=MOST_NAMES)
    with_identifiers = serializers.BooleanField(
        default=False, help_text="Show the names too, which needs the permission view_pii."
    )


class NamedPerson(StrictSerializer):
    """One person as a system knows them."""

    destination = Text(max_length=80, help_text="The slug of the system.")
    own_id = Text(max_length=1000, required=False, help_text="The system's own id, where none of the names is it.")
    identifiers = serializers.ListField(child=NamedSubject(), min_length=1, max_length=MOST_NAMES)


class NamedPeople(StrictSerializer):
    """People that are added by hand."""

    people = serializers.ListField(child=NamedPerson(), min_length=1, max_length=MOST)


class SettingsChange(StrictSerializer):
    """What the index learns from by itself."""

    from_events = serializers.BooleanField(help_text="Whether events that pass tell who is known by which names.")


class NewScan(StrictSerializer):
    """Which system is read."""

    destination = Text(max_length=80, help_text="The slug of the system.")


class ScanSerializer(serializers.Serializer[IndexScan]):
    """How far the reading of a system is."""

    id = serializers.UUIDField()
    destination = serializers.CharField(source="destination.slug")
    state = serializers.ChoiceField(IndexScan.State.choices)
    people = serializers.IntegerField(help_text="Records that were read so far; a person may have several.")
    problem = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class ScanListing(Listing):
    """Filters of the list."""

    orders: ClassVar[dict[str, str]] = {"created_at": "created_at"}
    ordering = ordering(orders, default="-created_at")
    state = serializers.ChoiceField(IndexScan.State.choices, required=False)


_NUMBERS = serializers.DictField(child=serializers.IntegerField())
_PLACE = inline_serializer(
    "IndexPlace",
    {
        "source": serializers.CharField(help_text="The slug of a system, or (events)."),
        "destination_id": serializers.UUIDField(allow_null=True),
        "kinds": serializers.ListField(child=serializers.CharField(), help_text="By what it knows them."),
        "first_seen_at": serializers.DateTimeField(),
        "seen_at": serializers.DateTimeField(),
        "identifiers": serializers.ListField(child=NamedSubject(), required=False),
    },
    many=True,
)
_FOUND = inline_serializer(
    "IndexFound",
    {
        "places": _PLACE,
        "found": serializers.DictField(child=serializers.IntegerField(), help_text="Other names of theirs, by kind."),
        "left_out": serializers.DictField(
            child=serializers.IntegerField(), help_text="Names that somebody else has too, by kind."
        ),
    },
)
_ALICE = {"kind": "email", "value": "alice@example.com"}
_WHERE = OpenApiExample("one person", {"identifiers": [_ALICE]}, request_only=True)
_ADD = OpenApiExample(
    "one person in one system",
    {"people": [{"destination": "crm", "own_id": "0036900", "identifiers": [_ALICE]}]},
    request_only=True,
)
_SOURCES = inline_serializer(
    "IndexSources",
    {
        "from_events": serializers.BooleanField(),
        "sources": serializers.DictField(help_text="Of each source: people, and when somebody was last seen there."),
    },
)


class IndexViewSet(ManagementViewSet):
    """Where each person is known."""

    collection = "scans"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    listing = ScanListing
    serializer_class = ScanSerializer
    parser_classes = (LargeJSONParser,)

    def get_queryset(self) -> QuerySet[IndexScan]:
        """Return the workspace's scans."""
        return IndexScan.objects.filter(destination__workspace=self.space).select_related("destination")

    @extend_schema(operation_id="index_read", parameters=[*COMMON], responses={200: _SOURCES, **problems()})
    def retrieve(self, request: Request, slug: str) -> Response:
        """Show how many people the index knows of each source, and what it learns from."""
        del request, slug
        rows = IndexEntry.objects.filter(workspace=self.space).order_by("source").values("source")
        counted = rows.annotate(people=Count("pk"), seen_at=Max("seen_at"))
        sources = {row["source"]: {"people": row["people"], "seen_at": row["seen_at"]} for row in counted}
        return Response({"from_events": self._settings().from_events, "sources": sources})

    @extend_schema(
        operation_id="index_settings_change",
        parameters=[*COMMON],
        request=SettingsChange,
        examples=[OpenApiExample("from events", {"from_events": True}, request_only=True)],
        responses={
            200: inline_serializer("IndexSettings", {"from_events": serializers.BooleanField()}),
            **problems(422),
        },
    )
    @writes
    def partial_update(self, request: Request, slug: str) -> Response:
        """Have events that pass the masking API tell who is known by which names, or no more."""
        del request, slug
        held = self._settings()
        held.from_events = self.body(SettingsChange)["from_events"]
        held.save()
        note(Act.INDEX_CHANGED, self.space, self.actor, None, from_events=held.from_events)
        return Response({"from_events": held.from_events})

    @extend_schema(
        operation_id="index_find",
        parameters=[*COMMON],
        request=Wanted,
        examples=[_WHERE],
        responses={200: _FOUND, **problems(422)},
    )
    @transaction.atomic
    def find(self, request: Request, slug: str) -> Response:
        """Say where somebody is, by any of their names; the names themselves are shown to who may see them."""
        del request, slug
        asked = self.body(Wanted)
        if asked["with_identifiers"] and not self.rights.allow(Permission.VIEW_PII):
            message = "This needs the permission view_pii; leave out `with_identifiers` to see places alone."
            raise PermissionMissing(message)
        known = knowing.known_as(self.space, identifiers_of(asked), believes_claims=True)
        places = [_place(entry, shows=asked["with_identifiers"]) for entry in knowing.entries_of(known)]
        note(Act.INDEX_ASKED, self.space, self.actor, None, places=len(places), shown=asked["with_identifiers"])
        return Response({"places": places, "found": {}, "left_out": {}, **known.told})

    @extend_schema(
        operation_id="index_add",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=NamedPeople,
        examples=[_ADD],
        responses={200: inline_serializer("IndexAdded", {"entries": serializers.IntegerField()}), **problems(422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Add people by hand, or what is new of those it knows; at most 5,000 a call."""
        del request, slug
        filed: dict[str, list[Sighting]] = {}
        for person in self.body(NamedPeople)["people"]:
            filed.setdefault(person["destination"], []).append(_sighting(person))
        systems = {name: self._destination(name) for name in filed}
        entries = sum(keep(self.space, filed[name], systems[name]) for name in filed)
        note(Act.INDEX_CHANGED, self.space, self.actor, None, entries=entries)
        return Response({"entries": entries})

    @extend_schema(
        operation_id="index_remove",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=inline_serializer("IndexUnwanted", {"identifiers": serializers.ListField(child=NamedSubject())}),
        examples=[_WHERE],
        responses={200: inline_serializer("IndexRemoved", {"removed": serializers.IntegerField()}), **problems(422)},
    )
    @writes
    def remove(self, request: Request, slug: str) -> Response:
        """Take somebody out of the index; what systems hold stays there, and a scan finds it again."""
        del request, slug
        known = knowing.known_as(self.space, identifiers_of(self.body(Wanted)), believes_claims=True)
        removed = knowing.forget(self.space, [*known.named, *known.found])
        note(Act.INDEX_CHANGED, self.space, self.actor, None, removed=removed)
        return Response({"removed": removed})

    @extend_schema(
        operation_id="index_scans_list",
        parameters=[ScanListing, *COMMON],
        responses={200: listed("scans", ScanSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the readings of whole systems."""
        del request, slug
        filters, rows = self.asked(), self.get_queryset()
        return self.page(rows.filter(state=filters["state"]) if "state" in filters else rows, filters)

    @extend_schema(operation_id="index_scans_read", parameters=[*COMMON], responses={200: ScanSerializer, **problems()})
    def read_scan(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show how far the reading of a system is."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="index_scans_start",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=NewScan,
        examples=[OpenApiExample("a system", {"destination": "shop"}, request_only=True)],
        responses={201: ScanSerializer, **problems(409, 422)},
    )
    @writes
    def scan(self, request: Request, slug: str) -> Response:
        """Have a whole system read into the index, beside requests."""
        del request, slug
        return self.created(scanning.begin(self._destination(self.body(NewScan)["destination"]), by=self.actor))

    def _destination(self, slug: str) -> Destination:
        found = Destination.objects.filter(workspace=self.space, slug=slug).first()
        if found is None:
            raise invalid_fields({"destination": ["The workspace has no destination with this slug."]})
        return found

    def _settings(self) -> IndexSettings:
        return IndexSettings.objects.filter(workspace=self.space).first() or IndexSettings(workspace=self.space)


def _sighting(person: dict[str, Any]) -> Sighting:
    return Sighting(tuple(identifiers_of(person)), person.get("own_id", ""))


def _place(entry: IndexEntry, *, shows: bool) -> dict[str, Any]:
    names: list[Identifier] = entry.identifiers
    kinds = [kind.value for kind in Kind if any(one.kind is kind for one in names)]
    place = {
        "source": entry.source,
        "destination_id": entry.destination_id,
        "kinds": kinds,
        "first_seen_at": entry.first_seen_at,
        "seen_at": entry.seen_at,
    }
    return place | {"identifiers": [one._asdict() for one in names]} if shows else place
