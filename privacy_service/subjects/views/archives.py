"""Copies of what is held about somebody over HTTP, and who has seen personal data."""

from uuid import UUID

from django.db import transaction
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import Conflict, NoSuchResource
from privacy_service.managing.paging import plain_query
from privacy_service.managing.parsing import StrictSerializer
from privacy_service.managing.schema import COMMON, IDEMPOTENCY_KEY, problems
from privacy_service.managing.views.base import ManagementViewSet, writes
from privacy_service.subjects.archives import keeping
from privacy_service.subjects.archives.handing_out import zip_of
from privacy_service.subjects.archives.seen import CANNOT_SAY, history, kinds_hidden, readings
from privacy_service.subjects.models import Archive, SubjectRequest
from workspaces.acts import Act, note
from workspaces.keys import Scope
from workspaces.permissions import Permission

_SHOWN_ONCE = inline_serializer(
    "ArchivePassphrase",
    {
        "id": serializers.UUIDField(help_text="Of the archive."),
        "secret": serializers.CharField(help_text="The passphrase, shown this once."),
    },
)
_MOST_ROWS = 10_000


class HistoryFilters(StrictSerializer):
    """Which readings are wanted."""

    entity = serializers.CharField(required=False, max_length=60, help_text="A kind of data, such as EMAIL_ADDRESS.")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="Up to this moment, and without it.")


_ROW = inline_serializer(
    "AccessHistoryRow",
    {
        "reader": serializers.CharField(help_text="An id, or the digest of an unknown reader's name."),
        "day": serializers.DateField(),
        "effect": serializers.CharField(),
        "reason": serializers.CharField(),
        "readings": serializers.IntegerField(),
        "first_at": serializers.DateTimeField(),
        "last_at": serializers.DateTimeField(),
    },
    many=True,
)
_HISTORY = inline_serializer(
    "AccessHistory",
    {
        "readers": _ROW,
        "hidden": serializers.DictField(
            child=serializers.IntegerField(), help_text="Pieces of each kind that readers did not get to see."
        ),
        "is_whole": serializers.BooleanField(help_text="False: there are more rows; ask for a shorter time."),
        "note": serializers.CharField(help_text="What the trail cannot say."),
    },
)


class ArchiveViewSet(ManagementViewSet):
    """The copy that a request for access made."""

    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS

    def scopes(self) -> tuple[Scope, ...]:
        """Return the one scope that opens people's data: reading everything else is no reason to read it."""
        return (self.scope,)

    @extend_schema(
        operation_id="subject_requests_passphrase",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=None,
        responses={200: _SHOWN_ONCE, **problems(409)},
    )
    @writes
    def passphrase(self, request: Request, slug: str, pk: UUID) -> Response:
        """Give the archive a passphrase in place of any it had; it is shown this once."""
        del request, slug
        archive = self._archive(pk)
        if archive.request.proof == SubjectRequest.Proof.EMAIL:
            message = "The person who asked has the passphrase; ask for a copy on their behalf if you need one."
            raise Conflict(message)
        return Response({"id": archive.pk, "secret": keeping.new_passphrase(archive)})

    @extend_schema(
        operation_id="subject_requests_archive",
        parameters=[*COMMON],
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **problems(409)},
    )
    def fetch(self, request: Request, slug: str, pk: UUID) -> StreamingHttpResponse:
        """Download the archive as a ZIP encrypted with its passphrase (AES-256); the audit trail tells of it."""
        del request, slug
        archive = self._archive(pk)
        pieces = zip_of(archive)
        with transaction.atomic():
            note(Act.ARCHIVE_FETCHED, self.space, self.actor, archive.request)
        headers = {"Content-Disposition": f'attachment; filename="{pk}.zip"'}
        return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)

    def _archive(self, pk: UUID) -> Archive:
        held = Archive.objects.filter(request=pk, request__workspace=self.space).select_related("request").first()
        if held is None:
            raise NoSuchResource
        return held


class AccessHistoryViewSet(ManagementViewSet):
    """Who has seen personal data of a workspace."""

    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS

    def scopes(self) -> tuple[Scope, ...]:
        """Return the one scope that opens it, as the trail itself has one of its own."""
        return (self.scope,)

    @extend_schema(
        operation_id="access_history",
        parameters=[HistoryFilters, *COMMON],
        responses={200: _HISTORY, **problems(422)},
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """Say who read this workspace's data, by reader, day and outcome: what an answer to a person can hold."""
        del slug
        asked = self.read(HistoryFilters, plain_query(request.query_params))
        rows = list(history(self.space, **asked, most=_MOST_ROWS + 1))
        hidden = kinds_hidden(readings(self.space, **asked))
        return Response(
            {
                "readers": rows[:_MOST_ROWS],
                "hidden": hidden,
                "is_whole": len(rows) <= _MOST_ROWS,
                "note": CANNOT_SAY,
            }
        )
