"""Emergency access: asked for by a member for themselves, answered by a second person, ended by either."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.schema import COMMON, ETAG, IDEMPOTENCY_KEY, listed, problems
from privacy_service.managing.views.base import ANY_MEMBER, Listing, ManagementViewSet, ordering, writes
from privacy_service.managing.views.grants import GiverSerializer
from workspaces import break_glass
from workspaces.keys import Scope
from workspaces.models import Emergency
from workspaces.permissions import Permission
from workspaces.rights import Need

_STATES = (*Emergency.State.values, "lapsed")


class EmergencySerializer(serializers.Serializer[Emergency]):
    """One emergency access: who, for how long, why, and what came of it."""

    id = serializers.UUIDField()
    user = GiverSerializer()
    minutes = serializers.IntegerField()
    reason = serializers.CharField()
    state = serializers.SerializerMethodField(
        help_text="asked, approved, refused, ended (early or by time), or lapsed: nobody answered within a day."
    )
    asked_at = serializers.DateTimeField()
    decided_by = GiverSerializer(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True, help_text="When it ends by itself, or ended.")
    owners_told = serializers.SerializerMethodField(help_text="Whether every owner was mailed how it stands.")

    def get_state(self, emergency: Emergency) -> str:
        """Say how it stands now; the sweep that writes it down comes once a minute."""
        now = timezone.now()
        if emergency.state == Emergency.State.APPROVED and emergency.ends_at and emergency.ends_at <= now:
            return Emergency.State.ENDED.value
        if emergency.state == Emergency.State.ASKED and emergency.asked_at <= now - break_glass.ANSWER_WITHIN:
            return "lapsed"
        return emergency.state

    def get_owners_told(self, emergency: Emergency) -> bool:
        """Say whether the owners know."""
        return emergency.told_state == emergency.state


class NewEmergency(StrictSerializer):
    """What is asked for, for oneself."""

    minutes = serializers.IntegerField(min_value=1, help_text="At most what the workspace allows.")
    reason = Text(max_length=500, help_text="At least ten letters; every owner can read it.")


class Nothing(StrictSerializer):
    """No field: an empty object."""


class EmergencyListing(Listing):
    """Filters of the list of emergency accesses."""

    orders: ClassVar[dict[str, str]] = {"asked_at": "asked_at"}
    ordering = ordering(orders, default="-asked_at")
    user = serializers.UUIDField(required=False, help_text="Who asked, by the id of their user.")
    open = serializers.ChoiceField(
        ["true", "false"], required=False, help_text="Whether it waits for an answer or still lasts."
    )


_NOTHING = OpenApiExample("nothing", {}, request_only=True)


class EmergencyViewSet(ManagementViewSet):
    """Emergency accesses of a workspace; whoever may not manage members meets only their own."""

    collection = "emergency_accesses"
    scope = Scope.EMERGENCY
    reading = writing = ANY_MEMBER
    listing = EmergencyListing
    serializer_class = EmergencySerializer

    def need(self) -> Need:
        """Return the right that each action needs; whose access it is decides the rest."""
        needs: dict[str, Need] = {
            "create": Permission.BREAK_GLASS,
            "approve": Permission.MANAGE_MEMBERS,
            "refuse": Permission.MANAGE_MEMBERS,
        }
        return needs.get(self.action, ANY_MEMBER)

    def get_queryset(self) -> QuerySet[Emergency]:
        """Return the accesses that the actor may know of, in one query."""
        rows = Emergency.objects.filter(workspace=self.space).select_related("user", "decided_by")
        return rows if Permission.MANAGE_MEMBERS in self.rights.permissions else rows.filter(user=self.actor.pk)

    @extend_schema(
        operation_id="emergency_list",
        parameters=[EmergencyListing, *COMMON],
        responses={200: listed("emergency_accesses", EmergencySerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List emergency accesses, the newest first; whoever may not manage members sees their own."""
        del request, slug
        filters = self.asked()
        return self.page(_filtered(self.get_queryset(), filters), filters)

    @extend_schema(
        operation_id="emergency_read", parameters=[*COMMON, ETAG], responses={200: EmergencySerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show an emergency access."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="emergency_ask",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewEmergency,
        examples=[
            OpenApiExample(
                "half an hour", {"minutes": 30, "reason": "Ticket 4711: refund gone astray"}, request_only=True
            )
        ],
        responses={201: EmergencySerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Ask for emergency access for oneself. It begins at once or when a second person approves; owners are told."""
        del request, slug
        self.check_proven()
        asked = self.body(NewEmergency)
        emergency = break_glass.ask(self.space, self.actor, minutes=asked["minutes"], reason=asked["reason"])
        return self.created(self.one(self.get_queryset(), emergency.pk))

    @extend_schema(
        operation_id="emergency_approve",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=Nothing,
        examples=[_NOTHING],
        responses={200: EmergencySerializer, **problems(409)},
    )
    @writes
    def approve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Let another's emergency access begin, as one who may manage members."""
        del request, slug
        self.check_proven()
        return self._moved(break_glass.approve, pk)

    @extend_schema(
        operation_id="emergency_refuse",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=Nothing,
        examples=[_NOTHING],
        responses={200: EmergencySerializer, **problems(409)},
    )
    @writes
    def refuse(self, request: Request, slug: str, pk: UUID) -> Response:
        """Refuse another's emergency access, as one who may manage members."""
        del request, slug
        self.check_proven()
        return self._moved(break_glass.refuse, pk)

    @extend_schema(
        operation_id="emergency_end",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=Nothing,
        examples=[_NOTHING],
        responses={200: EmergencySerializer, **problems(409)},
    )
    @writes
    def end(self, request: Request, slug: str, pk: UUID) -> Response:
        """End an emergency access before its time: one's own, or another's as one who may manage members."""
        del request, slug
        return self._moved(break_glass.end, pk)

    def _moved(self, move: Any, pk: UUID) -> Response:
        self.body(Nothing)
        move(self.one(self.get_queryset(), pk), by=self.actor)
        return self.answer(self.one(self.get_queryset(), pk))


def _filtered(rows: QuerySet[Emergency], filters: dict[str, Any]) -> QuerySet[Emergency]:
    if user := filters.get("user"):
        rows = rows.filter(user=user)
    if wanted := filters.get("open"):
        is_open = break_glass.open_among(Emergency.objects.all()).values("pk")
        rows = rows.filter(pk__in=is_open) if wanted == "true" else rows.exclude(pk__in=is_open)
    return rows
