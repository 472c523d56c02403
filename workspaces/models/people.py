"""People, and services that read on their own account."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from workspaces.models.base import AtomicSave

_NO_AT_SIGN = RegexValidator(
    r"^[^@\s]+$", "An external id has no @ and no space, so that it is never taken for an e-mail."
)


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
    signed_out_at = models.DateTimeField(null=True, editable=False, help_text="Sign-ins from before are over.")

    is_password_taken = False  # Until it is saved.

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

    def set_unusable_password(self) -> None:
        """Take the password away; `workspaces.passwords` tells of it with the save."""
        super().set_unusable_password()
        self.is_password_taken = True

    def clean(self) -> None:
        """Keep an empty name from being taken for a name."""
        super().clean()
        self.email = self.email or None
        self.external_id = self.external_id or None
