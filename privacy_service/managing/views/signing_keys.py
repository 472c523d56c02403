"""What the readers' tokens of a service account are verified with: added, a secret shown once, rotated, removed."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import Conflict
from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.idempotency import fresh_secret
from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.schema import COMMON, ETAG, IDEMPOTENCY_KEY, IF_MATCH_IF_WANTED, listed, problems
from privacy_service.managing.views.accounts import LONGEST_OVERLAP, OVERLAP
from privacy_service.managing.views.base import OWNER, Listing, ManagementViewSet, ordering, writes
from workspaces.actor_tokens.fetching import AddressNotAllowed
from workspaces.actor_tokens.keeping import keep_address, keep_document, keep_secret, kids_of, remove_key, rotate_secret
from workspaces.actor_tokens.keys import UnusableKey
from workspaces.keys import Scope
from workspaces.models import ActorTokenKey, ServiceAccount

Kind = ActorTokenKey.Kind


class SigningKeySerializer(serializers.Serializer[ActorTokenKey]):
    """A key set, the address of one, or a shared secret, which is never shown again."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Kind.choices)
    kid = serializers.SerializerMethodField(help_text="How tokens name the keys; several are set apart by commas.")
    document = serializers.JSONField(allow_null=True, help_text="The public keys (JWKS).")
    url = serializers.CharField(help_text="Where the key set is fetched from.")
    is_usable = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When it ends after a rotation.")

    def get_kid(self, key: ActorTokenKey) -> str:
        """Name the keys as tokens name them."""
        return kids_of(key)

    def get_is_usable(self, key: ActorTokenKey) -> bool:
        """Say whether it still verifies anything."""
        return key.expires_at is None or key.expires_at > timezone.now()


class ShownSecretSerializer(SigningKeySerializer):
    """A new key; a secret that was made here is shown this once, and to whoever repeats the request within a day."""

    secret = serializers.CharField(allow_null=True)


class NewSigningKey(StrictSerializer):
    """A new key of one kind."""

    kind = serializers.ChoiceField(Kind.choices)
    document = serializers.JSONField(required=False, help_text="For `document`: a JWKS with public keys alone.")
    url = Text(required=False, max_length=500, help_text="For `address`: https, on a host of PRIVACY_JWKS_HOSTS.")
    secret = Text(
        required=False,
        max_length=500,
        help_text="For `secret`: at least 32 characters; left out, one is made and shown.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take what belongs to the kind and nothing else."""
        wanted = {Kind.DOCUMENT: "document", Kind.ADDRESS: "url", Kind.SECRET: "secret"}[attrs["kind"]]
        if wanted not in attrs and wanted != "secret":
            raise serializers.ValidationError({wanted: [f"A key of this kind needs its {wanted}."]})
        odd = sorted(set(attrs) - {"kind", wanted})
        if odd:
            raise serializers.ValidationError({name: ["This belongs to another kind of key."] for name in odd})
        return attrs


class SecretRotation(StrictSerializer):
    """The successor, and for how long the old secret still verifies."""

    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=int(LONGEST_OVERLAP.total_seconds()), default=OVERLAP
    )
    secret = Text(required=False, max_length=500, help_text="At least 32 characters; left out, one is made and shown.")


class SigningKeyListing(Listing):
    """The query of the list of signing keys."""

    orders: ClassVar[dict[str, str]] = {"created_at": "created_at"}
    ordering = ordering(orders, default="-created_at")


