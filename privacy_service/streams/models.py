"""Packages in a workspace's registry, its topics that can be read over HTTP, and the flows that run between them."""

import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from privacy_service.streams.addresses import check_address
from privacy_service.streams.flow import Access
from workspaces.models import User, Workspace
from workspaces.models.base import AppendOnly, AppendOnlyQuerySet, AtomicSave


class PublishedPackage(AppendOnly):
    """One version of a package; it is code that workers run, and never changes once it is published."""

    APPEND_ONLY = "A published package never changes and never goes: publish the next version."

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="packages")
    namespace = models.CharField(max_length=80)
    name = models.CharField(max_length=63)
    version = models.CharField(max_length=50)
    functions = models.JSONField(default=list, help_text="Names of its functions.")
    archive = models.BinaryField(help_text="A ZIP file.")
    sha256 = models.CharField("SHA-256", max_length=64, help_text="Of the archive.")
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AppendOnlyQuerySet["PublishedPackage"].as_manager()

    class Meta:
        """A version of a package is there once."""

        ordering: ClassVar[list[str]] = ["workspace", "namespace", "name", "-published_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "namespace", "name", "version"], name="one_package_per_workspace_and_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}@{self.version}"


class RegisteredTopic(AtomicSave):
    """A topic that members of its workspace may read over HTTP, and as what."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="topics")
    name = models.CharField(
        max_length=100,
        validators=[RegexValidator(r"^[a-z0-9.-]+\Z", "Write lower-case letters, digits, dashes and dots.")],
    )
    access = models.CharField(
        max_length=20,
        choices=[(access.value, access.value) for access in Access],
        default=Access.RESTRICTED,
        help_text="restricted: whoever sees all personal data; decided: as each member's role says; open: as it is.",
    )
    address = models.CharField(
        max_length=500,
        blank=True,
        validators=[check_address],
        help_text="Of its broker, secrets as ${BROKER_PASSWORD}; empty: that of the installation.",
    )
    flow = models.CharField(max_length=63, blank=True, help_text="The flow that describes it.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """A workspace has one topic of a name."""

        verbose_name = "topic"
        ordering: ClassVar[list[str]] = ["workspace", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_topic_per_workspace_and_name"),
        ]

    def __str__(self) -> str:
        return f"{self.workspace}/{self.name}"


class RegisteredFlow(models.Model):
    """A flow as it was last started: which services carry what from where to where, for whoever looks at it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="flows")
    name = models.CharField(max_length=63)
    version = models.CharField(max_length=50)
    services = models.JSONField(default=list, help_text="Of each its name, sources, steps and sinks.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        """A workspace has one flow of a name."""

        verbose_name = "flow"
        ordering: ClassVar[list[str]] = ["workspace", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_flow_per_workspace_and_name"),
        ]

    def __str__(self) -> str:
        return f"{self.workspace}/{self.name}"
