"""From a content type to the kind of payload it announces."""

from functools import lru_cache

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


def kind_of(call: Call) -> PayloadKind:
    """Return what kind of body the call carries; raise UnsupportedMediaType for one that cannot be read."""
    if call.header("HTTP_CONTENT_ENCODING") not in {"", "identity"}:
        message = "Send the body without Content-Encoding."
        raise UnsupportedMediaType(message)
    kind = _kind_named(call.header("CONTENT_TYPE"))
    if kind is None:
        message = f"Use one of {', '.join(KINDS)}, in UTF-8."
        raise UnsupportedMediaType(message)
    return kind


@lru_cache(maxsize=256)
def _kind_named(content_type: str) -> PayloadKind | None:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {value.strip('"') for name, _, value in (p.partition("=") for p in parameters) if name == "charset"}
    return KINDS.get(media_type) if charsets <= {"utf-8", "utf8", "us-ascii"} else None
