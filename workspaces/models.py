"""People, workspaces, who belongs where with which roles, and the keys that backends ask with."""

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from workspaces.permissions import DESCRIPTIONS, Permission
from workspaces.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_NO_AT_SIGN = RegexValidator(
    r"^[^@\s]+$", "An external id has no @ and no space, so that it is never taken for an e-mail."
)


class AtomicSave(models.Model):
    """Rows whose change must become visible together with its access stamp, never before it."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and what its signals write in one transaction."""
        with transaction.atomic():
            super().save(*args, **kwargs)


class UserManager(BaseUserManager["User"]):
    """Users, found by e-mail whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person with this e-mail."""
        return self.named(username or "").get()

    def named(self, reference: str) -> models.QuerySet["User"]:
        """Return the one user with this e-mail, in any case of its letters, or with this external id.

        Only ASCII letters have a case here: to a database the Turkish dotless i is an i, to a mail server it is not.
        """
        if "@" not in reference:
            return self.filter(external_id=reference)  # An external id holds no @, so a name is never both.
        if not reference.isascii():
            return self.filter(email=reference)
        return self.alias(folded=Lower("email")).filter(folded=reference.lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; without a password they can ask through backends but not sign in."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an administrator of the installation."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AtomicSave, AbstractBaseUser, PermissionsMixin):
    """An actor: a person, or a service that reads on its own account."""

    class Kind(models.TextChoices):
        """What stands behind a user."""

        PERSON = "person", "Person"
        SERVICE = "service", "Service"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON, editable=False)
    email = models.EmailField("e-mail", unique=True, null=True, blank=True)
    external_id = models.CharField(
        max_length=200,
        unique=True,
        null=True,
        blank=True,
        validators=[_NO_AT_SIGN],
        help_text="How backends name this user in X-Actor, beside the e-mail.",
    )
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True, help_text="An inactive user reads nothing and cannot sign in.")
    is_staff = models.BooleanField("administrator", default=False, help_text="Can sign in to the admin.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering: ClassVar[list[str]] = ["email", "external_id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_any_case", violation_error_message="A user with this e-mail exists."
            ),
            models.CheckConstraint(
                condition=models.Q(email__isnull=False) | models.Q(external_id__isnull=False),
                name="user_has_a_name",
                violation_error_message="Give the user an e-mail or an external id.",
            ),
        ]

    def __str__(self) -> str:
        return self.email or self.external_id or str(self.pk)

    def clean(self) -> None:
        """Keep an empty name from being taken for a name."""
        super().clean()
        self.email = self.email or None
        self.external_id = self.external_id or None


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    """Workspaces, with what somebody may do in them."""

    def with_standing_of(self, user_id: uuid.UUID) -> "WorkspaceQuerySet":
        """Annotate is_member, views_pii and visible_entities (of a partial grant) for this user.

        A superuser gets nothing here: running the installation is no right to see its customers' data.
        """
        here = {"content_object": models.OuterRef("pk"), "permission__codename": Permission.VIEW_PII.codename}
        partial = Grant.objects.filter(
            membership__workspace=models.OuterRef("pk"), membership__user=user_id, role=Role.PII_VIEWER
        )
        return self.annotate(
            is_member=models.Exists(
                Membership.objects.filter(workspace=models.OuterRef("pk"), user=user_id, user__is_active=True)
            ),
            views_pii=models.Exists(WorkspaceUserPermission.objects.filter(user=user_id, **here))
            | models.Exists(WorkspaceGroupPermission.objects.filter(group__user=user_id, **here)),
            visible_entities=models.Subquery(partial.values("entities")[:1]),
        )


class Workspace(AtomicSave):
    """A customer's space: whose data, and which people may reach it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=80, unique=True, help_text="Names the workspace in the address of the API.")
    name = models.CharField(max_length=200)
    is_internal = models.BooleanField(
        "internal",
        default=False,
        db_default=False,
        help_text="Ours: the release reaches it from the stage internal on.",
    )
    is_beta_tester = models.BooleanField(
        "beta tester",
        default=False,
        db_default=False,
        help_text="Willing to try what is new: the release reaches it from the stage beta on.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[WorkspaceQuerySet] = WorkspaceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["slug"]
        permissions = [(permission.codename, DESCRIPTIONS[permission]) for permission in Permission]  # noqa: RUF012

    def __str__(self) -> str:
        return self.slug

    def has_member(self, actor: User) -> bool:
        """Say whether the actor belongs to this workspace."""
        return actor.is_active and self.memberships.filter(user=actor).exists()


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, by what they show of personal data."""

    def with_sight(self) -> "MembershipQuerySet":
        """Annotate views_pii and views_part, for many what `WorkspaceQuerySet.with_standing_of` says of one."""
        here = {"content_object": models.OuterRef("workspace"), "permission__codename": Permission.VIEW_PII.codename}
        partial = Grant.objects.filter(membership=models.OuterRef("pk"), role=Role.PII_VIEWER).exclude(entities=[])
        return self.annotate(
            views_pii=models.Exists(WorkspaceUserPermission.objects.filter(user=models.OuterRef("user"), **here))
            | models.Exists(WorkspaceGroupPermission.objects.filter(group__user=models.OuterRef("user"), **here)),
            views_part=models.Exists(partial),
        )

    def seeing(self) -> "MembershipQuerySet":
        """Keep, after with_sight(), whoever sees all or some kinds of personal data."""
        return self.filter(models.Q(views_pii=True) | models.Q(views_part=True), user__is_active=True)

    def not_seeing(self) -> "MembershipQuerySet":
        """Keep, after with_sight(), everybody else."""
        return self.exclude(models.Q(models.Q(views_pii=True) | models.Q(views_part=True), user__is_active=True))


class Membership(AtomicSave):
    """A user's place in a workspace."""

    class Kind(models.TextChoices):
        """An owner has every right; a member has what its roles give."""

        OWNER = "owner", "Owner"
        MEMBER = "member", "Member"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[MembershipQuerySet] = MembershipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace", "user"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "workspace"], name="one_membership_per_user_and_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"


class Grant(AtomicSave):
    """The record that a membership holds a role; written by `workspaces.grants` alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=30, choices=Role)
    entities = models.JSONField(
        default=list, blank=True, help_text="The kinds of personal data a PII viewer may see; empty for all."
    )
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["membership", "role"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["membership", "role"], name="one_grant_per_membership_and_role")
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} for {self.membership}"


class WorkspaceUserPermission(AtomicSave, UserObjectPermissionBase):  # noqa: DJ008 - guardian says it.
    """A user's permission on a workspace, as django-guardian keeps it, with a real foreign key."""

    content_object = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="user_permissions")

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class WorkspaceGroupPermission(AtomicSave, GroupObjectPermissionBase):  # noqa: DJ008 - as above.
    """A group's permission on a workspace; guardian asks for it beside the user's."""

    content_object = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="group_permissions")

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False


class ServiceAccount(AtomicSave):
    """A backend that asks on behalf of readers, for one workspace or for all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="service_account", editable=False)
    name = models.SlugField(max_length=80, unique=True)
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

    def __str__(self) -> str:
        return self.name


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys, by whether they still open anything."""

    def usable(self, now: "datetime") -> "ApiKeyQuerySet":
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
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar["Sequence[str]"] = ["user", "-created_at"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.user}"


class ActorTokenKey(AtomicSave):
    """What a service account's signed readers are verified with; several at once let keys rotate without a gap."""

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


class AccessStamp(models.Model):
    """One row that changes with every change that can alter a decision (see `workspaces.stamp`)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.token)
