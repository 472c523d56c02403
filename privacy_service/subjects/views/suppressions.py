"""Suppressions of a workspace over HTTP: who is on the list, adding, lifting, and what `/mask` does about them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.enforcement.views import PROBLEMS, EndpointView
from privacy_service.managing.parsing import StrictSerializer
from privacy_service.managing.schema import COMMON, IDEMPOTENCY_KEY, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from privacy_service.subjects.endpoints import check
from privacy_service.subjects.models import Suppression, SuppressionList
from privacy_service.subjects.suppressions import change_in_mask, lift, suppress
from privacy_service.subjects.views.naming import (
    KINDS,
    ONE_PERSON,
    LargeJSONParser,
    NamedSubject,
    Subjects,
    identifiers_of,
)
from workspaces.keys import Scope
from workspaces.permissions import Permission


class InMaskChange(StrictSerializer):
    """What `/mask` does about events of suppressed people."""

    in_mask = serializers.ChoiceField(SuppressionList.InMask.choices)


class SuppressionSerializer(serializers.Serializer[Suppression]):
    """One entry: no value is kept, so none is shown."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    by_id = serializers.UUIDField(allow_null=True)


class SuppressionListing(Listing):
    """Filters of the list."""

    orders: ClassVar[dict[str, str]] = {"at": "id"}
    ordering = ordering(orders, default="-at")
    kind = serializers.ChoiceField(KINDS, required=False)
    since = serializers.DateTimeField(required=False)


_QUESTION = inline_serializer(
    "CheckedSubjects",
    {
        "identifiers": NamedSubject(many=True),
        "source": serializers.CharField(required=False, help_text="The slug of the source that the data is from."),
    },
)
_SETTINGS = inline_serializer("SuppressionSettings", {"in_mask": serializers.CharField()})


class SuppressionViewSet(ManagementViewSet):
    """Whose new data a workspace takes in no more."""

    collection = "suppressions"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    listing = SuppressionListing
    serializer_class = SuppressionSerializer
    parser_classes = (LargeJSONParser,)

    def get_queryset(self) -> QuerySet[Suppression]:
        """Return the workspace's entries."""
        return Suppression.objects.filter(workspace=self.space)

    @extend_schema(
        operation_id="suppressions_list",
        parameters=[SuppressionListing, *COMMON],
        responses={200: listed("suppressions", SuppressionSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the entries: kinds and times; the identifiers themselves are not kept."""
        del request, slug
        filters, rows = self.asked(), self.get_queryset()
        if kind := filters.get("kind"):
            rows = rows.filter(kind=kind)
        if since := filters.get("since"):
            rows = rows.filter(at__gte=since)
        return self.page(rows, filters)

    @extend_schema(
        operation_id="suppressions_add",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=Subjects,
        examples=[ONE_PERSON],
        responses={200: inline_serializer("Suppressed", {"added": serializers.IntegerField()}), **problems(422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Take in no more data about these people; within two seconds, everywhere."""
        del request, slug
        return Response({"added": suppress(self.space, identifiers_of(self.body(Subjects)), by=self.actor)})

    @extend_schema(
        operation_id="suppressions_lift",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=Subjects,
        examples=[ONE_PERSON],
        responses={200: inline_serializer("Lifted", {"lifted": serializers.IntegerField()}), **problems(422)},
    )
    @writes
    def lift(self, request: Request, slug: str) -> Response:
        """Take in data about these people again, from now on."""
        del request, slug
        return Response({"lifted": lift(self.space, identifiers_of(self.body(Subjects)), by=self.actor)})

    @extend_schema(
        operation_id="suppressions_settings_read", parameters=[*COMMON], responses={200: _SETTINGS, **problems()}
    )
    def read_settings(self, request: Request, slug: str) -> Response:
        """Show what the masking API does about events of suppressed people."""
        del request, slug
        held = SuppressionList.objects.filter(workspace=self.space).first()
        return Response({"in_mask": held.in_mask if held else SuppressionList.InMask.OFF})

    @extend_schema(
        operation_id="suppressions_settings_change",
        parameters=[*COMMON],
        request=InMaskChange,
        examples=[OpenApiExample("left out", {"in_mask": "drop"}, request_only=True)],
        responses={200: _SETTINGS, **problems(422)},
    )
    @writes
    def change_settings(self, request: Request, slug: str) -> Response:
        """Have the masking API leave such events out (`drop`), refuse them (`refuse`), or mask them too (`off`)."""
        del request, slug
        held = change_in_mask(self.space, self.body(InMaskChange)["in_mask"], by=self.actor)
        return Response({"in_mask": held.in_mask})


class CheckView(EndpointView):
    """Whether new data about people may be taken in."""

    endpoint = check

    @extend_schema(
        operation_id="suppressions_check",
        request=_QUESTION,
        examples=[ONE_PERSON],
        responses={
            200: inline_serializer("Checked", {"suppressed": serializers.ListField(child=serializers.BooleanField())}),
            **PROBLEMS,
        },
    )
    def post(self, request: Request, slug: str) -> Any:
        """Say of each identifier whether it is suppressed, in their order. Nothing is kept of them."""
        return self.answer(request, slug)
