"""An HTTP API: one call for each identifier, made from templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

import httpx
import orjson

from privacy_service.subjects.destinations.base import (
    CannotTell,
    DestinationKind,
    Done,
    Options,
    OptionsRefused,
    Refused,
    Secrets,
    Subject,
    filled,
    object_of,
    places_in,
    text_of,
)
from privacy_service.subjects.destinations.http_export import MEMBERS, MOST_CALLS, PAGE_BYTES, Fetching, fetching
from privacy_service.subjects.destinations.keeping import Kept
from privacy_service.subjects.destinations.sending import AT_ONCE, check_answer, checked_url, json_in, send, value_at
from privacy_service.subjects.identifiers import Kind
from privacy_service.subjects.models import Ability

_CALL = ("method", "url", "body")
_OPTIONS = (*_CALL, "headers", "secret_headers", "expects", "success", "token", "suppress", "unsuppress", "export")
_METHODS = ("DELETE", "POST", "PUT", "PATCH", "GET")
_ASKING = ("GET", "POST")  # What hands out changes nothing; some APIs are asked by POST.
NOT_ASKED = "not_asked"
# 404 and 410: somebody it has never heard of is forgotten.
_EXPECTED = (200, 201, 202, 204, 404, 410)
_TELLING = ("key", "token", "secret", "cookie", "auth", "password")  # What a header is called that lets somebody in.
_IN_HEADERS = ("api_key", "application_key")
_STEPS = frozenset({".", ".."})
_KEPT_OUT = frozenset({"host", "content-length", "transfer-encoding", "connection", "authorization"})


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of call: identifiers are quoted where they are put into its address, and stay values in its body."""

    method: str
    url: str
    body: Any
    needs: frozenset[Kind]

    def calls(self, subject: Subject) -> list[tuple[str, bytes | None]]:
        """Return each address and body; both speak of the same identifiers, one combination after the other.

        Raises Refused where an identifier would lead out of its place in the address.
        """
        calls = []
        for one in _combinations(subject, sorted(self.needs)):
            [url] = filled(self.url, one, lambda value: quote(value, safe=""))
            _check_path(url)
            calls.append((url, None if self.body is None else orjson.dumps(_filled_body(self.body, one))))
        return calls


def _check_path(url: str) -> None:
    """Raise Refused where a part of the path is a step: whoever is called `..` names the folder, and not a person."""
    if not _STEPS.isdisjoint(urlsplit(url).path.split("/")):
        message = "An identifier of the person is `.` or `..`: in this address it would name others. See to it by hand."
        raise Refused(message)


_tokens: Kept[str] = Kept(lambda _: None)


