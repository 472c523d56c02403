"""Systems that can forget somebody, over HTTP; their secrets go in and never come out."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import Conflict
from privacy_service.managing.parsing import Slug, StrictSerializer, Text
from privacy_service.managing.schema import (
    COMMON,
    ETAG,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_MATCH_IF_WANTED,
    listed,
    problems,
)
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from privacy_service.subjects.destinations import KINDS, abilities_of
from privacy_service.subjects.models import Ability, Destination, Layer
from privacy_service.subjects.registering import filled_in, keep, sources_of, take_away, tested
from privacy_service.subjects.views.naming import KINDS as IDENTIFIERS
from workspaces.keys import Scope
from workspaces.permissions import Permission

SYSTEMS = list(KINDS)
_SECRETS_HELP = "Encrypted, never shown again; what is sent replaces all there were."


class DestinationSerializer(serializers.Serializer[Destination]):
    """A system; of its secrets only the names of those that are set."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    options = serializers.JSONField()
    secrets = serializers.SerializerMethodField(help_text="The names of the secrets that are set.")
    identifiers = serializers.ListField(child=serializers.CharField())
    abilities = serializers.SerializerMethodField(help_text="What it can do, as its options are.")
    layer = serializers.ChoiceField(Layer.choices, source="stands_as")
    sources = serializers.SerializerMethodField(help_text="Whose data it gets; none: that of all.")
    region = serializers.CharField()
    processor = serializers.CharField()
    contact = serializers.CharField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    def get_secrets(self, destination: Destination) -> list[str]:
        """Name the secrets that are set."""
        return sorted(destination.secrets)

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Ability.choices)))
    def get_abilities(self, destination: Destination) -> list[str]:
        """Say what it can do."""
        return sorted(abilities_of(destination))

    def get_sources(self, destination: Destination) -> list[str]:
        """Name the sources."""
        return sources_of(destination)


class DestinationChange(StrictSerializer):
    """What of a system can be changed; its slug and kind stay."""

    name = Text(max_length=200, required=False, allow_blank=True)
    options = serializers.DictField(required=False, help_text="What the kind asks for (docs/subjects.md).")
    secrets = serializers.DictField(child=Text(max_length=4000), required=False, help_text=_SECRETS_HELP)
    identifiers = serializers.ListField(child=serializers.ChoiceField(IDENTIFIERS), required=False, min_length=1)
    layer = serializers.ChoiceField(Layer.choices, required=False, help_text="Whose store it is.")
    sources = serializers.ListField(
        child=Slug(max_length=80), required=False, help_text="The slugs of the sources whose data it gets; none: all."
    )
    region = Text(max_length=80, required=False, allow_blank=True)
    processor = Text(max_length=200, required=False, allow_blank=True)
    contact = serializers.EmailField(required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)


class NewDestination(DestinationChange):
    """A new system."""

    slug = Slug(max_length=80)
    kind = serializers.ChoiceField(SYSTEMS)
    options = serializers.DictField(help_text="What the kind asks for (docs/subjects.md).")
    identifiers = serializers.ListField(
        child=serializers.ChoiceField(IDENTIFIERS), min_length=1, help_text="What it knows people by."
    )


class DestinationListing(Listing):
    """Filters of the list."""

    orders: ClassVar[dict[str, str]] = {"slug": "slug", "created_at": "created_at"}
    ordering = ordering(orders, default="slug")
    kind = serializers.ChoiceField(SYSTEMS, required=False)


_TABLES = OpenApiExample(
    "tables of a database",
    {
        "slug": "shop",
        "kind": "sql",
        "identifiers": ["user_id", "email"],
        "region": "EU",
        "options": {"tables": [{"name": "orders", "match": {"user_id": "customer_id"}, "clear": {"address": None}}]},
        "secrets": {"url": "postgresql://eraser:password@db.example.com/shop"},
    },
    request_only=True,
)
_TESTED = inline_serializer("DestinationTested", {"ok": serializers.BooleanField(), "detail": serializers.CharField()})


class DestinationViewSet(ManagementViewSet):
    """Systems of a workspace that can forget somebody."""

    collection = "destinations"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    listing = DestinationListing
    serializer_class = DestinationSerializer

    def get_queryset(self) -> QuerySet[Destination]:
        """Return the workspace's systems."""
        return Destination.objects.filter(workspace=self.space)

    @extend_schema(
        operation_id="destinations_list",
        parameters=[DestinationListing, *COMMON],
        responses={200: listed("destinations", DestinationSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the systems."""
        del request, slug
        filters, rows = self.asked(), self.get_queryset()
        return self.page(rows.filter(kind=filters["kind"]) if "kind" in filters else rows, filters)

    @extend_schema(
        operation_id="destinations_read",
        parameters=[*COMMON, ETAG],
        responses={200: DestinationSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a system, without its secrets."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="destinations_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewDestination,
        examples=[_TABLES],
        responses={201: DestinationSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Make a system known; nothing is asked of it before a request is carried out, or it is tested."""
        del request, slug
        asked = self.body(NewDestination)
        if self.get_queryset().filter(slug=asked["slug"]).exists():
            message = "The workspace has a destination with this slug."
            raise Conflict(message)
        destination = Destination(workspace=self.space, slug=asked["slug"], kind=asked["kind"])
        return self.created(keep(filled_in(destination, asked), by=self.actor))

    @extend_schema(
        operation_id="destinations_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=DestinationChange,
        examples=[OpenApiExample("paused", {"is_active": False}, request_only=True)],
        responses={200: DestinationSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str, pk: UUID) -> Response:
        """Change a system."""
        del request, slug
        destination = self.one(self.get_queryset(), pk)
        self.check_unchanged(destination)
        return self.answer(keep(filled_in(destination, self.body(DestinationChange)), by=self.actor))

    @extend_schema(
        operation_id="destinations_remove",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, pk: UUID) -> Response:
        """Forget a system; its receipts stay, and what it has not answered yet needs a person."""
        del request, slug
        destination = self.one(self.get_queryset(), pk)
        self.check_unchanged(destination, required=False)
        take_away(destination, by=self.actor)
        return Response(status=204)

    @extend_schema(
        operation_id="destinations_test", parameters=[*COMMON], request=None, responses={200: _TESTED, **problems()}
    )
    def test(self, request: Request, slug: str, pk: UUID) -> Response:
        """Ask a system how much it holds about somebody who does not exist: does it answer, are its tables there?"""
        del request, slug
        told = tested(self.one(self.get_queryset(), pk))
        return Response({"ok": told.is_well, "detail": told.detail})
