"""Upstreams, where a path of the gateway leads; and integrations, which system has come how far."""

import re
import uuid
from functools import cached_property
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from workspaces.models import ServiceAccount, Source, Workspace
from workspaces.models.base import AtomicSave

_LONGEST_WAIT = 600
_TYPE = re.compile(r"(\*/\*|[a-z0-9!#$&^_.+-]+/(\*|[a-z0-9!#$&^_.+-]+))")
SYSTEM = re.compile(r"^[a-z0-9][-a-z0-9._/]{0,79}\Z")
_PORTS = {"http": 80, "https": 443}


def check_address(url: str) -> None:
    """Refuse what is no address of an upstream: http or https, a host, perhaps a port and a path."""
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme in _PORTS and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        is_plain = False
    if not is_plain or parts.query or parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        message = "Write an address such as https://orders.internal:8443/api, without user, query or fragment."
        raise ValidationError(message)


def check_types(types: str) -> None:
    """Refuse what is no list of media types."""
    if not all(_TYPE.fullmatch(one) for one in listed(types)):
        message = "Write media types separated by commas, such as image/*, application/pdf; */* for all."
        raise ValidationError(message)


def listed(types: str) -> list[str]:
    """Return the media types of a list."""
    return [one.strip().lower() for one in types.split(",") if one.strip()]


class Upstream(AtomicSave):
    """A backend behind the gateway, of one workspace: its readers alone get its data, by that workspace's rules.

    Shared by several workspaces it would be read under whichever one shows most.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="upstreams")
    slug = models.SlugField(max_length=80, help_text="Names it in the path: /gateway/{workspace}/{slug}/...")
    url = models.CharField(
        "address",
        max_length=500,
        validators=[check_address],
        help_text="Where it answers, such as https://orders.internal:8443/api; nothing outside this path is reached.",
    )
    # Without its source, or its account for tokens, an upstream shows less: it need not hold them back from going.
    source = models.ForeignKey(
        Source,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="upstreams",
        help_text="Which source of the workspace its data is from: grants bound to sources count by it.",
    )
    token_account = models.ForeignKey(
        ServiceAccount,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="upstreams",
        verbose_name="readers with a token alone",
        help_text="The service account whose keys verify readers who come with a signed token and no API key.",
    )
    passed_types = models.CharField(
        max_length=500,
        blank=True,
        validators=[check_types],
        help_text="What cannot be masked and is passed on all the same to readers of masked data, such as image/*, "
        "application/pdf. Everything else is refused to them.",
    )
    screens_events = models.BooleanField(
        "keeps events",
        default=False,
        db_default=False,
        help_text="It takes events in: those about suppressed people, or without consent to its name below, are left "
        "out of requests, or refused, as the workspace's settings for /mask say.",
    )
    destination = models.CharField(
        max_length=100,
        blank=True,
        db_default="",
        help_text="Its name among the destinations of the workspace's consent settings.",
    )
    connect_seconds = models.FloatField(
        default=3.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(_LONGEST_WAIT)],
        help_text="How long a connection may take.",
    )
    read_seconds = models.FloatField(
        default=30.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(_LONGEST_WAIT)],
        help_text="How long it may be silent, before its answer and within it.",
    )
    is_active = models.BooleanField("active", default=True, help_text="Off: the path answers as if it were not there.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace", "slug"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "slug"],
                name="one_upstream_per_workspace_and_slug",
                violation_error_message="The workspace has an upstream with this slug.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.workspace}/{self.slug}"

    def clean(self) -> None:
        """Refuse a source or an account of another workspace."""
        super().clean()
        errors = {}
        if self.source and self.source.workspace_id != self.workspace_id:
            errors["source"] = "This source is another workspace's."
        if self.token_account and self.token_account.workspace_id not in {None, self.workspace_id}:
            errors["token_account"] = "This service account is bound to another workspace."  # noqa: S105 - a sentence.
        if errors:
            raise ValidationError(errors)

    @cached_property
    def parts(self) -> SplitResult:
        """Return the address, taken apart."""
        return urlsplit(self.url)

    @property
    def host(self) -> str:
        """Return the name or number of its host."""
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        """Return its port."""
        return self.parts.port or _PORTS[self.parts.scheme]

    @property
    def base(self) -> str:
        """Return the path that everything it serves lies below, without a slash at the end."""
        return self.parts.path.rstrip("/")

    @property
    def path(self) -> str:
        """Return the path of the gateway that leads to it, without a slash at the end."""
        return f"/gateway/{self.workspace.slug}/{self.slug}"

    def passes(self, media_type: str) -> bool:
        """Say whether a type that cannot be masked is passed on to readers of masked data."""
        kind = media_type.partition("/")[0]
        return bool(media_type) and not {media_type, f"{kind}/*", "*/*"}.isdisjoint(listed(self.passed_types))


class Integration(models.Model):
    """A system that shows personal data, and how far it has come with this service; filled by use."""

    class Way(models.TextChoices):
        """How its data comes here."""

        CLIENT = "client", "Python client in its backend"
        NGINX = "nginx", "nginx in front of it"
        ENVOY = "envoy", "Envoy in front of it"
        GATEWAY = "gateway", "built-in gateway"
        API = "api", "its backend calls the API"

    class Status(models.TextChoices):
        """How far it has come."""

        PLANNED = "planned", "Planned"
        SHADOW = "shadow", "Shadow: it calls, and shows its own data all the same"
        LIVE = "live", "Live"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.CharField(
        max_length=80,
        unique=True,
        validators=[RegexValidator(SYSTEM, "Write small letters, digits, dots, hyphens and underscores.")],
        help_text="As its calls name it in PII-System, or the name of its service account.",
    )
    owner = models.CharField(max_length=200, blank=True, help_text="The team that answers for it.")
    way = models.CharField("way in", max_length=10, choices=Way, default=Way.API)
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    data_kinds = models.JSONField(default=list, blank=True, help_text="Kinds of personal data that masking has found.")
    note = models.TextField(blank=True)
    first_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_seen_at = models.DateTimeField("last call", null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["system"]

    def __str__(self) -> str:
        return self.system
