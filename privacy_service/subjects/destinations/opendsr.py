"""A processor that speaks OpenDSR: it is asked once, under the receipt's own id, and then how far it is.

Whatever it answers counts only under the signature of its domain's certificate, as do its callbacks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import orjson

from privacy_service.subjects.destinations.base import (
    CannotTell,
    DestinationKind,
    Done,
    Errand,
    Options,
    OptionsRefused,
    Refused,
    Secrets,
    Subject,
    TryAgain,
    Working,
    object_of,
    text_of,
)
from privacy_service.subjects.destinations.keeping import Kept
from privacy_service.subjects.destinations.opendsr_results import fetched
from privacy_service.subjects.destinations.sending import AT_ONCE, check_answer, checked_url, json_in, send
from privacy_service.subjects.models import Ability, Law, Wish
from privacy_service.subjects.opendsr import signing
from privacy_service.subjects.opendsr.trusting import NotTrusted, PublicKey, check_signature, key_of
from privacy_service.subjects.opendsr.words import FORMATS, TYPES, VERSIONS

_OPTIONS = ("url", "version", "domain", "poll_seconds")
_POLL_SECONDS = 300.0  # Callbacks come sooner, where they can come at all.
_LONGEST_POLL_SECONDS = 86_400
_ERASURE = "erasure"
_TYPES: Mapping[Wish, str] = {Wish.ACCESS: "access", Wish.PORTABILITY: "portability"}  # Every other wish erases.
_OK, _CREATED, _MISSING = frozenset({200}), frozenset({200, 201}), frozenset({200, 404})


@dataclass(frozen=True, slots=True)
class Processor:
    """What a processor says of itself, once its certificate is verified."""

    key: PublicKey
    formats: Mapping[str, frozenset[str]]  # Of each type of identity.
    wishes: frozenset[str]


_processors: Kept[Processor] = Kept(lambda _: None, seconds=600.0)


class OpenDsr:
    """One processor, as its controller asks it."""

    lacks = frozenset({Ability.FIND})

    def __init__(self, options: Options, secrets: Secrets) -> None:
        told = object_of(options, "options", _OPTIONS)
        self._url = checked_url(text_of(told.get("url"), "url"), "url").rstrip("/")
        self._version = _version(told.get("version", 2))
        self._domain = text_of(told.get("domain", urlsplit(self._url).hostname), "domain").lower()
        self._poll_seconds = _poll_seconds(told.get("poll_seconds", _POLL_SECONDS))
        self._authorization = secrets.get("authorization", "")

    def find(self, subject: Subject) -> NoReturn:
        """Look whether it is there and may be trusted, and say what it takes; how much it holds cannot be told."""
        del subject
        known = self._processor()
        message = f"It takes {', '.join(sorted(known.wishes))} by {', '.join(sorted(known.formats)) or 'nothing'}."
        raise CannotTell(message)

    def delete(self, subject: Subject) -> Done:
        """Ask it under an id that nobody follows."""
        due_at = datetime.now(UTC) + timedelta(days=30)
        return self.follow(subject, Errand(uuid4(), Law.NONE, due_at))

    def follow(self, subject: Subject, errand: Errand) -> Done:
        """Ask it to erase the person, or how far it is where it was asked."""
        self._done(subject, errand)
        return Done(_DONE, {"requests": 1})

    def hand_out(self, subject: Subject, errand: Errand) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Ask it for a copy, or whether it is made; then yield what it holds."""
        yield from fetched(self._done(subject, errand), self._url, self._authorization)

    def _done(self, subject: Subject, errand: Errand) -> Mapping[str, Any]:
        """Return what it says once it has completed a request; raise Working until then, or NotDone."""
        answer = self._asked("GET", f"/{self._version.path}/{errand.id}", None, _MISSING)
        if answer.status_code == _NOT_FOUND:
            self._create(subject, errand)
            message = "It has taken the request."
            raise Working(message, 201, after_seconds=self._poll_seconds)
        said = self._verified(answer)
        _check_number(said, errand)  # Signed for another request, it would complete this one.
        match status := said.get("request_status"):
            case "completed":
                return said
            case "pending" | "in_progress":
                message = f"It says that the request is {status}."
                raise Working(message, answer.status_code, after_seconds=self._poll_seconds)
            case "cancelled":
                message = "It says that the request is cancelled."
                raise Refused(message, answer.status_code)
        message = "It says nothing of how far the request is."
        raise Refused(message, answer.status_code)

    def check_message(self, domain: str, signature: str, body: bytes) -> None:
        """Raise NotTrusted or NotDone where a message is not this processor's own."""
        if domain.strip().lower() != self._domain:
            message = f"It does not come from {self._domain}."
            raise NotTrusted(message)
        check_signature(self._processor().key, signature, body)

    def _create(self, subject: Subject, errand: Errand) -> None:
        body = orjson.dumps(
            {
                "regulation": errand.law if errand.law is not Law.NONE else Law.GDPR,
                "subject_request_id": str(errand.id),
                "subject_request_type": _type_of(errand),
                "submitted_time": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
                "subject_identities": self._identities(subject, _type_of(errand)),
                "api_version": self._version.name,
                "status_callback_urls": [errand.answer_to] if errand.answer_to else [],
            }
        )
        said = self._verified(self._asked("POST", f"/{self._version.path}", body, _CREATED))
        _check_number(said, errand)

    def _identities(self, subject: Subject, wanted: str) -> list[dict[str, str]]:
        """Return how the processor knows the person; raise CannotTell where it does not."""
        known = self._processor()
        if wanted not in known.wishes:
            message = f"It says that it takes no requests for {wanted}."
            raise CannotTell(message)
        named = []
        for one in subject.identifiers:
            taken = known.formats.get(TYPES.get(one.kind, ""), frozenset())
            written = next((name for name in FORMATS if name in taken), "")
            if written:
                value = one.value if written == "raw" else FORMATS[written](one.normal)
                named.append({"identity_type": TYPES[one.kind], "identity_value": value, "identity_format": written})
        if not named:
            message = (
                f"It knows people by {', '.join(sorted(known.formats)) or 'nothing'}: the request names none of it."
            )
            raise CannotTell(message[:200])
        return named

    def _asked(self, method: str, path: str, body: bytes | None, expected: frozenset[int]) -> httpx.Response:
        headers = {"Accept": "application/json", "User-Agent": "privacy-service"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        if body is not None:
            headers |= {"Content-Type": "application/json"} | self._signed(body)
        response = send(method, f"{self._url}{path}", headers=headers, content=body)
        check_answer(response, expected)
        return response

    def _signed(self, body: bytes) -> dict[str, str]:
        """Return the headers that prove who asks, where this service has a certificate."""
        if not signing.is_set_up():
            return {}
        try:
            signature = signing.sign(body)
        except signing.NotSetUp as error:
            raise TryAgain(str(error)[:200]) from None
        return {"X-OpenDSR-Controller-Domain": signing.domain(), self._version.signature_header: signature}

    def _verified(self, response: httpx.Response) -> Mapping[str, Any]:
        """Return what an answer says, under the processor's signature; a certificate may just have been renewed."""
        headers = response.headers
        domain, signature = (
            headers.get(self._version.domain_header, ""),
            headers.get(self._version.signature_header, ""),
        )
        try:
            self.check_message(domain, signature, response.content)
        except NotTrusted as error:
            message = f"Its answer is not to be trusted. {error}"
            raise TryAgain(message, response.status_code) from None
        return _object(response)

    def _processor(self) -> Processor:
        with _processors.held((self._url, self._domain, self._authorization), self._discovered) as known:
            return known

    def _discovered(self) -> Processor:
        said = _object(self._asked("GET", "/discovery", None, _OK))
        where = said.get("processor_certificate")
        if not isinstance(where, str) or urlsplit(where).hostname != self._domain:
            message = f"The certificate that it names does not lie on {self._domain}."
            raise Refused(message)
        try:
            answer = send("GET", checked_url(where, "processor_certificate"), headers={}, content=None)
            check_answer(answer, _OK)
            key = key_of(self._domain, answer.content)
        except (NotTrusted, OptionsRefused) as error:
            raise Refused(str(error)[:200]) from None
        return Processor(key, _formats(said.get("supported_identities")), _wishes(said))


_NOT_FOUND, _DONE = 404, 200


def _type_of(errand: Errand) -> str:
    return _TYPES.get(errand.wish, _ERASURE)


def _check_number(said: Mapping[str, Any], errand: Errand) -> None:
    if said.get("subject_request_id") != str(errand.id):
        message = "It answers about another request."
        raise Refused(message)


def _object(response: httpx.Response) -> Mapping[str, Any]:
    said = json_in(response)
    if isinstance(said, dict):
        return said
    message = "Its answer is no JSON object."
    raise Refused(message, response.status_code)


def _formats(listed: Any) -> dict[str, frozenset[str]]:
    """Return which formats of which identities a processor takes, of those that are known here."""
    formats: dict[str, frozenset[str]] = {}
    for one in listed if isinstance(listed, list) else []:
        named, written = (str(_member(one, name)) for name in ("identity_type", "identity_format"))
        if named in TYPES.values() and written in FORMATS:
            formats[named] = formats.get(named, frozenset()) | {written}
    return formats


def _member(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None


def _wishes(said: Mapping[str, Any]) -> frozenset[str]:
    listed = said.get("supported_subject_request_types")
    known = ("access", "portability", _ERASURE)
    return frozenset(one for one in known if isinstance(listed, list) and one in listed)


def _version(number: Any) -> Any:
    if isinstance(number, bool) or number not in VERSIONS:
        raise OptionsRefused(option="version", advice=f"write one of {', '.join(map(str, VERSIONS))}.")
    return VERSIONS[number]


def _poll_seconds(seconds: Any) -> float:
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 1 <= seconds <= _LONGEST_POLL_SECONDS:
        raise OptionsRefused(option="poll_seconds", advice=f"write seconds, from 1 to {_LONGEST_POLL_SECONDS}.")
    return float(seconds)


OPENDSR = DestinationKind(
    "opendsr", "A processor that speaks OpenDSR", OpenDsr, secrets=("authorization",), at_once=AT_ONCE
)
