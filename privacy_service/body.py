"""Reading a request's body without keeping more of it than the limit."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from privacy_service.exceptions import BodyTooLarge, InvalidBody, LengthRequired


def body_reader(environ: Mapping[str, Any]) -> Callable[[], bytes]:
    """Return a function that reads a request's body, or raises LengthRequired, BodyTooLarge or InvalidBody."""

    def read() -> bytes:
        limit: int = settings.PRIVACY_BODY_LIMIT_BYTES
        announced = environ.get("CONTENT_LENGTH") or ""
        if not (announced.isascii() and announced.isdigit()):
            raise LengthRequired
        length = int(announced)
        if length > limit:
            raise _too_large(limit)
        body: bytes = environ["wsgi.input"].read(length)
        if len(body) != length:
            # The connection broke. Half an identifier would not be recognised as one.
            message = "The body ended before its Content-Length."
            raise InvalidBody(message)
        return body

    return read


def _too_large(limit: int) -> BodyTooLarge:
    message = f"At most {limit} bytes are taken (PRIVACY_BODY_LIMIT_BYTES). Send the rest in further requests."
    return BodyTooLarge(message)
