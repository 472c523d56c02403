"""Reading a request's body without keeping more of it than the limit."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from privacy_service.exceptions import BodyTooLarge


def body_reader(environ: Mapping[str, Any]) -> Callable[[], bytes]:
    """Return a function that reads the body of a WSGI request, or raises BodyTooLarge."""

    def read() -> bytes:
        limit: int = settings.PRIVACY_BODY_LIMIT_BYTES
        announced = environ.get("CONTENT_LENGTH") or ""
        length = int(announced) if announced.isdigit() else None
        if length is not None and length > limit:
            raise _too_large(limit)
        # A chunked body announces no length: one byte over the limit is enough to know.
        body: bytes = environ["wsgi.input"].read(limit + 1 if length is None else length)
        if len(body) > limit:
            raise _too_large(limit)
        return body

    return read


def _too_large(limit: int) -> BodyTooLarge:
    message = f"At most {limit} bytes are taken (PRIVACY_BODY_LIMIT_BYTES). Send the rest in further requests."
    return BodyTooLarge(message)
