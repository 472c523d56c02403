"""From a content type to the kind of payload it announces."""

from functools import lru_cache
from typing import NamedTuple

from classifier import PayloadKind
from privacy_service.exceptions import UnsupportedMediaType
from privacy_service.http import Call

KINDS = {
    "application/json": PayloadKind.JSON,
    "application/x-ndjson": PayloadKind.NDJSON,
    "text/plain": PayloadKind.TEXT,
    "text/csv": PayloadKind.CSV,
    "application/x-www-form-urlencoded": PayloadKind.FORM,
}
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})


class Media(NamedTuple):
    """What a body is, and the content type that its answer carries: never the caller's own words."""

    kind: PayloadKind
    content_type: str


def media_of(call: Call) -> Media:
    """Return what kind of body the call carries; raise UnsupportedMediaType for one that cannot be read."""
    if call.header("HTTP_CONTENT_ENCODING") not in {"", "identity"}:
        message = "Send the body without Content-Encoding."
        raise UnsupportedMediaType(message)
    media = _media_named(call.header("CONTENT_TYPE"))
    if media is None:
        message = f"Use one of {', '.join(KINDS)}, in UTF-8."
        raise UnsupportedMediaType(message)
    return media


@lru_cache(maxsize=256)
def _media_named(content_type: str) -> Media | None:
    media_type, *parameters = (part.strip(" \t").lower() for part in content_type.split(";"))
    pairs = [parameter.partition("=")[::2] for parameter in parameters if parameter]
    charsets = {value.strip(' \t"') for name, value in pairs if name.strip(" \t*").startswith("charset")}
    if media_type not in KINDS or not charsets <= _UTF8:
        return None
    return Media(KINDS[media_type], f"{media_type}; charset=utf-8" if charsets else media_type)
