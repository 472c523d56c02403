"""Idempotency-Key: a request that is sent twice is carried out once, and answered twice.

The answer is kept in the transaction of the work itself: after a crash there are both or neither. A new API key or
secret is never kept: it is derived from the server's own secret, the caller's Idempotency-Key and a salt of this row,
so that whoever sends the same request again is shown the same one, and nobody can read it from the database.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.conf import settings
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import BadRequest, IdempotencyKeyReused
from privacy_service.managing.models import KeptAnswer
from workspaces.authentication import Caller
from workspaces.keys import digest_of, key_from
from workspaces.models import ActorTokenKey, ApiKey, User
from workspaces.sealing import SealBroken, unseal

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
SHOWN_ONCE = ("key", "secret")  # The fields of an answer that hold what is shown this once.
_KEPT_HEADERS = ("ETag", "Location")
_SHAPE = re.compile(r"[\x21-\x7e]{1,200}")


def answered_once(request: Request, act: Callable[[], Response]) -> Response:
    """Act, or return the answer kept for the same request; the caller holds a lock that lets such requests queue."""
    key = request.headers.get(HEADER, "")
    if not key:
        return act()
    if not _SHAPE.fullmatch(key):
        message = f"{HEADER} takes 1 to 200 visible ASCII characters, such as a UUID."
        raise BadRequest(message)
    digest, fingerprint = _digest_of(request, key), _fingerprint_of(request)
    KeptAnswer.objects.outlived().filter(pk=digest).delete()
    kept = KeptAnswer.objects.filter(pk=digest).first()
    if kept is None:
        return _act_and_keep(request, act, KeptAnswer(digest=digest, fingerprint=fingerprint, salt=secrets.token_hex()))
    if not hmac.compare_digest(kept.fingerprint, fingerprint):
        raise IdempotencyKeyReused
    return _replayed(kept, key)


def is_repeated(user: User, path: str, key: str) -> bool:
    """Remember a form by the name it was sent with, for a day, and say whether it came before; one without is new.

    As above, the caller holds a lock that lets such forms queue, and what fails is not remembered.
    """
    if not key:
        return False
    digest = _keyed_hash(b"form", str(user.pk), path, key)
    KeptAnswer.objects.outlived().filter(pk=digest).delete()
    return not KeptAnswer.objects.get_or_create(digest=digest)[1]


def fresh_key(request: Request) -> str | None:
    """Return the API key that a repeated request would be shown again; None where nothing is kept for this one."""
    kept: KeptAnswer | None = getattr(request, "kept_answer", None)
    return _derived("key", kept, request.headers[HEADER]) if kept else None


def fresh_secret(request: Request) -> str:
    """Return the secret that a repeated request would be shown again; empty where nothing is kept for this one."""
    kept: KeptAnswer | None = getattr(request, "kept_answer", None)
    return _derived("secret", kept, request.headers[HEADER]) if kept else ""


def _act_and_keep(request: Request, act: Callable[[], Response], kept: KeptAnswer) -> Response:
    request.kept_answer = kept  # type: ignore[attr-defined]
    response = act()
    body = orjson.loads(JSONRenderer().render(response.data)) if response.data is not None else {}
    kept.holds_key = any(body.get(name) for name in SHOWN_ONCE)
    kept.body = {name: None if name in SHOWN_ONCE else value for name, value in body.items()}
    kept.status = response.status_code
    kept.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    kept.save(force_insert=True)
    return response


def _replayed(kept: KeptAnswer, key: str) -> Response:
    body = dict(kept.body)
    if kept.holds_key:
        shown = "secret" if "secret" in body else "key"
        derived = _derived(shown, kept, key)
        # Where the server's secret was changed in between, another one comes out: better none than one that is wrong.
        body[shown] = derived if _OPENS[shown](derived, body) else None
    return Response(body, status=kept.status, headers={**kept.headers, REPLAYED: "true"})


def _is_a_key(derived: str, body: Mapping[str, Any]) -> bool:
    del body
    return ApiKey.objects.filter(digest=digest_of(derived)).exists()


def _is_the_secret(derived: str, body: Mapping[str, Any]) -> bool:
    row = ActorTokenKey.objects.filter(pk=body["id"]).first()
    try:
        return row is not None and hmac.compare_digest(unseal(row.sealed_secret, row=row.pk), derived)
    except SealBroken:
        return False


_OPENS: Mapping[str, Callable[[str, Mapping[str, Any]], bool]] = {"key": _is_a_key, "secret": _is_the_secret}


def _digest_of(request: Request, key: str) -> str:
    caller: Caller = request.auth  # type: ignore[assignment]
    # Of the account and not of its API key: a rotation between two attempts changes nothing.
    return _keyed_hash(b"request", str(caller.user.pk), str(request.user.pk), request.method or "", request.path, key)


def _fingerprint_of(request: Request) -> str:
    return _keyed_hash(b"body", orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS).decode())


def _derived(shown: str, kept: KeptAnswer, key: str) -> str:
    purpose, digest = {"key": ("api-key", hashlib.sha256), "secret": ("signing-secret", hashlib.sha384)}[shown]
    raw = hmac.digest(settings.SECRET_KEY.encode(), orjson.dumps([purpose, kept.salt, key]), digest)
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return key_from(text) if shown == "key" else text


def _keyed_hash(purpose: bytes, *parts: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), purpose + orjson.dumps(parts), hashlib.sha256).hex()
