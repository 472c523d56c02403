"""Telling somebody of new red fields, by webhook and by mail: names of fields and kinds, nothing that stood in one.

At least once: what was told and could not be written down is told again.
"""

import hashlib
import hmac
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.utils import timezone

from privacy_service.inventory.models import ALERT_SECRET, Field, InventorySettings
from privacy_service.observability import metrics
from privacy_service.subjects.destinations.base import NotDone
from privacy_service.subjects.destinations.sending import check_answer, send
from workspaces.mailing import NoMailServer, mail_is_set_up
from workspaces.models import Workspace
from workspaces.queueing import send_task_soon
from workspaces.sealing import SealBroken, seal, unseal

logger = logging.getLogger(__name__)

TELL = "inventory.tell"  # The task that tells one workspace.
SIGNATURE = "X-Signature-256"
MOST_AT_ONCE = 100
_GOOD = frozenset(range(200, 300))


def tell_soon(workspace: Workspace) -> None:
    """Have those told who want to know, once what was written down is there to be read; beat asks too."""
    if not _wanting().filter(workspace=workspace).exists():
        return
    send_task_soon(TELL, str(workspace.pk))


def keep_secret(settings: InventorySettings, secret: str) -> None:
    """Encrypt the secret that signs what the webhook gets; an empty one is taken away."""
    settings.sealed = seal(secret, row=settings.workspace_id, purpose=ALERT_SECRET) if secret else ""


def waiting() -> list[UUID]:
    """Return the workspaces that have red fields nobody was told of, and somebody to tell."""
    rows = Field.objects.to_tell().filter(workspace__in=_wanting().values("workspace")).order_by()
    return list(rows.values_list("workspace", flat=True).distinct())


def tell(workspace_id: UUID) -> int:
    """Tell of the red fields that nobody was told of, and return how many; raise NotDone or OSError."""
    settings = InventorySettings.objects.select_related("workspace").filter(workspace=workspace_id).first()
    if settings is None or not (settings.alert_url or settings.alert_email):
        return 0
    fields = list(Field.objects.filter(workspace=workspace_id).to_tell()[:MOST_AT_ONCE])
    if not fields:
        return 0
    if settings.alert_url:
        _post(settings, fields)
    if settings.alert_email:
        _mail(settings, fields)
    Field.objects.filter(pk__in=[field.pk for field in fields]).update(told_at=timezone.now())
    return len(fields)


def tell_all() -> None:
    """Tell every workspace that waits; one that cannot be told keeps no other from it."""
    for workspace_id in waiting():
        try:
            tell(workspace_id)
        except (NotDone, OSError, SealBroken, ValueError) as error:
            metrics.inventory_alerts.add("failed")
            logger.warning(
                "New red fields of workspace %s could not be told (%s); the next sweep tries again",
                workspace_id,
                type(error).__name__,
            )


def _wanting() -> QuerySet[InventorySettings]:
    return InventorySettings.objects.exclude(alert_url="", alert_email="")


def _post(settings: InventorySettings, fields: Sequence[Field]) -> None:
    body = orjson.dumps(_message(settings.workspace, fields))
    headers = {"Content-Type": "application/json", "User-Agent": "privacy-service"}
    if settings.sealed:
        secret = unseal(settings.sealed, row=settings.workspace_id, purpose=ALERT_SECRET)
        headers[SIGNATURE] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    check_answer(send("POST", settings.alert_url, headers=headers, content=body), _GOOD)
    metrics.inventory_alerts.add("webhook")


def _mail(settings: InventorySettings, fields: Sequence[Field]) -> None:
    if not mail_is_set_up():
        raise NoMailServer
    words = _words(settings.workspace, fields)
    lines = [f"{_called(field)} ({_kinds(field)})" for field in fields]
    advice = "Decide about them in the inventory: until then they are hidden by kind, as the policy says."
    EmailMessage(words, "\n".join([words, "", *lines, "", advice]), to=[settings.alert_email]).send()
    metrics.inventory_alerts.add("mail")


def _message(workspace: Workspace, fields: Sequence[Field]) -> dict[str, Any]:
    """Return what the webhook gets; `text` is what chat services show."""
    listed = "; ".join(_called(field) for field in fields[:10]) + ("; ..." if len(fields) > 10 else "")  # noqa: PLR2004 - as many as a message bears.
    return {
        "type": "new-red-fields",
        "text": f"{_words(workspace, fields)}: {listed}",
        "workspace": workspace.slug,
        "fields": [
            {
                "id": str(field.pk),
                "source": field.source,
                "place": field.place,
                "path": field.path,
                "kinds": sorted(field.kinds),
                "first_seen_at": field.first_seen_at.isoformat(timespec="seconds"),
            }
            for field in fields
        ],
    }


def _words(workspace: Workspace, fields: Sequence[Field]) -> str:
    return f"{len(fields)} new red {'field' if len(fields) == 1 else 'fields'} in {workspace.slug}"


def _called(field: Field) -> str:
    return " ".join(part for part in (field.source, field.place, field.path) if part)


def _kinds(field: Field) -> str:
    return ", ".join(sorted(field.kinds)) or "by its name"
