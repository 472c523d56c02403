"""The backends that ask, and the keys they and people ask with."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone

from workspaces.models.base import AtomicSave
from workspaces.models.people import User
from workspaces.models.places import Workspace
from workspaces.models.sealed import Sealed

ACTOR_TOKENS = "actor token secrets"  # Each purpose has a key of its own; changing a word here loses what it sealed.


class ServiceAccount(AtomicSave):
    """A backend that asks on behalf of readers, for one workspace or for all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="service_account", editable=False)
    # Its name is taken in its workspace alone: a clash would tell one customer what another has.
    name = models.SlugField(max_length=80)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="service_accounts",
        help_text="The only workspace it may ask about; empty for every workspace of the installation.",
    )
    demands_actor_token = models.BooleanField(
        "demands signed readers",
        default=False,
        help_text="Refuse every request that does not prove its reader with a token: X-Actor alone is not enough.",
    )
    actor_token_issuer = models.CharField(
        "issuer of tokens", max_length=200, blank=True, help_text="What `iss` of a token must say; empty for any."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                name="one_account_per_workspace_and_name",
                violation_error_message="The workspace has a service account with this name.",
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(workspace=None),
                name="one_unbound_account_per_name",
                violation_error_message="The installation has a service account with this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys, by whether they still open anything."""

    def usable(self, now: datetime) -> "ApiKeyQuerySet":
        """Return the keys that are neither revoked nor expired, of active users."""
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now)
        return self.filter(unexpired, revoked_at__isnull=True, user__is_active=True)


class ApiKey(AtomicSave):
    """A key of a service account or a person; only a digest of it is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80, blank=True)
    prefix = models.CharField(max_length=12, editable=False, help_text="The start of the key, to tell keys apart.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    calls_per_day = models.PositiveIntegerField(
        "calls a day", null=True, blank=True, help_text="Further ones are refused until midnight UTC; empty: no limit."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["user", "-created_at"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.user}"


class ActorTokenKey(AtomicSave):
    """What a service account's signed readers are verified with; several at once let keys rotate without a gap."""

    SEALED: ClassVar = (Sealed("sealed_secret", ACTOR_TOKENS),)

    class Kind(models.TextChoices):
        """Where the key comes from."""

        DOCUMENT = "document", "Key set (JWKS), kept here"
        ADDRESS = "address", "Key set (JWKS), fetched over HTTPS"
        SECRET = "secret", "Shared secret"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(ServiceAccount, on_delete=models.CASCADE, related_name="actor_token_keys")
    kind = models.CharField(max_length=10, choices=Kind)
    document = models.JSONField(null=True, blank=True, help_text="The public keys, as a JWKS document.")
    url = models.URLField(max_length=500, blank=True, help_text="On a host that PRIVACY_JWKS_HOSTS names.")
    kid = models.CharField(max_length=40, blank=True, editable=False, help_text="How a token names the secret.")
    sealed_secret = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False, help_text="When it ends after a rotation.")

    class Meta:
        ordering: ClassVar[list[str]] = ["account", "created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="actor_token_key_holds_one_thing",
                condition=models.Q(kind="document", document__isnull=False, url="", sealed_secret="")
                | models.Q(models.Q(kind="address", document__isnull=True, sealed_secret="") & ~models.Q(url=""))
                | models.Q(models.Q(kind="secret", document__isnull=True, url="") & ~models.Q(sealed_secret="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.account}"