class HttpApi:
    """An API that forgets people, by templated calls."""

    def __init__(self, options: Options, secrets: Secrets) -> None:
        told = object_of(options, "options", _OPTIONS)
        self._delete = _template({name: told[name] for name in _CALL if name in told}, "", method="DELETE")
        self._suppress, self._unsuppress = (
            _template(told[name], f"{name}.", method="POST") if name in told else None
            for name in ("suppress", "unsuppress")
        )
        self._exports = _exports(told.get("export", []))
        self._headers = _headers(told.get("headers", {})) | _secret_headers(told.get("secret_headers", {}), secrets)
        self._expected = _expected(told.get("expects", list(_EXPECTED)))
        self._success = _success(told.get("success"))
        self._token = _token(told.get("token"), secrets)
        self._authorization = secrets.get("authorization", "")

    @property
    def lacks(self) -> frozenset[Ability]:
        """Return what it cannot: how many it holds is never asked, and the rest where it is told no call for that."""
        can = {Ability.SUPPRESS: bool(self._suppress and self._unsuppress), Ability.EXPORT: bool(self._exports)}
        return frozenset({Ability.FIND, *(ability for ability, is_so in can.items() if not is_so)})

    def find(self, subject: Subject) -> NoReturn:
        """Say that this cannot be told."""
        del subject
        message = "An HTTP API is not asked how much it holds."
        raise CannotTell(message)

    def delete(self, subject: Subject) -> Done:
        """Call it for each of the person's identifiers."""
        return self._asked(self._delete, subject)

    def suppress(self, subject: Subject) -> Done:
        """Call the template `suppress`."""
        return self._asked(self._suppress, subject)

    def unsuppress(self, subject: Subject) -> Done:
        """Call the template `unsuppress`."""
        return self._asked(self._unsuppress, subject)

    def export(self, subject: Subject) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield each record that the calls `export` answer with, and which of them could not be asked."""
        calls = [(template, how, template.calls(subject)) for template, how in self._exports]
        if not any(each for _, _, each in calls):
            message = "Its calls to hand out what it holds need other identifiers than the request names."
            raise CannotTell(message)
        for template, how, each in calls:
            for url, body in each:
                yield from how.pages(template.method, url, body, self._page)
            if not each:
                lacks = template.needs - {one.kind for one in subject.identifiers}
                yield NOT_ASKED, {"place": how.place, "not asked, as the request names no": sorted(lacks)}

    def _page(self, method: str, url: str, body: bytes | None) -> httpx.Response:
        headers = {"Accept": "application/json", **self._headers, **self._authorized()}
        told = {**headers, "Content-Type": "application/json"} if body is not None else headers
        return send(method, url, headers=told, content=body, most=PAGE_BYTES)

    def _asked(self, template: Template | None, subject: Subject) -> Done:
        if template is None:
            message = "Its options name no such call."
            raise CannotTell(message)
        calls = template.calls(subject)
        if not calls:
            message = f"It knows people by {', '.join(sorted(template.needs))}, which the request does not name."
            raise Refused(message)
        headers = {**self._headers, **self._authorized()}
        codes = [self._called(template.method, url, body, headers) for url, body in calls]
        return Done(max(codes), {"calls": len(codes)})

    def _called(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> int:
        told = {**headers, "Content-Type": "application/json"} if body is not None else headers
        response = send(method, url, headers=told, content=body)
        check_answer(response, self._expected)
        if response.is_success and self._success and value_at(json_in(response), self._success[0]) != self._success[1]:
            message = f"It answered {response.status_code}, and its body says otherwise."
            raise Refused(message, response.status_code)
        return response.status_code

    def _authorized(self) -> dict[str, str]:
        if self._token is None:
            return {"Authorization": self._authorization} if self._authorization else {}
        url, form = self._token
        with _tokens.held((url, *form.values()), lambda: _token_from(url, form)) as token:
            return {"Authorization": f"Bearer {token}"}


def _token_from(url: str, form: Mapping[str, str]) -> str:
    """Ask for a token, which is good for the next people too."""
    form_headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    response = send("POST", url, headers=form_headers, content=urlencode(form).encode())
    check_answer(response, frozenset({200}))
    token = value_at(json_in(response), "/access_token")
    if not isinstance(token, str):
        message = "Its token endpoint gave no access_token."
        raise Refused(message, response.status_code)
    return token


def _template(told: Any, option: str, *, method: str, allowed: Sequence[str] = _METHODS) -> Template:
    """Return the call that options describe; `option` leads to them."""
    known = object_of(told, option.strip(".") or "options", _CALL)
    url = text_of(known.get("url"), f"{option}url")
    needs = places_in(url) | _places_in_body(known.get("body"))
    checked_url(url.replace("{", "").replace("}", ""), f"{option}url")
    if "{" in url.split("/", 3)[2]:
        raise OptionsRefused(
            option=f"{option}url", advice="an identifier may stand in the path or the query, not in the host."
        )
    if not needs:
        raise OptionsRefused(
            option=f"{option}url", advice="put an identifier into the address or the body, such as {user_id}."
        )
    return Template(_method(known.get("method", method), f"{option}method", allowed), url, known.get("body"), needs)


def _exports(told: Any) -> list[tuple[Template, Fetching]]:
    """Return the calls that hand out what is held: one, or a list of some."""
    listed = told if isinstance(told, list) else [told]
    if len(listed) > MOST_CALLS:
        raise OptionsRefused(option="export", advice=f"list at most {MOST_CALLS} calls.")
    calls = []
    for place, each in enumerate(listed):
        option = f"export[{place}]" if isinstance(told, list) else "export"
        known = object_of(each, option, (*_CALL, *MEMBERS))
        call = {name: known[name] for name in _CALL if name in known}
        template = _template(call, f"{option}.", method="GET", allowed=_ASKING)
        calls.append((template, fetching({name: known[name] for name in MEMBERS if name in known}, option)))
    return calls


def _combinations(subject: Subject, kinds: list[Any]) -> list[Subject]:
    """Return the person once for each combination of their identifiers of these kinds."""
    combined: list[tuple[Any, ...]] = [()]
    for kind in kinds:
        named = [one for one in subject.identifiers if one.kind is kind]
        combined = [(*before, one) for before in combined for one in named]
    return [Subject(each) for each in combined]


def _places_in_body(body: Any) -> frozenset[Any]:
    if isinstance(body, str):
        return places_in(body)
    inner = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    return frozenset().union(*map(_places_in_body, inner))


def _filled_body(body: Any, subject: Subject) -> Any:
    if isinstance(body, str):
        return filled(body, subject, str)[0]
    if isinstance(body, dict):
        return {name: _filled_body(value, subject) for name, value in body.items()}
    return [_filled_body(value, subject) for value in body] if isinstance(body, list) else body


def _method(method: Any, option: str, allowed: Sequence[str]) -> str:
    if method not in allowed:
        raise OptionsRefused(option=option, advice=f"write one of {', '.join(allowed)}.")
    return str(method)


def _headers(headers: Any) -> dict[str, str]:
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise OptionsRefused(option="headers", advice="write an object of texts.")
    if refused := sorted(name for name in headers if name.lower() in _KEPT_OUT):
        raise OptionsRefused(
            option=f"headers.{refused[0]}", advice="it is set here; credentials go into the secret `authorization`."
        )
    if telling := sorted(name for name in headers if any(word in name.lower() for word in _TELLING)):
        raise OptionsRefused(
            option=f"headers.{telling[0]}",
            advice=f'it would be shown: write secret_headers: {{"{telling[0]}": "api_key"}}, and the value as secret.',
        )
    return headers


def _secret_headers(told: Any, secrets: Secrets) -> dict[str, str]:
    """Return the headers whose values are encrypted and never shown again."""
    if not isinstance(told, dict) or not all(name in _IN_HEADERS for name in told.values()):
        raise OptionsRefused(
            option="secret_headers", advice=f"name for each header one of the secrets {', '.join(_IN_HEADERS)}."
        )
    for header, name in told.items():
        if header.lower() in _KEPT_OUT or not secrets.get(name):
            advice = f"give the secret {name} too; headers that are set here cannot be named."
            raise OptionsRefused(option=f"secret_headers.{header}", advice=advice)
    return {header: secrets[name] for header, name in told.items()}


def _expected(codes: Any) -> frozenset[int]:
    if not isinstance(codes, list) or not codes or not all(isinstance(code, int) for code in codes):
        raise OptionsRefused(option="expects", advice="list the codes that mean it is done, such as [200, 404].")
    return frozenset(codes)


def _success(told: Any) -> tuple[str, Any] | None:
    if told is None:
        return None
    known = object_of(told, "success", ("pointer", "equals"))
    return text_of(known.get("pointer"), "success.pointer"), known.get("equals")


def _token(told: Any, secrets: Secrets) -> tuple[str, dict[str, str]] | None:
    """Return where a token is had and what is sent for it: the client credentials grant (RFC 6749, section 4.4)."""
    if told is None:
        return None
    known = object_of(told, "token", ("url", "scope"))
    if not secrets.get("client_id") or not secrets.get("client_secret"):
        raise OptionsRefused(option="token", advice="give the secrets client_id and client_secret too.")
    form = {
        "grant_type": "client_credentials",
        "client_id": secrets["client_id"],
        "client_secret": secrets["client_secret"],
    }
    if known.get("scope"):
        form["scope"] = text_of(known["scope"], "token.scope")
    return checked_url(text_of(known.get("url"), "token.url"), "token.url"), form


HTTP = DestinationKind(
    "http",
    "An HTTP API",
    HttpApi,
    secrets=("authorization", "client_id", "client_secret", *_IN_HEADERS),
    at_once=AT_ONCE,
)
