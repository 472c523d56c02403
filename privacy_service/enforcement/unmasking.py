"""Turning tokens back into values, for whoever may: each use is recorded, with what it is for."""

from collections.abc import Mapping
from itertools import chain

from django.db import transaction

import classifier
from classifier import Entity, Keyrings, Unmasked, key_ids_in
from privacy_service.answering import answers
from privacy_service.decisions.access import access_request, admit, reader_named_in
from privacy_service.decisions.policies import keyring_of
from privacy_service.decisions.types import AccessRequest
from privacy_service.enforcement.enforce import Payload, check_readable, limits, refusals_translated
from privacy_service.enforcement.hiding import KEEPERS
from privacy_service.enforcement.media import media_of
from privacy_service.exceptions import AccessDenied, PermissionMissing, PurposeMissing
from privacy_service.http import PRIVATE, Answer, Call
from workspaces.acts import Act, note
from workspaces.authentication import Stranger
from workspaces.keys import Scope
from workspaces.models import User
from workspaces.permissions import Permission
from workspaces.rights import rights_in

UNMASK = "unmask"
GONE = "PII-Tokens-Gone"


@answers(UNMASK, "POST")
def unmask(call: Call) -> Answer:
    """Return the body with the tokens opened that open; those of somebody who was forgotten stay, and are counted."""
    _admitted(call)
    purpose = call.header("HTTP_PII_PURPOSE").strip()
    if not purpose:
        raise PurposeMissing
    media = media_of(call)
    payload = Payload(media.kind, call.read())
    check_readable(payload)
    access, reader = _admitted(call)  # A body takes its time: nobody keeps an old right meanwhile.
    opened, gone = _opened(access, payload)
    counted = ", ".join(f"{entity}={count}" for entity, count in sorted(opened.counts.items()))
    with transaction.atomic():
        note(Act.UNMASKED, access.workspace, reader, reason=purpose, entities=_listed(opened.counts), gone=gone)
    told = (("PII-Entities", counted), (GONE, str(gone)), ("PII-Request-Id", call.id))
    return Answer(200, (("Content-Type", media.content_type), *told, *PRIVATE), opened.payload)


def _admitted(call: Call) -> tuple[AccessRequest, User]:
    """Return who asks for values of which workspace; raise AccessDenied, or PermissionMissing."""
    access = access_request(admit(call, Scope.REIDENTIFY), reader_named_in(call))
    rights = rights_in(access.workspace, access.actor)
    if rights is None or isinstance(access.actor, Stranger):
        raise AccessDenied
    if Permission.REIDENTIFY not in rights.permissions:
        message = f"This needs the permission {Permission.REIDENTIFY.codename}; owners have it."
        raise PermissionMissing(message)
    return access, access.actor


def _opened(access: AccessRequest, payload: Payload) -> tuple[Unmasked, int]:
    """Return the body with its tokens opened, and how many are of keys that are not here, or no longer."""
    workspace_id = access.workspace.pk
    named = key_ids_in(payload.body.decode(errors="replace"))
    own = keyring_of(workspace_id)
    of_people = chain.from_iterable(keeper.keyrings(workspace_id, frozenset(named)) for keeper in KEEPERS)
    keyrings = Keyrings.of([*of_people, own])
    with refusals_translated():
        opened = classifier.unmask(payload.body, keyrings, kind=payload.kind, strict=False, limits=limits())
    return opened, sum(count for key_id, count in named.items() if key_id not in keyrings.by_key)


def _listed(counts: Mapping[Entity, int]) -> list[str]:
    return [f"{entity}={count}" for entity, count in sorted(counts.items())]
