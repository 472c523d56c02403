"""Requests that came in OpenDSR's words, and what their controllers are still to be told."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.models.requests import SubjectRequest
from workspaces.models import User, Workspace

DIGEST_BYTES = 32


class ControllerRequest(models.Model):
    """What a controller asked for, under the id that it gave; whom it is about is in the request alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="controller_requests")
    controller = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    number = models.UUIDField(help_text="The controller's subject_request_id.")
    version = models.PositiveSmallIntegerField(help_text="Of OpenDSR: 1 or 2.")
    body = models.BinaryField(max_length=DIGEST_BYTES, help_text="Keyed hash of what was sent.")
    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="controller_requests")
    callbacks = models.JSONField(default=list, help_text="Where the controller wants to be told.")
    starts_at = models.DateTimeField(help_text="Until then it can be cancelled.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "controller", "number"], name="one_request_per_number")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["starts_at"], name="controller_request_by_start")]

    def __str__(self) -> str:
        return str(self.number)


class Callback(models.Model):
    """One change of state that one address is to be told of; it goes once it has been told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked = models.ForeignKey(ControllerRequest, on_delete=models.CASCADE, related_name="untold")
    url = models.CharField(max_length=2000)
    state = models.CharField(max_length=20)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, default=timezone.now)  # None: given up, a person looks.
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["next_try_at"], name="callback_by_next_try")]

    def __str__(self) -> str:
        return str(self.pk)
