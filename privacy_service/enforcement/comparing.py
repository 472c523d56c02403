"""One payload as several readers, or holders of roles, would get it; shown to the caller, who sent it and has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from privacy_service.answering import answers
from privacy_service.decisions.access import Admission, Reader, access_request, admit, source_in, source_named_in
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide, situation_now
from privacy_service.decisions.hypothetical import Holder, NoSuchHolder
from privacy_service.decisions.questions import answered
from privacy_service.decisions.types import AccessRequest, Decision, Effect
from privacy_service.enforcement.enforce import Payload, enforce
from privacy_service.enforcement.media import KINDS
from privacy_service.exceptions import InvalidBody
from privacy_service.http import Answer, Call, json_answer, names_now, new_request_id
from workspaces.authentication import Stranger
from workspaces.keys import Scope
from workspaces.models import Source
from workspaces.stamp import stamp

COMPARE = "compare"
MOST_COMPARED = 20
_MEMBERS = frozenset({"readers", "roles", "payload", "content_type"})

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a body of /compare asks for."""

    readers: tuple[Reader, ...]
    holders: tuple[tuple[Json, Holder], ...]
    payload: Payload
    is_text: bool  # Sent, and answered, as a text that holds the payload.


@answers(COMPARE, "POST")
def compare(call: Call) -> Answer:
    """Tell what each reader or holder of roles would be decided, and what they would get."""
    admission = admit(call, Scope.COMPARE)
    before, said = stamp.current(), call.read()
    if stamp.current() != before:
        admission = admit(call, Scope.COMPARE)
    wish, source = _wish(said), source_in(admission, source_named_in(call))
    compared = [_of_reader(admission, wish, reader, source) for reader in wish.readers]
    nobody = AccessRequest(Stranger(COMPARE), admission.workspace, source)
    compared += [{**told, **_shown(wish, _of_roles(nobody, holder))} for told, holder in wish.holders]
    return json_answer(200, {"compared": compared}, call.id)


def _of_reader(admission: Admission, wish: Wish, reader: Reader, source: Source | None) -> Json:
    access = access_request(admission, reader, source.slug if source else "")
    decision = decide(access)
    # A record each: every reader was asked about, and none was shown anything.
    record(decision, access, Occasion(new_request_id(), COMPARE, admission.caller.key_id, names_now()), {})
    return {"reader": reader.reference or "token", **_shown(wish, decision)}


def _of_roles(nobody: AccessRequest, holder: Holder) -> Decision:
    return answered(situation_now(nobody, standing=holder.standing))[0]


def _shown(wish: Wish, decision: Decision) -> Json:
    told: Json = {"effect": decision.effect, "reason": decision.reason, "policy_version": decision.policy_version}
    if decision.effect is Effect.DENY:
        return {**told, "output": None, "entities": {}}
    enforced = enforce(decision, wish.payload)
    output = enforced.body.decode() if wish.is_text else orjson.loads(enforced.body)
    return {**told, "output": output, "entities": dict(enforced.entities)}


def _wish(body: bytes) -> Wish:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        message = "Send JSON: readers or roles, and a payload."
        raise InvalidBody(message) from None
    if not isinstance(said, dict) or "payload" not in said or set(said) - _MEMBERS:
        message = "Send an object with readers or roles, a payload, and if it is a text its content_type."
        raise InvalidBody(message)
    readers, roles = _listed(said, "readers"), _listed(said, "roles")
    if not 0 < len(readers) + len(roles) <= MOST_COMPARED:
        message = f"Name 1 to {MOST_COMPARED} readers and roles together."
        raise InvalidBody(message)
    payload = _payload(said)
    return Wish(tuple(map(_reader, readers)), tuple(map(_holder, roles)), payload, isinstance(said["payload"], str))


def _listed(said: Mapping[str, Any], name: str) -> list[Any]:
    listed = said.get(name, [])
    if isinstance(listed, list):
        return listed
    message = f"{name} must be a list."
    raise InvalidBody(message)


def _payload(said: Mapping[str, Any]) -> Payload:
    content_type = said.get("content_type", "application/json")
    if not isinstance(content_type, str) or content_type not in KINDS:
        message = f"content_type must be one of {', '.join(KINDS)}."
        raise InvalidBody(message)
    payload = said["payload"]
    if isinstance(payload, str):
        return Payload(KINDS[content_type], payload.encode())
    if content_type != "application/json":
        message = "A payload of another content type than JSON must be a text."
        raise InvalidBody(message)
    return Payload(KINDS[content_type], orjson.dumps(payload))


def _reader(said: Any) -> Reader:
    """Return whom an element names, by name or by a signed token."""
    if isinstance(said, str) and said.strip() and said.isprintable():
        return Reader(said.strip())
    if isinstance(said, dict) and set(said) == {"token"} and isinstance(said["token"], str) and said["token"]:
        return Reader("", said["token"])
    message = 'A reader must be an e-mail, an external id, or {"token": ...}.'
    raise InvalidBody(message)


def _holder(said: Any) -> tuple[Json, Holder]:
    """Return who holds what an element says: a role, or an object with roles, entities and colours."""
    wanted = {"roles": [said]} if isinstance(said, str) else said
    if not isinstance(wanted, dict) or set(wanted) - {"roles", "entities", "colours"}:
        message = "A role must be its name, or an object with roles, entities and colours."
        raise InvalidBody(message)
    roles, entities, colours = (_listed(wanted, name) for name in ("roles", "entities", "colours"))
    try:
        holder = Holder.named(map(str, roles), entities=map(str, entities), colours=map(str, colours))
    except NoSuchHolder as error:
        raise InvalidBody(str(error)) from None
    return {**wanted, "roles": sorted(map(str, roles))}, holder
