"""ETags: a writer says what it has read, and is refused where that has changed since."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from privacy_service.exceptions import BadRequest, IfMatchMissing, Stale

_TAG = re.compile(r'"[\x21\x23-\x7e]*"')
_ANY = "*"


def etag_of(shown: Mapping[str, Any], *, volatile: frozenset[str] = frozenset()) -> str:
    """Return the ETag of a resource as it is shown; what changes by itself does not count."""
    lasting = {name: value for name, value in shown.items() if name not in volatile}
    plain = orjson.loads(JSONRenderer().render(lasting))
    return f'"{hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]}"'


def check_match(request: Request, etag: str, *, required: bool = True) -> None:
    """Let a write through that names this ETag or any; raise IfMatchMissing or Stale."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        if required:
            raise IfMatchMissing
        return
    if given == _ANY:
        return
    tags = [tag.strip() for tag in given.split(",")]
    # A weak tag (W/"...") never matches in If-Match (RFC 9110, 13.1.1).
    if not all(_TAG.fullmatch(tag.removeprefix("W/")) for tag in tags):
        message = "If-Match takes ETags in double quotes, as an answer gave them, or *."
        raise BadRequest(message)
    if etag not in tags:
        raise Stale
