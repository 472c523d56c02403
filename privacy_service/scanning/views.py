"""Scans over HTTP: begun and watched by whoever keeps the inventory."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.inventory.models import LONGEST_ADDRESS, Scan, ScanState
from privacy_service.managing.parsing import Slug, StrictSerializer, Text
from privacy_service.managing.schema import COMMON, ETAG, IDEMPOTENCY_KEY, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from privacy_service.scanning.starting import start_scan
from workspaces.keys import Scope
from workspaces.permissions import Permission

MOST_ROWS = 5000
SCAN_STATES = ScanState.choices
_HELP = "destination:SLUG, topic:NAME, topic:*, or an address below one of the installation's PRIVACY_JOBS_PLACES."


class FieldScanSerializer(serializers.Serializer[Scan]):
    """A scan, and how far it is."""

    id = serializers.UUIDField()
    source = serializers.CharField(help_text="The source that fields are written down for.")  # type: ignore[assignment]
    address = serializers.CharField()
    rows = serializers.IntegerField()
    state = serializers.ChoiceField(SCAN_STATES)
    message = serializers.CharField(help_text="Why it failed, or what was left out.")
    places = serializers.IntegerField()
    places_done = serializers.IntegerField()
    records = serializers.IntegerField()
    fields_seen = serializers.IntegerField(source="fields")
    new_fields = serializers.IntegerField()
    new_red_fields = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class NewFieldScan(StrictSerializer):
    """What is to be scanned."""

    address = Text(max_length=LONGEST_ADDRESS, help_text=_HELP)
    source = Slug(
        max_length=80, required=False, help_text="By default named after the address; made known if it is new."
    )  # type: ignore[assignment]
    rows = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=500, help_text="Of each place, at most.")


class ScanListing(Listing):
    """Filters of the list."""

    orders: ClassVar[dict[str, str]] = {"created_at": "created_at"}
    ordering = ordering(orders, default="-created_at")
    state = serializers.ChoiceField(SCAN_STATES, required=False)


class ScanViewSet(ManagementViewSet):
    """Scans of a workspace."""

    collection = "field_scans"
    scope = Scope.INVENTORY
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    listing = ScanListing
    serializer_class = FieldScanSerializer
    volatile = frozenset(
        {"state", "message", "places", "places_done", "records", "fields_seen", "new_fields", "new_red_fields"}
    )

    def get_queryset(self) -> QuerySet[Scan]:
        """Return the workspace's scans."""
        return Scan.objects.filter(workspace=self.space)

    @extend_schema(
        operation_id="inventory_scans_list",
        parameters=[ScanListing, *COMMON],
        responses={200: listed("field_scans", FieldScanSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the scans, the newest first."""
        del request, slug
        filters, rows = self.asked(), self.get_queryset()
        return self.page(rows.filter(state=filters["state"]) if "state" in filters else rows, filters)

    @extend_schema(
        operation_id="inventory_scans_read",
        parameters=[*COMMON, ETAG],
        responses={200: FieldScanSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a scan, and how far it is."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="inventory_scans_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewFieldScan,
        examples=[OpenApiExample("a destination", {"address": "destination:shop", "rows": 1000}, request_only=True)],
        responses={201: FieldScanSerializer, **problems(422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Have a source scanned. The answer comes at once; the scan itself says how far it is."""
        del request, slug
        asked: dict[str, Any] = self.body(NewFieldScan)
        named = {"source": asked.get("source", ""), "rows": asked["rows"]}
        return self.created(start_scan(self.space, asked["address"], **named, by=self.actor))
