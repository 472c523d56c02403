"""The audit trail of a workspace, to read: decisions, and acts of management."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.decisions.audit.exporting import csv_lines, json_lines
from privacy_service.decisions.models import DECISION, AuditRecord
from privacy_service.decisions.types import Effect, Reason
from privacy_service.managing.paging import plain_query
from privacy_service.managing.parsing import StrictSerializer
from privacy_service.managing.schema import COMMON, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering
from workspaces.acts import Act, note
from workspaces.keys import Scope
from workspaces.models import User, Workspace
from workspaces.permissions import Permission

_CONTENT_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}


class AuditSerializer(serializers.Serializer[AuditRecord]):
    """One record: ids, kinds and counts, never a value."""

    id = serializers.UUIDField(help_text="Of a decision, its PII-Request-Id.")
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="decision, or which act of management.")
    actor_id = serializers.UUIDField(allow_null=True, help_text="The reader, or who acted.")
    actor_name = serializers.SerializerMethodField(help_text="Of a present member; empty for everybody else.")
    actor_digest = serializers.CharField(help_text="A keyed hash of an unknown reader's name.")
    key_id = serializers.UUIDField(allow_null=True)
    endpoint = serializers.CharField()
    effect = serializers.CharField()
    reason = serializers.CharField()
    policy_version = serializers.IntegerField()
    entities = serializers.DictField(child=serializers.IntegerField())
    resource_type = serializers.CharField()
    resource_id = serializers.CharField()
    resource_name = serializers.CharField()
    detail = serializers.DictField()
    position = serializers.IntegerField(help_text="Its place in the workspace's chain, from 1.")
    hash = serializers.CharField(help_text="Of the record and the hash of the one before.")

    def get_actor_name(self, record: AuditRecord) -> str:
        """Name the actor where they belong to the workspace."""
        names: dict[UUID, str] = self.context.get("names", {})
        return names.get(record.actor_id, "") if record.actor_id else ""


class AuditFilters(StrictSerializer):
    """Which records are wanted; each filter narrows."""

    kind = serializers.ChoiceField([DECISION, *Act], required=False)
    actor_id = serializers.UUIDField(required=False)
    key_id = serializers.UUIDField(required=False)
    effect = serializers.ChoiceField([*Effect], required=False)
    reason = serializers.ChoiceField([*Reason], required=False)
    endpoint = serializers.CharField(required=False, max_length=20)
    resource_type = serializers.CharField(required=False, max_length=100)
    resource_id = serializers.CharField(required=False, max_length=100)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="Up to this moment, and without it.")


class AuditListing(AuditFilters, Listing):
    """Filters of the audit trail, by pages."""

    orders: ClassVar[dict[str, str]] = {"at": "at"}
    ordering = ordering(orders, default="-at")


class AuditExport(AuditFilters):
    """Filters of an export, and how it is written."""

    format = serializers.ChoiceField(
        ["jsonl", "csv"],
        default="jsonl",
        help_text="jsonl: one record a line, with what it takes to verify it; csv: for a spreadsheet, with names.",
    )


class AuditViewSet(ManagementViewSet):
    """The audit trail of a workspace."""

    collection = "records"
    scope = Scope.AUDIT
    reading = writing = Permission.VIEW_AUDIT
    listing = AuditListing
    serializer_class = AuditSerializer

    def scopes(self) -> tuple[Scope, ...]:
        """Return the one scope that opens the trail: reading everything else is no reason to read it."""
        return (self.scope,)

    def get_queryset(self) -> QuerySet[AuditRecord]:
        """Return the workspace's records."""
        return AuditRecord.objects.filter(workspace_id=self.space.pk)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Know the names of those members that the rows speak of, in one query."""
        rows = args[0] if kwargs.get("many") else args[:1]
        actors = {row.actor_id for row in rows if row.actor_id}
        members = User.objects.filter(pk__in=actors, memberships__workspace=self.space)
        names = {user.pk: str(user) for user in members}
        return AuditSerializer(*args, context={"names": names}, **kwargs)

    @extend_schema(
        operation_id="audit_list",
        parameters=[AuditListing, *COMMON],
        responses={200: listed("records", AuditSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List decisions and acts of management, the newest first; they appear about a second after they happen."""
        del request, slug
        filters = self.asked()
        return self.page(filtered(self.get_queryset(), filters), filters)

    @extend_schema(
        operation_id="audit_export",
        parameters=[AuditExport, *COMMON],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
            **problems(422),
        },
    )
    def export(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Export the trail, the oldest record first, as JSON Lines or CSV; it streams, and the trail tells of it."""
        del slug
        asked = self.read(AuditExport, plain_query(request.query_params))
        written_as = asked.pop("format")
        return exported(self.space, asked, written_as, by=self.actor)

    @extend_schema(operation_id="audit_read", parameters=[*COMMON], responses={200: AuditSerializer, **problems()})
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a record."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))


def filtered(rows: QuerySet[AuditRecord], filters: Mapping[str, Any]) -> QuerySet[AuditRecord]:
    """Return the records that the filters keep."""
    for name in ("kind", "actor_id", "key_id", "effect", "reason", "endpoint", "resource_type", "resource_id"):
        if value := filters.get(name):
            rows = rows.filter(**{name: value})
    if since := filters.get("since"):
        rows = rows.filter(at__gte=since)
    if until := filters.get("until"):
        rows = rows.filter(at__lt=until)
    return rows


def exported(workspace: Workspace, filters: Mapping[str, Any], written_as: str, *, by: User) -> StreamingHttpResponse:
    """Return the records that the filters keep, as they are read; the trail itself tells of it."""
    records = filtered(AuditRecord.objects.filter(workspace_id=workspace.pk), filters)
    lines = csv_lines(records, members_of=workspace) if written_as == "csv" else json_lines(records)
    period = {name: filters.get(name) for name in ("since", "until")}
    with transaction.atomic():
        note(Act.AUDIT_EXPORTED, workspace, by, None, format=written_as, filters=sorted(filters), **period)
    headers = {"Content-Disposition": f'attachment; filename="audit-{workspace.slug}.{written_as}"'}
    return StreamingHttpResponse(lines, content_type=_CONTENT_TYPES[written_as], headers=headers)
