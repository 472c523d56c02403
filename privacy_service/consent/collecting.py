"""Taking choices from banners: from the sites that a workspace names, for visitors without a name."""

import logging
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError
from rest_framework import serializers

from privacy_service.answering import answers
from privacy_service.consent.choices import Circumstances, keep
from privacy_service.consent.endpoints import chosen
from privacy_service.consent.models import Way
from privacy_service.consent.showing import Shown, remember, shown_by, was_shown
from privacy_service.exceptions import BodyTooLarge, Forbidden, InvalidBody, NoSuchResource, RateExceeded
from privacy_service.http import Answer, Call, json_answer
from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.parsing import Slug, StrictSerializer, Text
from privacy_service.subjects.identifiers import Identifier, Kind
from workspaces.models import Workspace

logger = logging.getLogger(__name__)

_LIMIT_BYTES = 8192
_MINUTE = 60
_UNSENT_FOR = timedelta(days=30)  # What a browser could not send at once it sends from a later page.


class Chosen(StrictSerializer):
    """What the banner sends."""

    anonymous_id = Text(max_length=200)
    categoryPreferences = serializers.DictField(child=serializers.BooleanField())  # noqa: N815 - as events spell it.
    version = Slug(max_length=16, required=False, allow_blank=True)
    language = Text(max_length=20, required=False, allow_blank=True)
    at = serializers.DateTimeField(required=False)


@answers("consent-choices", "POST", sheds=False)
def collect(call: Call) -> Answer:
    """Put a choice on record that somebody made on a banner; nobody but a backend speaks for a user id."""
    shown = shown_by(call.slug) if settings.PRIVACY_PUBLIC_URL else None
    if shown is None:
        raise NoSuchResource
    origin = call.header("HTTP_ORIGIN")
    if origin not in allowed_origins(shown):
        message = "Choices are taken from the sites that the workspace names as `origins`; this is none of them."
        raise Forbidden(message)
    _check_rate(shown)
    told = _read(call.read())
    if told.get("version") and not was_shown(shown, told["version"]):
        raise invalid_fields({"version": ["This banner has never shown this; load its settings anew."]})
    remember(shown)
    how = Circumstances(
        Way.BANNER, _moment(told.get("at")), told.get("version", ""), told.get("language", ""), site=origin
    )
    preferences = chosen(shown, told["categoryPreferences"])
    workspace = Workspace.objects.get(pk=shown.workspace_id)
    kept = keep(workspace, [Identifier(Kind.ANONYMOUS_ID, told["anonymous_id"])], preferences, how)
    return json_answer(201, {"id": str(kept.pk)}, call.id)


def allowed_origins(shown: Shown | None) -> frozenset[str]:
    """Return the sites that may send choices: those that the workspace names, and this service with its demo page."""
    own = urlsplit(settings.PRIVACY_PUBLIC_URL)
    return shown.origins | {f"{own.scheme}://{own.netloc}"} if shown else frozenset()


def _read(body: bytes) -> dict[str, Any]:
    if len(body) > _LIMIT_BYTES:
        message = f"At most {_LIMIT_BYTES} bytes are taken here."
        raise BodyTooLarge(message)
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        message = "The body is not JSON."
        raise InvalidBody(message) from None
    if not isinstance(content, dict):
        message = "Send a JSON object."
        raise InvalidBody(message)
    filled = Chosen(data=content)
    if not filled.is_valid():
        raise invalid_fields(filled.errors)
    told: dict[str, Any] = dict(filled.validated_data)
    return told


def _moment(told: datetime | None) -> datetime:
    """Return when somebody chose, as far as their clock can be believed."""
    now = timezone.now()
    return min(max(told, now - _UNSENT_FOR), now) if told else now


def _check_rate(shown: Shown) -> None:
    """Raise RateExceeded where a workspace's banners have sent more within a minute than the installation takes.

    Without Redis nothing is counted: a choice that is not kept is worse than one too many.
    """
    name = f"consent-choices:{shown.workspace_id}:{timezone.now():%Y-%m-%dT%H:%M}"
    try:
        cache.add(name, 0, timeout=2 * _MINUTE)
        count = cache.incr(name)
    except (RedisError, OSError, ValueError):
        logger.warning("Choices on banners are not counted: Redis does not answer")
        return
    if count > settings.PRIVACY_CONSENT_CHOICES_PER_MINUTE:
        raise RateExceeded(Retry_After=str(_MINUTE))
