"""The calls as requests: path, headers, body; the same for the blocking and the asynchronous client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

from privacy_service.client import hops

_WHERE = "{url}/v1/workspaces/{slug}/{call}"


class ContentType(StrEnum):
    """The kinds of body that can be masked."""

    JSON = "application/json"
    NDJSON = "application/x-ndjson"
    TEXT = "text/plain"
    CSV = "text/csv"
    FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class SignedReader:
    """A reader whom a token proves: a JSON Web Token that the service account's identity provider has signed."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """Who is going to read data of which workspace, and of which of its sources where that matters."""

    workspace: str
    actor: str | SignedReader  # An e-mail or external id, or better a token.
    source: str = ""

    def headers(self) -> dict[str, str]:
        """Return the headers that say so; raise ValueError for a name that no header can carry."""
        named = (
            {"X-Actor-Token": _checked(self.actor.token)}
            if isinstance(self.actor, SignedReader)
            else {"X-Actor": _checked(_ascii(self.actor))}
        )
        return named | ({"PII-Source": _checked(self.source)} if self.source else {})


class Request(NamedTuple):
    """One call, not yet sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service is, and the key that opens it."""

    url: str
    key: str = field(repr=False)

    def mask(self, reading: Reading, body: bytes, content_type: str) -> Request:
        """Ask for a body as the reader may see it."""
        return self._request(
            "POST", reading.workspace, "mask", {"Content-Type": content_type} | reading.headers(), body
        )

    def decision(self, reading: Reading) -> Request:
        """Ask for the decision alone; the reader is named in a header, since addresses end in logs."""
        return self._request("GET", reading.workspace, "decision", reading.headers())

    def explain(self, reading: Reading, body: bytes, content_type: str) -> Request:
        """Ask why the reader sees what they see."""
        headers = reading.headers() | ({"Content-Type": content_type} if body else {})
        return self._request("POST", reading.workspace, "explain", headers, body)

    def classify(self, workspace: str, body: bytes, content_type: str) -> Request:
        """Ask what is personal in a body."""
        return self._request("POST", workspace, "classify", {"Content-Type": content_type}, body)

    def _request(
        self, method: str, workspace: str, call: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Request:
        url = _WHERE.format(url=self.url.rstrip("/"), slug=quote(workspace, safe=""), call=call)
        return Request(method, url, {"Authorization": f"Bearer {self.key}", **hops.headers(), **headers}, body)


def as_bytes(body: bytes | str) -> bytes:
    """Return a body as it is sent: text in UTF-8."""
    return body.encode() if isinstance(body, str) else body


def _checked(value: str) -> str:
    if not (value.strip() and value.isascii() and value.isprintable()):
        message = "A reader, a token or a source is empty or holds signs that no header can carry."
        raise ValueError(message)
    return value


def _ascii(name: str) -> str:
    """Encode what is outside ASCII, and nothing else: the service decodes no more than that."""
    return "".join(sign if sign.isascii() else quote(sign) for sign in name)
