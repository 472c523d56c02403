"""Sources as they are documented: what lies in them, who answers for it, where; and who is told of new red fields."""

from typing import ClassVar

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import Colour
from privacy_service.exceptions import NoSuchResource
from privacy_service.inventory.documenting import change_settings, document, settings_of
from privacy_service.inventory.exporting import note_of
from privacy_service.inventory.models import Field, InventorySettings
from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.schema import COMMON, ETAG, IF_MATCH, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from workspaces.keys import Scope
from workspaces.models import Source
from workspaces.permissions import Permission

PLACE = r"^(topic:[a-z0-9.-]{1,100}|[a-z][a-z0-9+]*://[^\x00-\x20@]{1,500})$"


class SourceNoteSerializer(serializers.Serializer[Source]):
    """A source with what is written down about it, and how many of its fields have which colour."""

    slug = serializers.CharField()
    name = serializers.CharField()
    is_restricted = serializers.BooleanField()
    description = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    purpose = serializers.SerializerMethodField()
    retention = serializers.SerializerMethodField()
    processors = serializers.SerializerMethodField()
    region = serializers.SerializerMethodField()
    places = serializers.SerializerMethodField(
        help_text="Its addresses; by them jobs and topics know whose data it is."
    )
    fields_by_colour = serializers.SerializerMethodField(help_text="`inbox` has those that nobody has decided about.")

    def get_description(self, source: Source) -> str:
        """Return what it is."""
        return note_of(source).description

    def get_owner(self, source: Source) -> str:
        """Return who answers for it."""
        return note_of(source).owner

    def get_purpose(self, source: Source) -> str:
        """Return what it is kept for."""
        return note_of(source).purpose

    def get_retention(self, source: Source) -> str:
        """Return how long it is kept."""
        return note_of(source).retention

    def get_processors(self, source: Source) -> list[str]:
        """Return who else gets it."""
        return list(note_of(source).processors)

    def get_region(self, source: Source) -> str:
        """Return where it lies."""
        return note_of(source).region

    def get_places(self, source: Source) -> list[str]:
        """Return its addresses."""
        return list(note_of(source).places)

    def get_fields_by_colour(self, source: Source) -> dict[str, int]:
        """Count its fields."""
        rows = Field.objects.filter(workspace=source.workspace_id, source=source.slug).order_by()
        decided = dict(rows.decided().values_list("colour").annotate(Count("pk")))
        return {colour.value: decided.get(colour.value, 0) for colour in Colour} | {"inbox": rows.inbox().count()}


class SourceNoteChange(StrictSerializer):
    """What is written down about a source."""

    description = Text(max_length=1000, required=False, allow_blank=True)
    owner = Text(max_length=200, required=False, allow_blank=True)
    purpose = Text(max_length=500, required=False, allow_blank=True)
    retention = Text(max_length=100, required=False, allow_blank=True)
    processors = serializers.ListField(child=Text(max_length=200), required=False, max_length=50)
    region = Text(max_length=80, required=False, allow_blank=True)
    places = serializers.ListField(
        child=serializers.RegexField(
            PLACE,
            max_length=510,
            error_messages={"invalid": "Write topic:NAME, or an address such as file:///data/payroll/ without a user."},
        ),
        required=False,
        max_length=100,
    )


class SourceNoteListing(Listing):
    """Filters of the list."""

    orders: ClassVar[dict[str, str]] = {"slug": "slug"}
    ordering = ordering(orders, default="slug")
    restricted = serializers.BooleanField(required=False, allow_null=True, default=None)
    search = serializers.CharField(required=False, max_length=100, help_text="A part of the slug or name.")


class SourceNoteViewSet(ManagementViewSet):
    """Sources of a workspace, documented."""

    collection = "documented_sources"
    scope = Scope.INVENTORY
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    listing = SourceNoteListing
    serializer_class = SourceNoteSerializer
    volatile = frozenset({"fields_by_colour"})

    def get_queryset(self) -> QuerySet[Source]:
        """Return the workspace's sources with their notes."""
        return Source.objects.filter(workspace=self.space).select_related("inventory_note")

    @extend_schema(
        operation_id="inventory_sources_list",
        parameters=[SourceNoteListing, *COMMON],
        responses={200: listed("documented_sources", SourceNoteSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the sources with what is written down about each."""
        del request, slug
        filters, rows = self.asked(), self.get_queryset()
        if filters["restricted"] is not None:
            rows = rows.filter(is_restricted=filters["restricted"])
        if part := filters.get("search"):
            rows = rows.filter(Q(slug__icontains=part) | Q(name__icontains=part))
        return self.page(rows, filters)

    @extend_schema(
        operation_id="inventory_sources_read",
        parameters=[*COMMON, ETAG],
        responses={200: SourceNoteSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str, source: str) -> Response:
        """Show a source and what is written down about it."""
        del request, slug
        return self.answer(self._named(source))

    @extend_schema(
        operation_id="inventory_sources_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=SourceNoteChange,
        examples=[
            OpenApiExample(
                "payroll",
                {"owner": "HR", "region": "EU", "retention": "10 years", "places": ["file:///data/payroll/"]},
                request_only=True,
            )
        ],
        responses={200: SourceNoteSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str, source: str) -> Response:
        """Write down who answers for a source, where it is and in which places it lies."""
        del request, slug
        found = self._named(source)
        self.check_unchanged(found)
        document(found, self.body(SourceNoteChange), rights=self.rights, by=self.actor)
        return self.answer(self._named(source))

    def _named(self, slug: str) -> Source:
        found = self.get_queryset().filter(slug=slug).first()
        if found is None:
            raise NoSuchResource
        return found


class InventorySettingsSerializer(serializers.Serializer[InventorySettings]):
    """Who is told; of the secret only whether there is one."""

    watches_traffic = serializers.BooleanField()
    alert_url = serializers.CharField()
    alert_email = serializers.CharField()
    has_secret = serializers.SerializerMethodField()

    def get_has_secret(self, settings: InventorySettings) -> bool:
        """Say whether what the webhook gets is signed."""
        return bool(settings.sealed)


class InventorySettingsChange(StrictSerializer):
    """What can be changed."""

    watches_traffic = serializers.BooleanField(required=False)
    alert_url = Text(max_length=500, required=False, allow_blank=True)
    alert_email = serializers.EmailField(required=False, allow_blank=True)
    alert_secret = Text(max_length=200, required=False, allow_blank=True, help_text="Signs what the webhook gets.")


class InventorySettingsViewSet(ManagementViewSet):
    """How the inventory of a workspace is kept."""

    collection = "settings"
    scope = Scope.INVENTORY
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    serializer_class = InventorySettingsSerializer

    @extend_schema(
        operation_id="inventory_settings_read",
        parameters=[*COMMON, ETAG],
        responses={200: InventorySettingsSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """Show whether traffic is looked at, and who is told of new red fields."""
        del request, slug
        return self.answer(self._settings())

    @extend_schema(
        operation_id="inventory_settings_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=InventorySettingsChange,
        examples=[OpenApiExample("mail", {"alert_email": "dpo@example.com"}, request_only=True)],
        responses={200: InventorySettingsSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change who is told."""
        del request, slug
        settings = self._settings()
        self.check_unchanged(settings)
        change_settings(settings, self.body(InventorySettingsChange), by=self.actor)
        return self.answer(settings)

    def _settings(self) -> InventorySettings:
        return settings_of(self.space)
