"""What people asked for, over HTTP: plan, ask, see how far it is, see to what failed."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.managing.paging import plain_query
from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.schema import COMMON, ETAG, IDEMPOTENCY_KEY, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from privacy_service.subjects import carrying_out, lifecycle, on_behalf
from privacy_service.subjects.certificates.links import link_to
from privacy_service.subjects.destinations.base import Subject
from privacy_service.subjects.exporting import CONTENT_TYPES, csv_lines, json_lines
from privacy_service.subjects.index import knowing
from privacy_service.subjects.languages import Language
from privacy_service.subjects.models import Certificate, Law, ProofFile, Receipt, Status, SubjectRequest, Wish
from privacy_service.subjects.regulations.quota import usage
from privacy_service.subjects.views.naming import ONE_PERSON, NamedSubject, Subjects, identifiers_of
from privacy_service.subjects.views.notices import NOTICE_STATES, NoticeSerializer
from workspaces.acts import Act, note
from workspaces.keys import Scope
from workspaces.permissions import Permission

MOST_NAMES = 50  # Of one person; thousands of people are thousands of requests.


class ReceiptSerializer(serializers.Serializer[Receipt]):
    """What one system answered."""

    id = serializers.UUIDField()
    destination = serializers.CharField(source="name")
    status = serializers.ChoiceField(Status.choices)
    code = serializers.IntegerField(allow_null=True, help_text="What its API answered.")
    problem = serializers.CharField(help_text="Why it is not done.")
    evidence = serializers.DictField(help_text="How much was deleted where.")
    attempts = serializers.IntegerField()
    next_try_at = serializers.DateTimeField(allow_null=True)
    date_deleted = serializers.DateTimeField(source="done_at", allow_null=True)


class CertificateLink(serializers.Serializer[Certificate]):
    """Where the certificate is, and by what it is known."""

    sha256 = serializers.CharField()
    issued_at = serializers.DateTimeField()
    link = serializers.SerializerMethodField(help_text="A page for the person; empty without PRIVACY_PUBLIC_URL.")

    def get_link(self, certificate: Certificate) -> str:
        """Return the page's address."""
        return link_to(certificate)


class RequestSerializer(serializers.Serializer[SubjectRequest]):
    """A request; whom it is about is not shown."""

    id = serializers.UUIDField()
    wish = serializers.ChoiceField(Wish.choices)
    law = serializers.ChoiceField(Law.choices)
    state = serializers.ChoiceField(SubjectRequest.State.choices)
    proof = serializers.CharField()
    by_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    language = serializers.CharField()
    certificate = CertificateLink(allow_null=True, default=None)
    index = serializers.DictField(
        source="expansion", help_text="How many names of each kind the index added when it began, and left out."
    )
    token_keys = serializers.ListField(
        child=serializers.CharField(), help_text="Ids of the person's keys that were destroyed."
    )
    notice = NoticeSerializer(allow_null=True, default=None)
    receipts = ReceiptSerializer(many=True)


class NewRequest(StrictSerializer):
    """What somebody asks for."""

    wish = serializers.ChoiceField(Wish.choices)
    law = serializers.ChoiceField(Law.choices, default=Law.NONE)
    identifiers = serializers.ListField(
        child=NamedSubject(), min_length=1, max_length=MOST_NAMES, help_text="Every name of this one person."
    )
    language = serializers.ChoiceField(Language.choices, required=False, help_text="In which the person is told.")
    hold = serializers.BooleanField(default=False, help_text="Keep it pending, to be started later.")


class Proof(StrictSerializer):
    """What shows that somebody has seen to a system themselves."""

    proof = Text(max_length=500, help_text="Such as the number of a ticket; nothing that names the person.")


class RequestFilters(StrictSerializer):
    """Which requests are wanted; each filter narrows."""

    state = serializers.ChoiceField(SubjectRequest.State.choices, required=False)
    wish = serializers.ChoiceField(Wish.choices, required=False)
    law = serializers.ChoiceField(Law.choices, required=False)
    status = serializers.ChoiceField(Status.choices, required=False, help_text="Those in which a system answered so.")
    notice = serializers.ChoiceField(NOTICE_STATES, required=False, help_text="Whether the person was told.")
    needs_person = serializers.BooleanField(required=False, help_text="Those in which a system failed.")
    since = serializers.DateTimeField(required=False, help_text="Asked from this moment on.")
    until = serializers.DateTimeField(required=False, help_text="Up to this moment, and without it.")


