"""The keys that tokens of single people are sealed under."""

import base64
import os
import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from classifier import Keyring
from privacy_service.subjects.identifiers import DIGEST_BYTES
from workspaces.models import Workspace
from workspaces.models.sealed import Sealed
from workspaces.sealing import seal, unseal

_PURPOSE = "subject token keys"
_SECRET_BYTES = 32


class TokenKey(models.Model):
    """The key of one person in one workspace, encrypted; with this row go all the tokens that were sealed under it."""

    SEALED: ClassVar = (Sealed("sealed", _PURPOSE),)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="token_keys")
    digest = models.BinaryField(max_length=DIGEST_BYTES, help_text="Of the name under which the person is sealed.")
    key_id = models.CharField(max_length=6, help_text="As the tokens show it.")
    sealed = models.TextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "digest"], name="one_token_key_per_person"),
            # By its id alone a token finds its key.
            models.UniqueConstraint(fields=["workspace", "key_id"], name="one_token_key_per_id"),
        ]

    def __str__(self) -> str:
        return self.key_id

    @classmethod
    def new(cls, workspace_id: uuid.UUID, digest: bytes) -> "TokenKey":
        """Return a new key for somebody, not stored yet."""
        made, secret = cls(workspace_id=workspace_id, digest=digest), os.urandom(_SECRET_BYTES)
        made.sealed = seal(base64.b64encode(secret).decode(), row=made.pk, purpose=_PURPOSE)
        made.key_id = made.keyring.key_ids[0]
        return made

    @property
    def keyring(self) -> Keyring:
        """Return what seals and opens this person's tokens; raise SealBroken."""
        secret = base64.b64decode(unseal(self.sealed, row=self.pk, purpose=_PURPOSE))
        return Keyring((secret,), str(self.workspace_id))


class TokenKeyVersion(models.Model):
    """How often keys of a workspace were destroyed: whoever has read a key forgets it once this has moved."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="token_key_version"
    )
    version = models.PositiveBigIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return f"{self.workspace_id} at {self.version}"
