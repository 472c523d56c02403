"""Fields over HTTP: the Inbox, what is decided about them, and the export for a data protection officer."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

import classifier
from classifier import Colour, Entity
from privacy_service.exceptions import Conflict
from privacy_service.inventory import exporting
from privacy_service.inventory.deciding import decide_fields, forget_field
from privacy_service.inventory.enforcing import how_hidden, operators_of
from privacy_service.inventory.models import Field, FieldQuerySet, SeenIn
from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.paging import plain_query
from privacy_service.managing.parsing import StrictSerializer, Text
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
from workspaces.acts import Act, note
from workspaces.keys import Scope
from workspaces.models import User, Workspace
from workspaces.permissions import Permission

MOST_AT_ONCE = 500
COLOURS = [*Colour]
STATES = ["inbox", "decided", "all"]
_CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class FieldSerializer(serializers.Serializer[Field]):
    """A field: where it is, what was found in it, what is decided; no value of it."""

    id = serializers.UUIDField()
    source = serializers.CharField(help_text="Slug of the source; empty where none was named.")  # type: ignore[assignment]
    place = serializers.CharField(help_text="A table, a file, a topic, an upstream.")
    path = serializers.CharField(help_text="A star stands for a name that may be somebody's, or for any of a list.")
    seen_in = serializers.ChoiceField(SeenIn.choices)
    kinds = serializers.DictField(child=serializers.IntegerField(), help_text="In how many values each was found.")
    recommended = serializers.ChoiceField(COLOURS)
    found_by = serializers.CharField(help_text="`key`: its name told; else what recognized the values.")
    sampled = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="In which part of the values something was found.")
    examples = serializers.ListField(child=serializers.CharField(), help_text="Shapes: no letter or digit of a value.")
    colour = serializers.CharField(help_text="As somebody decided; empty in the Inbox.")
    owner = serializers.CharField()
    purpose = serializers.CharField()
    retention = serializers.CharField()
    processors = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    masked = serializers.SerializerMethodField(
        help_text="For readers who see none: `by-name` whatever stands there, `by-kind` what is recognized, or `no`."
    )
    first_seen_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)

    def get_masked(self, field: Field) -> str:
        """Say what hides the field's values."""
        return how_hidden(self.context["operators"], field)


class Said(StrictSerializer):
    """What is decided about a field."""

    colour = serializers.ChoiceField(
        [*COLOURS, ""],
        required=False,
        help_text="red and yellow mask the field by its name from now on; green shows nothing that is masked; empty "
        "puts it back into the Inbox.",
    )
    owner = Text(max_length=200, required=False, allow_blank=True)
    purpose = Text(max_length=500, required=False, allow_blank=True)
    retention = Text(max_length=100, required=False, allow_blank=True)
    processors = serializers.ListField(child=Text(max_length=200), required=False, max_length=50)
    note = Text(max_length=500, required=False, allow_blank=True)


class SaidOfMany(Said):
    """What is decided about several fields."""

    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_AT_ONCE)


class NewField(Said):
    """A field that somebody knows of."""

    source = Text(max_length=80, allow_blank=True, default="")  # type: ignore[assignment]
    place = Text(max_length=200, allow_blank=True, default="")
    path = serializers.RegexField(r"^(/[^/\x00-\x1f]+)+$", max_length=200, help_text="Such as /traits/email.")


class FieldFilters(StrictSerializer):
    """Which fields are wanted; each filter narrows."""

    state = serializers.ChoiceField(
        STATES, default="all", help_text="inbox: nobody has decided, or it turned red since."
    )
    colour = serializers.ChoiceField(COLOURS, required=False, help_text="As decided.")
    recommended = serializers.ChoiceField(COLOURS, required=False)
    source = serializers.CharField(required=False, max_length=80)  # type: ignore[assignment]
    place = serializers.CharField(required=False, max_length=200)
    kind = serializers.ChoiceField([*Entity], required=False, help_text="Something of this kind was found.")
    seen_in = serializers.ChoiceField(SeenIn.choices, required=False)
    search = serializers.CharField(required=False, max_length=100, help_text="A part of the path.")
    since = serializers.DateTimeField(required=False, help_text="First seen from this moment on.")


class FieldListing(FieldFilters, Listing):
    """Filters of the list, by pages."""

    orders: ClassVar[dict[str, str]] = {
        "first_seen_at": "first_seen_at",
        "last_seen_at": "last_seen_at",
        "path": "path",
        "source": "source",
    }
    ordering = ordering(orders, default="-first_seen_at")


class FieldExport(FieldFilters):
    """Filters of an export, and how it is written."""

    format = serializers.ChoiceField([*_CONTENT_TYPES], default="csv")


