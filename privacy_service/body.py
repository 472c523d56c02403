"""Reading a request's body without keeping more of it than the limit, and the JSON in it."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import orjson
from django.conf import settings

from privacy_service.exceptions import BodyTooLarge, InvalidBody, LengthRequired
from privacy_service.shedding import door


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
        body = _arrived(environ["wsgi.input"], length)
        if len(body) != length:
            # The connection broke. Half an identifier would not be recognised as one.
            message = "The body ended before its Content-Length."
            raise InvalidBody(message)
        return body

    return read


def _arrived(stream: Any, length: int) -> bytes:
    """Wait for a body without keeping others from their work: its sender may be slow, or never end."""
    had_place = door.leave()
    try:
        body: bytes = stream.read(length)
        return body
    finally:
        if had_place:
            door.come_back()


def json_in(body: bytes) -> Any:
    """Return what a JSON body says; raise InvalidBody, which quotes nothing of it."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass  # It also refuses what the grammar allows: a lone surrogate as an escape.
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        message = "The body is not JSON in UTF-8."
    raise InvalidBody(message)  # Out here: the error just caught holds the whole body.


def _no_constant(_: str) -> NoReturn:
    raise ValueError  # NaN and Infinity are no JSON.


def _too_large(limit: int) -> BodyTooLarge:
    message = f"At most {limit} bytes are taken (PRIVACY_BODY_LIMIT_BYTES). Send the rest in further requests."
    return BodyTooLarge(message)