class SigningKeyViewSet(ManagementViewSet):
    """Signing keys of a service account. Owners only, and proven: whoever adds a key can make readers up."""

    collection = "signing_keys"
    scope = Scope.SERVICE_ACCOUNTS
    reading = writing = OWNER
    listing = SigningKeyListing
    serializer_class = SigningKeySerializer
    volatile = frozenset({"is_usable"})

    def get_queryset(self) -> QuerySet[ActorTokenKey]:
        """Return the signing keys of this account of the workspace."""
        here = ActorTokenKey.objects.filter(account__workspace=self.space, account=self.kwargs["account_id"])
        return here.select_related("account__workspace")

    @extend_schema(
        operation_id="signing_keys_list",
        parameters=[SigningKeyListing, *COMMON],
        responses={200: listed("signing_keys", SigningKeySerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str, account_id: UUID) -> Response:
        """List what an account's readers are verified with."""
        del request, slug, account_id
        self._account()
        return self.page(self.get_queryset(), self.asked())

    @extend_schema(
        operation_id="signing_keys_read",
        parameters=[*COMMON, ETAG],
        responses={200: SigningKeySerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str, account_id: UUID, pk: UUID) -> Response:
        """Show a signing key; a secret stays hidden."""
        del request, slug, account_id
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="signing_keys_add",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewSigningKey,
        examples=[
            OpenApiExample("an address", {"kind": "address", "url": "https://id.example.com/jwks"}, request_only=True),
            OpenApiExample("a new secret", {"kind": "secret"}, request_only=True),
        ],
        responses={201: ShownSecretSerializer, **problems(422)},
    )
    @writes
    def create(self, request: Request, slug: str, account_id: UUID) -> Response:
        """Add a key beside those there are. A secret that is made here is shown, once."""
        del slug, account_id
        self.check_proven()
        account = self._account()
        asked, given = self.body(NewSigningKey), ""
        try:
            match asked["kind"]:
                case Kind.DOCUMENT:
                    row = keep_document(account, asked["document"], by=self.actor)
                case Kind.ADDRESS:
                    row = keep_address(account, asked["url"], by=self.actor)
                case _:
                    given = asked.get("secret", "")
                    row, made = keep_secret(account, given or fresh_secret(request), by=self.actor)
                    return self.created(row, secret=None if given else made)
        except (UnusableKey, AddressNotAllowed) as error:
            raise invalid_fields({_FIELDS[asked["kind"]]: [str(error)]}) from None
        return self.created(row, secret=None)

    @extend_schema(
        operation_id="signing_keys_rotate",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=SecretRotation,
        examples=[OpenApiExample("an hour", {"overlap_seconds": 3600}, request_only=True)],
        responses={201: ShownSecretSerializer, **problems(409, 422)},
    )
    @writes
    def rotate(self, request: Request, slug: str, account_id: UUID, pk: UUID) -> Response:
        """Replace a shared secret: the new one verifies at once, the old one until the overlap is over."""
        del slug, account_id
        self.check_proven()
        row, asked = self.one(self.get_queryset(), pk), self.body(SecretRotation)
        if row.kind != Kind.SECRET:
            message = (
                "Only a shared secret is rotated. Add the new key set beside the old one, and delete that one later."
            )
            raise Conflict(message)
        given = asked.get("secret", "")
        overlap = timedelta(seconds=asked["overlap_seconds"])
        try:
            new, made = rotate_secret(row, overlap=overlap, secret=given or fresh_secret(request), by=self.actor)
        except UnusableKey as error:
            raise invalid_fields({"secret": [str(error)]}) from None
        return self.created(new, among=request.path.removesuffix(f"/{pk}/rotate"), secret=None if given else made)

    @extend_schema(
        operation_id="signing_keys_remove",
        parameters=[IF_MATCH_IF_WANTED, *COMMON],
        responses={204: None, **problems(412)},
    )
    @writes
    def destroy(self, request: Request, slug: str, account_id: UUID, pk: UUID) -> Response:
        """Remove a key; what only it verified is refused within two seconds, everywhere."""
        del request, slug, account_id
        self.check_proven()
        row = self.one(self.get_queryset(), pk)
        self.check_unchanged(row, required=False)
        remove_key(row, by=self.actor)
        return Response(status=204)

    def _account(self) -> ServiceAccount:
        account: ServiceAccount = self.one(
            ServiceAccount.objects.filter(workspace=self.space).select_related("workspace"), self.kwargs["account_id"]
        )
        return account


_FIELDS = {Kind.DOCUMENT: "document", Kind.ADDRESS: "url", Kind.SECRET: "secret"}