class FieldViewSet(ManagementViewSet):
    """Fields of a workspace's sources."""

    collection = "fields"
    scope = Scope.INVENTORY
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    listing = FieldListing
    serializer_class = FieldSerializer
    volatile = frozenset({"sampled", "share", "kinds", "examples", "last_seen_at", "masked", "found_by"})

    def get_queryset(self) -> FieldQuerySet:
        """Return the workspace's fields."""
        return Field.objects.filter(workspace=self.space)

    def get_serializer_context(self) -> dict[str, Any]:
        """Know what hides each kind, asked once an answer."""
        return {**super().get_serializer_context(), "operators": operators_of(self.space)}

    @extend_schema(
        operation_id="inventory_fields_list",
        parameters=[FieldListing, *COMMON],
        responses={200: listed("fields", FieldSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List fields: the Inbox with `state=inbox`."""
        del request, slug
        filters = self.asked()
        return self.page(filtered(self.get_queryset(), filters), filters)

    @extend_schema(
        operation_id="inventory_fields_read",
        parameters=[*COMMON, ETAG],
        responses={200: FieldSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a field."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="inventory_fields_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewField,
        examples=[OpenApiExample("by hand", {"path": "/traits/loyaltyNotes", "colour": "red"}, request_only=True)],
        responses={201: FieldSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Write down a field that no scan has met."""
        del request, slug
        asked = self.body(NewField)
        where = {name: asked.pop(name) for name in ("source", "place", "path")}
        if self.get_queryset().filter(**where).exists():
            message = "This field is written down already."
            raise Conflict(message)
        field = Field(workspace=self.space, seen_in=SeenIn.HAND, **where)
        field.save()
        self._decide([field], asked)
        return self.created(field)

    @extend_schema(
        operation_id="inventory_fields_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=Said,
        examples=[OpenApiExample("red", {"colour": "red", "purpose": "Payroll"}, request_only=True)],
        responses={200: FieldSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str, pk: UUID) -> Response:
        """Decide about a field. Called red or yellow, it is masked for readers within two seconds."""
        del request, slug
        field = self.one(self.get_queryset(), pk)
        self.check_unchanged(field)
        self._decide([field], self.body(Said))
        return self.answer(field)

    @extend_schema(
        operation_id="inventory_fields_decide",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=SaidOfMany,
        examples=[OpenApiExample("two", {"ids": ["…", "…"], "colour": "yellow"}, request_only=True)],
        responses={
            200: inline_serializer(
                "FieldsDecided",
                {"decided": serializers.IntegerField(), "policy_version": serializers.IntegerField(allow_null=True)},
            ),
            **problems(422),
        },
    )
    @writes
    def decide(self, request: Request, slug: str) -> Response:
        """Decide about several fields at once: all of them, or none."""
        del request, slug
        asked = self.body(SaidOfMany)
        ids = set(asked.pop("ids"))
        fields = list(self.get_queryset().filter(pk__in=ids))
        if len(fields) < len(ids):
            raise invalid_fields({"ids": ["Some of these fields are not there; list them again."]})
        version = self._decide(fields, asked)
        return Response({"decided": len(fields), "policy_version": version})

    @extend_schema(
        operation_id="inventory_fields_remove",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, pk: UUID) -> Response:
        """Forget a field that is gone; seen again, it comes into the Inbox anew. What its name hides stays hidden."""
        del request, slug
        field = self.one(self.get_queryset(), pk)
        self.check_unchanged(field, required=False)
        forget_field(field, by=self.actor)
        return Response(status=204)

    @extend_schema(
        operation_id="inventory_export",
        parameters=[FieldExport, *COMMON],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/json"): OpenApiTypes.OBJECT,
            **problems(422),
        },
    )
    def export(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Export fields as CSV or JSON, filtered as the list is; with what their sources say of them."""
        del slug
        asked = self.read(FieldExport, plain_query(request.query_params))
        return exported(self.space, asked, asked.pop("format"), by=self.actor)

    def _decide(self, fields: Sequence[Field], said: dict[str, Any]) -> int | None:
        try:
            return decide_fields(self.space, fields, said, by=self.actor)
        except classifier.PolicyError as error:
            raise invalid_fields({"colour": [str(error)]}) from None


def filtered(rows: FieldQuerySet, filters: dict[str, Any]) -> FieldQuerySet:
    """Return the fields that pass every filter."""
    state = filters.get("state", "all")
    rows = rows.inbox() if state == "inbox" else rows.decided() if state == "decided" else rows
    exact = {name: filters[name] for name in ("colour", "recommended", "source", "place", "seen_in") if name in filters}
    rows = rows.filter(**exact)
    if "kind" in filters:
        rows = rows.filter(kinds__has_key=str(filters["kind"]))
    if "search" in filters:
        rows = rows.filter(path__icontains=filters["search"])
    return rows.filter(first_seen_at__gte=filters["since"]) if "since" in filters else rows


def exported(workspace: Workspace, filters: dict[str, Any], written_as: str, *, by: User) -> StreamingHttpResponse:
    """Return the fields that the filters keep as a file; the trail tells of it."""
    fields = filtered(Field.objects.filter(workspace=workspace), filters)
    with transaction.atomic():
        note(Act.INVENTORY_EXPORTED, workspace, by, None, format=written_as, filters=sorted(filters))
    name = f"inventory-{workspace.slug}-{timezone.now():%Y-%m-%d}.{written_as}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    write = exporting.csv_lines if written_as == "csv" else exporting.json_pieces
    return StreamingHttpResponse(write(workspace, fields), content_type=_CONTENT_TYPES[written_as], headers=headers)
