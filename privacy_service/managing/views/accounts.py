"""Service accounts of a workspace, and their keys: made here, shown once, rotated with an overlap, revoked."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import BeyondOwnRights, Conflict
from privacy_service.managing.idempotency import fresh_key
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
from privacy_service.managing.views.base import OWNER, Listing, ManagementViewSet, ordering, writes
from workspaces.authentication import Caller
from workspaces.keys import (
    DATA_SCOPES,
    Scope,
    change_service_account,
    create_service_account,
    delete_service_account,
    issue_key,
    revoke_key,
    rotate_key,
    scopes_from,
)
from workspaces.models import ApiKey, ServiceAccount

LONGEST_OVERLAP = timedelta(days=30)
OVERLAP = int(timedelta(days=1).total_seconds())
_OUTLASTED = frozenset({"state", "last_used_at", "usable_keys"})


class AccountSerializer(serializers.Serializer[ServiceAccount]):
    """A backend's account, bound to this workspace."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    user = serializers.CharField(
        source="user.external_id", help_text="How it is named where it is made a member, to read on its own account."
    )
    usable_keys = serializers.IntegerField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    demands_actor_token = serializers.BooleanField(help_text="Whether a name alone is no proof of a reader.")
    actor_token_issuer = serializers.CharField(help_text="What `iss` of a token must say; empty for any.")
    created_at = serializers.DateTimeField()


class AccountChange(StrictSerializer):
    """What of an account can be changed; its name stays, for its user carries it."""

    demands_actor_token = serializers.BooleanField(required=False)
    actor_token_issuer = Text(max_length=200, allow_blank=True, required=False)


class NewAccount(StrictSerializer):
    """A new account; it opens nothing before it has a key."""

    name = Slug(max_length=80)


class AccountListing(Listing):
    """Filters of the list of service accounts."""

    orders: ClassVar[dict[str, str]] = {"name": "name", "created_at": "created_at"}
    ordering = ordering(orders, default="name")
    search = serializers.CharField(required=False, max_length=80, help_text="A part of the name.")


class KeySerializer(serializers.Serializer[ApiKey]):
    """A key, by its first letters."""

    id = serializers.UUIDField()
    prefix = serializers.CharField(help_text="The start of the key, to tell keys apart.")
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField([*Scope]))
    state = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    calls_per_day = serializers.IntegerField(allow_null=True, help_text="Further ones are refused until midnight UTC.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)

    def get_state(self, key: ApiKey) -> str:
        """Say whether the key still opens anything."""
        if key.revoked_at:
            return "revoked"
        return "expired" if key.expires_at and key.expires_at <= timezone.now() else "usable"


class ShownKeySerializer(KeySerializer):
    """A new key, shown this once, and to whoever repeats the request with the same Idempotency-Key within a day."""

    key = serializers.CharField(allow_null=True)


class NewKey(StrictSerializer):
    """What a new key may be used for, and until when."""

    name = Text(max_length=80, default="", allow_blank=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField([*Scope]), default=list(DATA_SCOPES), allow_empty=False, max_length=len(Scope)
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    calls_per_day = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=2_147_483_647
    )

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        """Refuse a key that opens nothing."""
        if value and value <= timezone.now():
            message = "This time has passed already."
            raise serializers.ValidationError(message)
        return value


class Rotation(StrictSerializer):
    """For how long the old key still works."""

    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=int(LONGEST_OVERLAP.total_seconds()), default=OVERLAP
    )


class KeyListing(Listing):
    """Filters of the list of keys."""

    orders: ClassVar[dict[str, str]] = {"created_at": "created_at"}
    ordering = ordering(orders, default="-created_at")
    state = serializers.ChoiceField(["usable", "expired", "revoked"], required=False)