class RequestListing(RequestFilters, Listing):
    """Filters of the list, by pages."""

    orders: ClassVar[dict[str, str]] = {"created_at": "created_at", "due_at": "due_at"}
    ordering = ordering(orders, default="-created_at")


class RequestExport(RequestFilters):
    """Filters of an export, and how it is written."""

    format = serializers.ChoiceField(
        ["jsonl", "csv"],
        default="jsonl",
        help_text="jsonl: a request with its receipts a line; csv: a receipt a line, for a spreadsheet.",
    )


_FORGET = OpenApiExample(
    "forget somebody",
    {"wish": "SUPPRESS_WITH_DELETE", "law": "gdpr", "identifiers": [{"kind": "email", "value": "alice@example.com"}]},
    request_only=True,
)
_PLAN = inline_serializer(
    "Plan",
    {
        "destinations": serializers.DictField(help_text="Of each: counts, or why it cannot be told."),
        "index": serializers.DictField(help_text="How many names of each kind the index adds, and leaves out."),
    },
)


_USAGE = inline_serializer(
    "SubjectUsage",
    {
        "used": serializers.IntegerField(),
        "limit": serializers.IntegerField(allow_null=True, help_text="Null: as many as there are."),
        "remaining": serializers.IntegerField(allow_null=True),
        "resets_at": serializers.DateTimeField(),
    },
)


