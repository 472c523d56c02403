"""Reading a request's JSON, strictly: one object, no field that nothing is known of."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.core.validators import validate_slug
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from privacy_service.body import body_reader
from privacy_service.enforcement.views import AnyAccept
from privacy_service.exceptions import BodyTooDeep, BodyTooLarge, InvalidBody, UnsupportedMediaType

LIMIT_BYTES = 1024 * 1024
DEEPEST = 100  # Writing it down again, for its fingerprint, would end at 254.


class JSONIn(AnyAccept):
    """Takes a body of JSON and nothing else, and any Accept header: answers are always JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the parser for the body's content type, or None."""
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return parsers[0] if media_type == StrictJSONParser.media_type else None


class StrictJSONParser(BaseParser):
    """Reads a JSON object of at most a megabyte, with the reader of the hot path."""

    media_type = "application/json"
    limit_bytes = LIMIT_BYTES

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return the object; raise the errors of the hot path."""
        environ = (parser_context or {})["request"].META
        charset = (media_type or "").lower().partition("charset=")[2].strip(' "')
        if charset not in {"", "utf-8", "utf8"} or environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise UnsupportedMediaType
        announced = environ.get("CONTENT_LENGTH") or ""
        if announced.isascii() and announced.isdigit() and int(announced) > self.limit_bytes:
            message = f"At most {self.limit_bytes} bytes are taken here."
            raise BodyTooLarge(message)
        content = _decoded(body_reader({**environ, "wsgi.input": stream})())
        if not isinstance(content, dict):
            message = "Send a JSON object."
            raise InvalidBody(message)
        _check_depth(content)
        return content


def _check_depth(content: object) -> None:
    """Raise BodyTooDeep; level by level, for a body that is too deep is too deep for recursion as well."""
    level = [content]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    message = f"At most {DEEPEST} levels are taken here."
    raise BodyTooDeep(message)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = f"The body is not JSON at line {error.lineno}, column {error.colno}."
        raise InvalidBody(message, members={"line": error.lineno, "column": error.colno}) from None


class Text(serializers.CharField):
    """A text; unlike its parent it takes no number for one, which a client would find changed."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse whatever is not a text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Slug(Text):
    """A text of letters, digits, hyphens and underscores."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[validate_slug], **options)


class StrictSerializer(serializers.Serializer[Any]):
    """Fields of a body or a query; one that is not among them is refused, never ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown fields, then read the known ones."""
        if not isinstance(data, Mapping):
            message = "Send a JSON object."
            raise ParseError(message)
        writable = [name for name, field in self.fields.items() if not field.read_only]
        unknown = sorted(str(name)[:80] for name in data if name not in writable)
        if unknown:
            message = f"There is no such field here; allowed: {', '.join(writable) or 'none'}."
            raise serializers.ValidationError({name: [message] for name in unknown})
        return super().to_internal_value(data)
