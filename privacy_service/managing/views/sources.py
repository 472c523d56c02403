"""Sources of a workspace: where its data comes from, and the labels by which grants reach it."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import BeyondOwnRights, Conflict, PermissionMissing
from privacy_service.managing.acting import adjust_source, check_may_open
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
from workspaces.keys import Scope
from workspaces.models import Source
from workspaces.permissions import Permission
from workspaces.sources import add_source, remove_source

RESTRICTED_HELP = "Whoever no role or grant shows any of its personal data gets none of it, not even masked."
LABELS_HELP = 'One value a key, such as {"env": "production"}; grants can be bound to them.'


class SourceSerializer(serializers.Serializer[Source]):
    """A source."""

    id = serializers.UUIDField()
    slug = serializers.CharField(help_text="What backends send in PII-Source.")
    name = serializers.CharField()
    labels = serializers.DictField(child=serializers.CharField(), help_text=LABELS_HELP)
    is_restricted = serializers.BooleanField(help_text=RESTRICTED_HELP)
    created_at = serializers.DateTimeField()


class NewSource(StrictSerializer):
    """A new source."""

    slug = Slug(max_length=80)
    name = Text(max_length=200, default="", allow_blank=True)
    labels = serializers.DictField(child=Text(max_length=63), default=dict, help_text=LABELS_HELP)
    is_restricted = serializers.BooleanField(default=False, help_text=RESTRICTED_HELP)


class SourceChange(StrictSerializer):
    """What of a source can be changed; its slug stays, for backends send it."""

    name = Text(max_length=200, required=False)
    labels = serializers.DictField(child=Text(max_length=63), required=False, help_text=LABELS_HELP)
    is_restricted = serializers.BooleanField(required=False, help_text=RESTRICTED_HELP)


class SourceListing(Listing):
    """Filters of the list of sources."""

    orders: ClassVar[dict[str, str]] = {"slug": "slug", "created_at": "created_at"}
    ordering = ordering(orders, default="slug")
    search = serializers.CharField(required=False, max_length=100, help_text="A part of the slug or name.")
    labelled = serializers.RegexField(r"^[^:]+:[^:]+$", required=False, max_length=130, help_text="As key:value.")


class SourceViewSet(ManagementViewSet):
    """Sources of a workspace; whoever has rights on some of them meets only those."""

    collection = "sources"
    scope = Scope.SOURCES
    reading = Permission.VIEW_SOURCES
    writing = Permission.MANAGE_SOURCES
    listing = SourceListing
    serializer_class = SourceSerializer

    def get_queryset(self) -> QuerySet[Source]:
        """Return the sources that the actor's rights reach."""
        rows = Source.objects.filter(workspace=self.space)
        if Permission.VIEW_SOURCES in self.rights.permissions:
            return rows
        return rows.filter(pk__in=[one.pk for one in rows if self.rights.allow_in(Permission.VIEW_SOURCES, one)])

    @extend_schema(
        operation_id="sources_list",
        parameters=[SourceListing, *COMMON],
        responses={200: listed("sources", SourceSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the sources that the actor's rights reach."""
        del request, slug
        filters = self.asked()
        return self.page(_filtered(self.get_queryset(), filters), filters)

    @extend_schema(
        operation_id="sources_read", parameters=[*COMMON, ETAG], responses={200: SourceSerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a source."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="sources_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewSource,
        examples=[
            OpenApiExample("a source", {"slug": "crm", "name": "CRM", "labels": {"env": "test"}}, request_only=True)
        ],
        responses={201: SourceSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Make a source known. Only an owner labels it: grants follow labels."""
        del request, slug
        if self.writing not in self.rights.permissions:
            message = "Only whoever manages every source may add one."
            raise PermissionMissing(message)
        asked = self.body(NewSource)
        self._check_labels(asked["labels"], {})
        if Source.objects.filter(workspace=self.space, slug=asked["slug"]).exists():
            message = "The workspace has a source with this slug."
            raise Conflict(message)
        restricted = asked.pop("is_restricted")
        return self.created(add_source(self.space, **asked, restricted=restricted, by=self.actor))

    @extend_schema(
        operation_id="sources_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=SourceChange,
        examples=[OpenApiExample("labelled", {"labels": {"env": "production"}}, request_only=True)],
        responses={200: SourceSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str, pk: UUID) -> Response:
        """Rename, label or restrict a source. Only an owner labels it, for grants follow labels, or opens it again."""
        del request, slug
        source = self._manageable(pk)
        self.check_unchanged(source)
        asked = self.body(SourceChange)
        self._check_labels(asked.get("labels"), source.labels)
        asked["restricted"] = asked.pop("is_restricted", None)
        return self.answer(adjust_source(source, asked, rights=self.rights, by=self.actor))

    @extend_schema(
        operation_id="sources_delete",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, pk: UUID) -> Response:
        """Forget a source; calls that name it get 404 `unknown-source`, and grants for it alone reach nothing.

        A restricted one is removed by owners alone.
        """
        del request, slug
        source = self._manageable(pk)
        check_may_open(source, self.rights)
        self.check_unchanged(source, required=False)
        remove_source(source, by=self.actor)
        return Response(status=204)

    def _manageable(self, pk: UUID) -> Source:
        source: Source = self.one(self.get_queryset(), pk)
        if not self.rights.allow_in(Permission.MANAGE_SOURCES, source):
            message = "This needs the permission manage_sources on this source."
            raise PermissionMissing(message)
        return source

    def _check_labels(self, wanted: dict[str, str] | None, held: dict[str, str]) -> None:
        """Let only owners label: whoever could would make a grant of their own reach where it did not."""
        if wanted is not None and wanted != held and not self.rights.is_owner:
            message = "Only an owner may label a source: grants follow labels."
            raise BeyondOwnRights(message)


def _filtered(rows: Any, filters: dict[str, Any]) -> QuerySet[Source]:
    if part := filters.get("search"):
        rows = rows.filter(slug__icontains=part) | rows.filter(name__icontains=part)
    if label := filters.get("labelled"):
        key, value = label.split(":")
        rows = rows.filter(pk__in=[one.pk for one in rows if one.carries({key: value})])
    return rows  # type: ignore[no-any-return]