class RequestViewSet(ManagementViewSet):
    """What people asked for."""

    collection = "subject_requests"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    listing = RequestListing
    serializer_class = RequestSerializer
    volatile = frozenset(
        {"index", "state", "receipts", "started_at", "finished_at", "certificate", "notice", "token_keys"}
    )

    def get_queryset(self) -> QuerySet[SubjectRequest]:
        """Return the workspace's requests with their receipts."""
        rows = SubjectRequest.objects.filter(workspace=self.space, purged_at=None).select_related(
            "certificate", "notice"
        )
        return rows.prefetch_related(Prefetch("receipts", Receipt.objects.order_by("name")))

    @extend_schema(
        operation_id="subject_requests_list",
        parameters=[RequestListing, *COMMON],
        responses={200: listed("subject_requests", RequestSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the requests."""
        del request, slug
        filters = self.asked()
        return self.page(narrowed(self.get_queryset(), filters), filters)

    @extend_schema(
        operation_id="subject_requests_export",
        parameters=[RequestExport, *COMMON],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
            **problems(422),
        },
    )
    def export(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Export the log, the oldest request first; it streams, names nobody, and the trail tells of it."""
        asked = self.read(RequestExport, plain_query(request.query_params))
        written_as = asked.pop("format")
        rows = narrowed(self.get_queryset(), asked)
        lines = csv_lines(rows) if written_as == "csv" else json_lines(rows, self.shown)
        with transaction.atomic():
            note(Act.SUBJECT_LOG_EXPORTED, self.space, self.actor, None, format=written_as, filters=sorted(asked))
        headers = {"Content-Disposition": f'attachment; filename="requests-{slug}.{written_as}"'}
        return StreamingHttpResponse(lines, content_type=CONTENT_TYPES[written_as], headers=headers)

    @extend_schema(
        operation_id="subject_requests_read",
        parameters=[*COMMON, ETAG],
        responses={200: RequestSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a request with every receipt."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="subject_requests_plan",
        parameters=[*COMMON],
        request=Subjects,
        examples=[ONE_PERSON],
        responses={200: _PLAN, **problems(422)},
    )
    def plan(self, request: Request, slug: str) -> Response:
        """Ask every system how much it holds about somebody; nothing is deleted, and nothing kept."""
        del request, slug
        known = knowing.known_as(self.space, identifiers_of(self.body(Subjects)), believes_claims=True)
        subject = Subject((*known.named, *known.found))
        return Response({"destinations": carrying_out.plan(self.space, subject), "index": known.told})

    @extend_schema(operation_id="subject_requests_usage", parameters=[*COMMON], responses={200: _USAGE, **problems()})
    def usage(self, request: Request, slug: str) -> Response:
        """Say how many people were named in this calendar month, and how many may be."""
        del request, slug
        told = usage(self.space)
        return Response(
            {"used": told.used, "limit": told.limit, "remaining": told.remaining, "resets_at": told.resets_at}
        )

    @extend_schema(
        operation_id="subject_requests_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewRequest,
        examples=[_FORGET],
        responses={201: RequestSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Ask on somebody's behalf, and begin at once; while a request is open, asking the same again is no other."""
        del request, slug
        asked = self.body(NewRequest)
        wish, law, language = Wish(asked["wish"]), Law(asked["law"]), asked.get("language", "")
        names, holds = identifiers_of(asked), asked["hold"]
        opened = on_behalf.ask(self.space, wish, names, law=law, by=self.actor, language=language, holds=holds)
        return self.created(self.one(self.get_queryset(), opened.pk))

    @extend_schema(
        operation_id="subject_requests_start",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=None,
        responses={200: RequestSerializer, **problems(409)},
    )
    @writes
    def start(self, request: Request, slug: str, pk: UUID) -> Response:
        """Begin with a request that was held."""
        del request, slug
        lifecycle.start(self.one(self.get_queryset(), pk).pk, lifecycle.Proof.OWNER, by=self.actor)
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="subject_requests_cancel",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=None,
        responses={200: RequestSerializer, **problems(409)},
    )
    @writes
    def cancel(self, request: Request, slug: str, pk: UUID) -> Response:
        """End a request that is still pending."""
        del request, slug
        lifecycle.cancel(self.one(self.get_queryset(), pk).pk, by=self.actor)
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="subject_requests_ask_again",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=None,
        responses={200: RequestSerializer, **problems(409)},
    )
    @writes
    def ask_again(self, request: Request, slug: str, pk: UUID, receipt_id: UUID) -> Response:
        """Ask a system once more, at once, that failed or is waited for; 409 where nothing reaches it."""
        del request, slug
        carrying_out.try_again(self._open_receipt(pk, receipt_id).pk)
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="subject_requests_done_by_hand",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=Proof,
        examples=[OpenApiExample("a ticket", {"proof": "Ticket 4711"}, request_only=True)],
        responses={200: RequestSerializer, **problems(409, 422)},
    )
    @writes
    def done_by_hand(self, request: Request, slug: str, pk: UUID, receipt_id: UUID) -> Response:
        """Say that somebody has deleted in a system themselves."""
        del request, slug
        asked = self.body(Proof)
        carrying_out.settle_by_hand(self._open_receipt(pk, receipt_id).pk, proof=asked["proof"], by=self.actor)
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="subject_requests_proof",
        parameters=COMMON,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **problems(404)},
    )
    def proof(self, request: Request, slug: str, pk: UUID, receipt_id: UUID) -> HttpResponse:
        """Download the file that somebody attached who deleted by hand; that it was read is kept in the trail."""
        del request, slug
        receipt = self.one(Receipt.objects.filter(request=self.one(self.get_queryset(), pk)), receipt_id)
        file = self.one(ProofFile.objects.filter(receipt=receipt), receipt.pk)
        note(Act.SUBJECT_SHOWN, self.space, self.actor, receipt, destination=receipt.name)
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return HttpResponse(file.content, content_type=file.media_type, headers=headers)

    def _open_receipt(self, pk: UUID, receipt_id: UUID) -> Any:
        return on_behalf.open_receipt(self.one(self.get_queryset(), pk), receipt_id)


def narrowed(rows: "QuerySet[SubjectRequest]", filters: Mapping[str, Any]) -> "QuerySet[SubjectRequest]":
    """Return the requests that the filters let through."""
    lookups = {"state": "state", "wish": "wish", "law": "law", "notice": "notice__state", "since": "created_at__gte"}
    lookups |= {"until": "created_at__lt"}
    rows = rows.filter(**{lookup: filters[name] for name, lookup in lookups.items() if name in filters})
    if "status" in filters:
        rows = rows.filter(pk__in=_answered(filters["status"]))
    if "needs_person" in filters:
        failed = _answered(Status.FAILED)
        rows = rows.filter(pk__in=failed) if filters["needs_person"] else rows.exclude(pk__in=failed)
    return rows


def _answered(status: str) -> "QuerySet[Receipt, Any]":
    return Receipt.objects.filter(status=status).order_by().values("request")
