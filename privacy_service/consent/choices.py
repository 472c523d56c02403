"""What people chose, on record: kept under keyed digests, sealed, and replaced by the next choice, never changed."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from privacy_service.consent.models import Choice, ChoiceIdentifier, ConsentSettings, Way
from privacy_service.consent.preferences import NOTHING, Agreed, agreed_to
from privacy_service.observability import metrics
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from workspaces.models import User, Workspace

_ROWS = 1000  # In one statement.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How, when and before what somebody chose."""

    way: Way
    at: datetime
    version: str = ""
    language: str = ""
    site: str = ""
    by: User | None = None


def keep(
    workspace: Workspace, identifiers: Iterable[Identifier], preferences: Mapping[str, bool], how: Circumstances
) -> Choice:
    """Put a choice on record; what the same person chose later stays the present one."""
    digests = _digests(workspace.pk, identifiers)
    for _ in range(_TRIES):
        try:
            choice = _kept(workspace, digests, preferences, how)
        except IntegrityError:  # The same person chose twice at once: the other one is there now.
            continue
        metrics.consent_choices.add(how.way)
        return choice
    return _kept(workspace, digests, preferences, how)


@transaction.atomic
def _kept(
    workspace: Workspace, digests: Mapping[bytes, Kind], preferences: Mapping[str, bool], how: Circumstances
) -> Choice:
    choice = Choice(
        workspace=workspace,
        preferences=dict(preferences),
        way=how.way,
        version=how.version,
        language=how.language,
        site=how.site,
        at=how.at,
        by=how.by,
    )
    choice.seal = _seal(choice, digests)
    choice.save()
    present = _present(workspace.pk, list(digests))
    overtaken = {digest for digest, (at, _) in present.items() if at > how.at}
    replaced = ChoiceIdentifier.objects.filter(workspace=workspace, is_current=True)
    replaced.filter(digest__in=[one for one in digests if one not in overtaken]).update(is_current=False)
    ChoiceIdentifier.objects.bulk_create(
        ChoiceIdentifier(
            workspace=workspace, choice=choice, kind=kind, digest=digest, is_current=digest not in overtaken
        )
        for digest, kind in digests.items()
    )
    return choice


def present_choice(workspace_id: UUID, identifiers: Iterable[Identifier]) -> Choice | None:
    """Return what somebody has last chosen, by whichever of their identifiers; None where nothing is on record."""
    rows = ChoiceIdentifier.objects.filter(
        workspace_id=workspace_id, is_current=True, digest__in=list(_digests(workspace_id, identifiers))
    )
    newest = rows.select_related("choice").order_by("-choice__at").first()
    return newest.choice if newest else None


def agreed_by(workspace_id: UUID, people: Sequence[Sequence[Identifier]], *, since: datetime) -> list[Agreed]:
    """Return what each of these people has agreed to; nothing where their last choice is older, or none is there."""
    digest = digester_of(workspace_id).digest
    named = [[digest(identifier) for identifier in person] for person in people]
    present = _present(workspace_id, list({one for person in named for one in person}))
    return [_latest([present[one] for one in person if one in present], since) for person in named]


def is_intact(choice: Choice) -> bool:
    """Say whether a choice on record is what was put there."""
    digests = {bytes(row.digest): Kind(row.kind) for row in choice.digests.all()}
    return hmac.compare_digest(choice.seal, _seal(choice, digests))


def forget_old() -> int:
    """Take off record what is older than each workspace keeps it; return how many choices that were."""
    now, gone = timezone.now(), 0
    chosen = dict(ConsentSettings.objects.values_list("pk", "keep_days"))
    usual = ConsentSettings().keep_days
    for workspace_id in Choice.objects.order_by().values_list("workspace_id", flat=True).distinct():
        days = chosen.get(workspace_id, usual)
        old = Choice.objects.filter(workspace_id=workspace_id, at__lt=now - timedelta(days=days))
        while some := list(old.values_list("pk", flat=True)[:_ROWS]):
            Choice.objects.filter(pk__in=some).delete()
            gone += len(some)
    return gone


def _latest(chosen: list[tuple[datetime, Mapping[str, Any]]], since: datetime) -> Agreed:
    at, preferences = max(chosen, key=lambda one: one[0], default=(since, {}))
    return agreed_to(preferences) if at >= since else NOTHING


def _present(workspace_id: UUID, digests: Sequence[bytes]) -> dict[bytes, tuple[datetime, Mapping[str, Any]]]:
    """Return what holds for each of these digests, where something does: when it was chosen, and what."""
    rows = ChoiceIdentifier.objects.filter(workspace_id=workspace_id, is_current=True)
    parts = (digests[start : start + _ROWS] for start in range(0, len(digests), _ROWS))
    return {
        bytes(digest): (at, preferences)
        for part in parts
        for digest, at, preferences in rows.filter(digest__in=part).values_list(
            "digest", "choice__at", "choice__preferences"
        )
    }


def _digests(workspace_id: UUID, identifiers: Iterable[Identifier]) -> dict[bytes, Kind]:
    digest = digester_of(workspace_id).digest
    return {digest(identifier): identifier.kind for identifier in identifiers}


def _seal(choice: Choice, digests: Mapping[bytes, Kind]) -> str:
    """Return a keyed hash over everything that a choice says; without the key nobody can make another one fit."""
    said = {
        "id": str(choice.pk),
        "workspace": str(choice.workspace_id),
        "preferences": choice.preferences,
        "way": str(choice.way),
        "version": choice.version,
        "language": choice.language,
        "site": choice.site,
        "at": choice.at.timestamp(),
        "kept_at": choice.kept_at.timestamp(),
        "people": sorted([digest.hex(), str(kind)] for digest, kind in digests.items()),
    }
    key = hmac.digest(settings.PRIVACY_TOKEN_KEY.encode(), b"consent:" + choice.workspace_id.bytes, hashlib.sha256)
    return hmac.new(key, orjson.dumps(said, option=orjson.OPT_SORT_KEYS), hashlib.sha256).hexdigest()