class AccountViewSet(ManagementViewSet):
    """Service accounts of a workspace. Owners only: a key of theirs names any reader."""

    collection = "service_accounts"
    scope = Scope.SERVICE_ACCOUNTS
    reading = writing = OWNER
    listing = AccountListing
    serializer_class = AccountSerializer
    volatile = _OUTLASTED

    def get_queryset(self) -> QuerySet[ServiceAccount]:
        """Return the accounts bound to this workspace, in one query."""
        now = timezone.now()
        unexpired = Q(user__api_keys__expires_at=None) | Q(user__api_keys__expires_at__gt=now)
        usable = Q(user__api_keys__isnull=False, user__api_keys__revoked_at=None) & unexpired
        rows = ServiceAccount.objects.filter(workspace=self.space).select_related("user")
        return rows.annotate(
            usable_keys=Count("user__api_keys", filter=usable), last_used_at=Max("user__api_keys__last_used_at")
        )

    @extend_schema(
        operation_id="service_accounts_list",
        parameters=[AccountListing, *COMMON],
        responses={200: listed("service_accounts", AccountSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the service accounts that are bound to this workspace."""
        del request, slug
        filters = self.asked()
        rows = self.get_queryset()
        if part := filters.get("search"):
            rows = rows.filter(name__icontains=part)
        return self.page(rows, filters)

    @extend_schema(
        operation_id="service_accounts_read",
        parameters=[*COMMON, ETAG],
        responses={200: AccountSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a service account."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="service_accounts_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewAccount,
        examples=[OpenApiExample("a backend", {"name": "crm"}, request_only=True)],
        responses={201: AccountSerializer, **problems(409, 422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Create a service account bound to this workspace."""
        del request, slug
        name = self.body(NewAccount)["name"]
        if ServiceAccount.objects.filter(workspace=self.space, name=name).exists():
            message = "The workspace has a service account with this name."
            raise Conflict(message)
        account = create_service_account(name, workspace=self.space, by=self.actor)
        return self.created(self.one(self.get_queryset(), account.pk))

    @extend_schema(
        operation_id="service_accounts_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=AccountChange,
        examples=[OpenApiExample("signed readers only", {"demands_actor_token": True}, request_only=True)],
        responses={200: AccountSerializer, **problems(409, 412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str, pk: UUID) -> Response:
        """Demand signed readers of a service account, or no longer; say who issues their tokens."""
        del request, slug
        self.check_proven()
        account = self.one(self.get_queryset(), pk)
        self.check_unchanged(account)
        asked = self.body(AccountChange)
        demands = asked.get("demands_actor_token")
        if demands and not account.actor_token_keys.exists():
            message = "Add a signing key first: without one every reader would be refused."
            raise Conflict(message)
        change_service_account(account, demands=demands, issuer=asked.get("actor_token_issuer"), by=self.actor)
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="service_accounts_delete",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, pk: UUID) -> Response:
        """Delete a service account; its keys open nothing any more."""
        del request, slug
        account = self.one(self.get_queryset(), pk)
        self.check_unchanged(account, required=False)
        delete_service_account(account, by=self.actor)
        return Response(status=204)


class KeyViewSet(ManagementViewSet):
    """Keys of a service account."""

    collection = "keys"
    scope = Scope.SERVICE_ACCOUNTS
    reading = writing = OWNER
    listing = KeyListing
    serializer_class = KeySerializer
    volatile = _OUTLASTED

    def get_queryset(self) -> QuerySet[ApiKey]:
        """Return the keys of this account of the workspace."""
        here = ServiceAccount.objects.filter(workspace=self.space, pk=self.kwargs["account_id"])
        return ApiKey.objects.filter(user__service_account__in=here.values("pk"))

    @extend_schema(
        operation_id="keys_list",
        parameters=[KeyListing, *COMMON],
        responses={200: listed("keys", KeySerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str, account_id: UUID) -> Response:
        """List an account's keys, by their first letters."""
        del request, slug, account_id
        self._account()
        filters = self.asked()
        return self.page(_in_state(self.get_queryset(), filters.get("state")), filters)

    @extend_schema(operation_id="keys_read", parameters=[*COMMON, ETAG], responses={200: KeySerializer, **problems()})
    def retrieve(self, request: Request, slug: str, account_id: UUID, pk: UUID) -> Response:
        """Show a key by its first letters."""
        del request, slug, account_id
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="keys_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewKey,
        examples=[OpenApiExample("for masking", {"name": "crm live", "scopes": ["mask"]}, request_only=True)],
        responses={201: ShownKeySerializer, **problems(422)},
    )
    @writes
    def create(self, request: Request, slug: str, account_id: UUID) -> Response:
        """Issue a key and show it, once. It gets no scope that the calling key lacks."""
        del slug, account_id
        account = self._account()
        asked = self.body(NewKey)
        scopes = scopes_from(asked["scopes"])
        self._check_scopes(scopes)
        row, key = issue_key(
            account.user,
            scopes=scopes,
            name=asked["name"],
            expires_at=asked["expires_at"],
            calls_per_day=asked["calls_per_day"],
            key=fresh_key(request),
            by=self.actor,
        )
        return self.created(row, key=key)

    @extend_schema(
        operation_id="keys_rotate",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=Rotation,
        examples=[OpenApiExample("an hour", {"overlap_seconds": 3600}, request_only=True)],
        responses={201: ShownKeySerializer, **problems(409, 422)},
    )
    @writes
    def rotate(self, request: Request, slug: str, account_id: UUID, pk: UUID) -> Response:
        """Issue a successor with the same scopes and show it, once; the old key ends after the overlap."""
        del slug, account_id
        row = self.one(self.get_queryset(), pk)
        overlap = timedelta(seconds=self.body(Rotation)["overlap_seconds"])
        if not ApiKey.objects.usable(timezone.now()).filter(pk=row.pk).exists():
            message = "This key opens nothing any more: issue a new one."
            raise Conflict(message)
        self._check_scopes(scopes_from(row.scopes))
        successor, key = rotate_key(row, overlap=overlap, key=fresh_key(request), by=self.actor)
        return self.created(successor, among=request.path.removesuffix(f"/{pk}/rotate"), key=key)

    @extend_schema(
        operation_id="keys_revoke",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, account_id: UUID, pk: UUID) -> Response:
        """Revoke a key: it opens nothing any more within two seconds, everywhere. It stays in the list."""
        del request, slug, account_id
        row = self.one(self.get_queryset(), pk)
        self.check_unchanged(row, required=False)
        if row.revoked_at is None:
            revoke_key(row, by=self.actor)
        return Response(status=204)

    def _account(self) -> ServiceAccount:
        account: ServiceAccount = self.one(
            ServiceAccount.objects.filter(workspace=self.space).select_related("user"), self.kwargs["account_id"]
        )
        return account

    def _check_scopes(self, scopes: frozenset[Scope]) -> None:
        """Refuse a key that could do more than the one that asks for it."""
        caller: Caller = self.request.auth  # type: ignore[assignment]
        beyond = sorted(scopes - caller.scopes)
        if beyond:
            message = f"The calling key lacks {', '.join(beyond)}, so it cannot give it to another."
            raise BeyondOwnRights(message)


def _in_state(rows: QuerySet[ApiKey], state: str | None) -> QuerySet[ApiKey]:
    now = timezone.now()
    match state:
        case "usable":
            return ApiKey.objects.usable(now).filter(pk__in=rows.values("pk"))
        case "expired":
            return rows.filter(expires_at__lte=now, revoked_at=None)
        case "revoked":
            return rows.exclude(revoked_at=None)
    return rows
