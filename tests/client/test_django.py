"""Django's middleware and renderer mixin, around views of a backend, with a real service behind them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from privacy_service.client.django import MaskedRendererMixin, PrivacyMiddleware
from privacy_service.client.django_settings import guard
from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import AuditRecord
from privacy_service.rollout import release
from tests.client.bodies import CANARY, KINDS, MASKED, RAW, WITHHELD
from tests.services import free_port
from workspaces.models import Workspace

View = Callable[[HttpRequest], HttpResponseBase]
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def _backend(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Have the backend ask the service of this test, or none that answers."""
    url = (
        request.getfixturevalue("service_url") if "acme" in request.fixturenames else f"http://127.0.0.1:{free_port()}"
    )
    key = request.getfixturevalue("key") if "acme" in request.fixturenames else "key"
    settings.PRIVACY_CLIENT = {"url": url, "key": key, "workspace": "acme"}


def answering(body: bytes = RAW, content_type: str = "application/json", status: int = 200, **headers: str) -> View:
    """Return a view that answers so."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def view(_: HttpRequest) -> HttpResponse:
        return HttpResponse(body, status=status, content_type=content_type, headers=named)

    return view


def streaming(*pieces: bytes, content_type: str = "application/x-ndjson") -> View:
    """Return a view that streams pieces."""
    return lambda _: StreamingHttpResponse(iter(pieces), content_type=content_type)


def request_of(actor: str, method: str = "GET", path: str = "/api/customers", **headers: str) -> HttpRequest:
    """Return a request of somebody who has signed in."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory().generic(method, path, headers=named)
    request.user = SimpleNamespace(is_authenticated=True, email=f"{actor}@example.com", get_username=lambda: actor)  # type: ignore[assignment]
    return request


def ask(view: View, actor: str = "bob", **said: str) -> Any:
    """Return what a reader gets from a view behind the middleware."""
    return PrivacyMiddleware(view)(request_of(actor, **said))


def content_of(response: Any) -> bytes:
    """Return the body, streamed or not."""
    return b"".join(response) if response.streaming else response.content


def test_four_readers_get_four_answers(acme: Workspace) -> None:
    answers = {actor: ask(answering(), actor) for actor in ("alice", "bob", "carol", "mallory")}

    assert {actor: (one.status_code, one.content) for actor, one in answers.items() if actor != "mallory"} == {
        "alice": (200, RAW),
        "bob": (200, MASKED),
        "carol": (200, RAW),
    }
    denied = answers["mallory"]
    assert (denied.status_code, denied["Content-Type"]) == (403, "application/problem+json")
    assert json.loads(denied.content)["reason"] == "not-a-member"


def plain(raw: bytes, content_type: str, encoding: str) -> View:
    """Return a view of one row of a table."""

    def view(_: HttpRequest) -> HttpResponse:
        response = HttpResponse(raw, content_type=content_type or "x", headers={"X-Customer": "123-45-6789"})
        response.set_cookie("customer", "123-45-6789")
        if not content_type:
            del response["Content-Type"]
        if encoding:
            response["Content-Encoding"] = encoding
        return response

    return view


def test_each_kind_of_response_is_masked(acme: Workspace) -> None:
    got = []
    for content_type, encoding, raw, _ in KINDS:
        response = ask(plain(raw, content_type, encoding))
        got.append((response["Content-Type"], encoding, raw, response.content))
        assert "Content-Encoding" not in response
        assert response["Content-Length"] == str(len(response.content))
        assert response["Cache-Control"] == "private, no-store"

    assert got == KINDS


def test_what_cannot_be_masked_is_withheld(acme: Workspace) -> None:
    got = []
    for content_type, encoding, raw, _ in WITHHELD:
        response = ask(plain(raw, content_type, encoding))
        got.append((content_type, encoding, raw, json.loads(response.content)["reason"]))
        assert (response.status_code, response["Retry-After"]) == (503, "1")
        assert CANARY not in response.serialize() + str(response.cookies).encode()

    assert got == WITHHELD


def test_before_the_release_nothing_changes_for_anybody(acme: Workspace) -> None:
    release.turn_off()
    time.sleep(2)  # What was decided before may be remembered for so long.

    for actor in ("bob", "mallory"):
        for content_type, encoding, raw, _ in KINDS + WITHHELD:
            view = plain(raw, content_type, encoding)
            expected: Any = view(request_of(actor))
            assert ask(view, actor).serialize() == expected.serialize()


def test_who_passes_is_not_sent_and_kept_from_shared_caches(acme: Workspace) -> None:
    for _ in range(20):
        response = ask(answering(ETag='"1"', Cache_Control="public, max-age=9"), "carol")
        assert (response.content, response["ETag"], response["Cache-Control"]) == (RAW, '"1"', "private")

    ship()
    endpoints = list(AuditRecord.objects.decisions().values_list("endpoint", flat=True))
    assert set(endpoints) == {"decision"}
    assert len(endpoints) < 20


def test_what_tells_of_the_raw_body_or_perhaps_of_a_person_goes(acme: Workspace) -> None:
    of_the_body: Any = {
        "ETag": '"1"',
        "Last_Modified": "x",
        "Content_Length": "36",
        "Content_MD5": "x",
        "Link": "<6789>",
    }
    response = ask(answering(**of_the_body, Vary="Origin", Access_Control_Max_Age="5", X_Customer="123-45-6789"))

    assert sorted(response.headers) == [
        "Access-Control-Max-Age",
        "Cache-Control",
        "Content-Length",
        "Content-Type",
        "Vary",
    ]


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_without_a_body_is_left_alone_and_nobody_is_asked(status: int) -> None:
    assert ask(answering(b"", status=status)).status_code == status


def test_an_empty_redirect_is_left_alone() -> None:
    response = ask(answering(b"", "text/html", 302, Location="/elsewhere"))

    assert (response.status_code, response["Location"]) == (302, "/elsewhere")


def test_a_body_is_masked_whatever_the_status(acme: Workspace) -> None:
    statuses = [201, 400, 404, 500]
    responses = [ask(answering(status=status)) for status in statuses]

    assert [(one.status_code, one.content) for one in responses] == [(status, MASKED) for status in statuses]


def test_a_head_says_nothing_of_the_raw_bodys_length(acme: Workspace) -> None:
    response = ask(answering(ETag='"1"', Content_Length="36"), method="HEAD")

    assert (response.content, {"ETag", "Content-Length"} & set(response.headers)) == (b"", set())
    assert ask(answering(ETag='"1"'), "carol", method="HEAD")["ETag"] == '"1"'


def test_a_view_is_asked_for_the_whole_and_conditions_are_about_what_the_reader_gets(acme: Workspace) -> None:
    seen: list[str] = []

    def conditional(request: HttpRequest) -> HttpResponseBase:
        seen.extend(name for name in request.headers if name.lower() in {"if-none-match", "range"})
        return HttpResponseNotModified() if seen else answering()(request)

    chain: Any = ConditionalGetMiddleware(PrivacyMiddleware(conditional))
    first = chain(request_of("carol"))
    again = chain(request_of("carol", If_None_Match=first["ETag"], Range="bytes=0-3"))

    assert (first.content, again.status_code, seen) == (RAW, 304, [])


def test_a_stream_of_lines_is_masked_while_it_flows(acme: Workspace) -> None:
    asked: list[int] = []

    def lines() -> Iterator[bytes]:
        for number in range(3):
            asked.append(number)
            yield RAW[:10]
            yield RAW[10:] + b"\n"

    response = ask(lambda _: StreamingHttpResponse(lines(), content_type="application/x-ndjson"))
    flow = iter(response)

    assert (next(flow), asked) == (MASKED + b"\n", [0])
    assert b"".join(flow) == (MASKED + b"\n") * 2


def test_any_other_stream_is_gathered_first(acme: Workspace) -> None:
    response = ask(streaming(RAW[:20], RAW[20:], content_type="application/json"))

    assert (content_of(response), response["Content-Length"]) == (MASKED, str(len(MASKED)))


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/json", "text/html"])
def test_a_stream_is_withheld_where_nobody_can_be_asked(content_type: str) -> None:
    response = ask(streaming(RAW, b"\n", content_type=content_type))

    assert (response.status_code, CANARY in content_of(response)) == (503, False)


def test_a_view_that_breaks_in_its_stream_shows_nothing_raw(acme: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    def lines() -> Iterator[bytes]:
        yield RAW
        message = "123-45-6789"
        raise ValueError(message)

    response = ask(lambda _: StreamingHttpResponse(lines(), content_type="application/json"))

    assert (response.status_code, CANARY in content_of(response), "6789" in caplog.text) == (503, False, False)


async def read_asynchronously(view: Callable[[HttpRequest], Any], actor: str = "bob") -> tuple[int, bytes]:
    """Return what a reader gets from an asynchronous view."""
    response = await PrivacyMiddleware(view)(request_of(actor))  # type: ignore[misc]
    if not response.streaming:
        return response.status_code, response.content
    return response.status_code, b"".join([piece async for piece in response])


@pytest.mark.parametrize(
    ("content_type", "raw", "masked"),
    [("application/x-ndjson", RAW + b"\n" + RAW, MASKED + b"\n" + MASKED), ("application/json", RAW, MASKED)],
)
def test_asynchronous_views_and_their_streams_too(
    acme: Workspace, content_type: str, raw: bytes, masked: bytes
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(raw), 5):
            yield raw[at : at + 5]

    async def whole(request: HttpRequest) -> HttpResponse:
        return HttpResponse(raw, content_type=content_type)

    async def stream(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(pieces(), content_type=content_type)

    assert asyncio.run(read_asynchronously(whole)) == (200, masked)
    assert asyncio.run(read_asynchronously(stream)) == (200, masked)
    assert asyncio.run(read_asynchronously(stream, "carol")) == (200, raw)
    assert asyncio.run(read_asynchronously(stream, "mallory"))[0] == 403


@pytest.mark.parametrize("actor", ["alice", "bob", "carol", "mallory"])
@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson", "text/html"])
def test_without_the_service_nobody_gets_anything(
    content_type: str, actor: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = ask(answering(RAW, content_type), actor)

    assert (response.status_code, json.loads(response.content)["reason"]) == (503, "unavailable")
    assert CANARY not in response.serialize()
    assert (actor in caplog.text, "6789" in caplog.text, "unreachable" in caplog.text) == (False, False, True)


def test_a_key_that_is_refused_shows_the_reader_nothing_of_that(acme: Workspace, settings: Settings) -> None:
    settings.PRIVACY_CLIENT = {**settings.PRIVACY_CLIENT, "key": "wrong"}
    response = ask(answering())

    assert (response.status_code, json.loads(response.content)["reason"]) == (503, "unavailable")


def test_nobody_signed_in_is_a_stranger(acme: Workspace) -> None:
    request = RequestFactory().get("/api/customers")

    assert PrivacyMiddleware(answering())(request).status_code == 403  # type: ignore[union-attr]


@pytest.mark.parametrize("actor", [lambda _: "", lambda _: 1 / 0, lambda _: "bob\n", lambda _: None])
def test_a_reader_who_cannot_be_told_gets_nothing(settings: Settings, actor: object) -> None:
    settings.PRIVACY_CLIENT = {**settings.PRIVACY_CLIENT, "actor": actor}

    assert ask(answering(), "carol").status_code == 503


def workspace_in_path(request: HttpRequest) -> str:
    """Return the workspace that a path begins with."""
    return request.path.split("/")[1]


def test_functions_may_say_who_reads_and_where(acme: Workspace, settings: Settings) -> None:
    settings.PRIVACY_CLIENT = {
        **settings.PRIVACY_CLIENT,
        "workspace": f"{__name__}.workspace_in_path",
        "actor": lambda request: f"id-{request.user.email.partition('@')[0]}",
    }

    assert ask(answering(), "carol", path="/acme/customers").content == RAW
    assert ask(answering(), path="/acme/customers").content == MASKED
    assert ask(answering(), path="/nowhere/customers").status_code == 503


def test_rules_say_what_else_passes_and_where_nobody_looks(acme: Workspace, settings: Settings) -> None:
    settings.PRIVACY_CLIENT = {
        **settings.PRIVACY_CLIENT,
        "media_types": {"image/*": "pass", "image/svg+xml": "block", "text/html": "pass", "text/css": "block"},
        "paths": ["/api/"],
        "exempt": ["/api/login"],
        "headers": ["Link"],
    }

    statuses = {kind: ask(answering(RAW, kind)).status_code for kind in ("image/png", "image/svg+xml", "text/css")}
    assert statuses == {"image/png": 200, "image/svg+xml": 503, "text/css": 503}
    assert ask(answering(RAW, "text/html")).content == RAW
    assert ask(answering(), path="/api/login").content == RAW
    assert ask(answering(), path="/other").content == RAW
    assert ask(answering(Link="</next>"))["Link"] == "</next>"
    assert ask(answering(), path="/api/loggin").content == MASKED


@pytest.mark.parametrize(
    "given",
    [
        None,
        {"url": "http://x", "key": "k"},
        {"url": "http://x", "key": "k", "workspace": "acme", "typo": 1},
        {"url": "x", "key": "k", "workspace": "acme"},
        {"url": "http://x", "key": "k", "workspace": "acme", "actor": 7},
        {"url": "http://x", "key": "k", "workspace": "acme", "options": {"retries": 7}},
        {"url": "http://x", "key": "k", "workspace": "acme", "media_types": {"image": "pass"}},
        {"url": "http://x", "key": "k", "workspace": "acme", "media_types": {"image/*": "allow"}},
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start_with_a_sentence(settings: Settings, given: object) -> None:
    settings.PRIVACY_CLIENT = given

    with pytest.raises(ImproperlyConfigured, match="PRIVACY_CLIENT"):
        guard()


class AsCarol(BaseAuthentication):
    """A backend's own authentication, inside of its views."""

    def authenticate(self, request: Request) -> tuple[object, None]:
        """Say who it is."""
        name = request.headers["X-User"]
        return SimpleNamespace(is_authenticated=True, email=f"{name}@example.com", get_username=lambda: name), None


class MaskedJson(MaskedRendererMixin, JSONRenderer):
    """JSON as the reader may see it."""


class Customers(APIView):
    """A view of the backend."""

    authentication_classes = (AsCarol,)
    renderer_classes = (MaskedJson,)

    def get(self, request: Request) -> Response:
        """Return a customer."""
        del request
        return Response(json.loads(RAW))


def test_a_renderer_guards_its_views_for_whom_they_let_in(acme: Workspace) -> None:
    def rendered(request: HttpRequest) -> Any:
        return Customers.as_view()(request).render()

    views: list[Any] = [rendered, PrivacyMiddleware(rendered)]
    for view in views:
        answers = [view(RequestFactory().get("/", headers={"X-User": who})) for who in ("bob", "carol", "mallory")]
        assert [one.status_code for one in answers] == [200, 200, 403]
        assert [one.content for one in answers[:2]] == [MASKED, RAW]

    ship()
    sent = AuditRecord.objects.decisions().filter(endpoint="mask").count()
    assert sent == 2  # For bob, once by each: what the renderer has masked the middleware leaves alone.


def test_a_renderer_without_its_service_renders_503() -> None:
    response = Customers.as_view()(RequestFactory().get("/", headers={"X-User": "carol"})).render()

    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert CANARY not in response.serialize()


def test_a_page_around_masked_json_is_still_looked_at(acme: Workspace) -> None:
    class Page(JSONRenderer):
        media_type = "text/html"

        def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
            """Show the masked JSON, and beside it what it was made from."""
            return MaskedJson().render(data, accepted_media_type, renderer_context) + RAW

    class Paged(Customers):
        renderer_classes = (Page,)  # type: ignore[assignment]

    view = PrivacyMiddleware(lambda request: Paged.as_view()(request).render())
    response: Any = view(RequestFactory().get("/", headers={"X-User": "bob"}))

    assert CANARY not in response.serialize()


def test_a_request_keeps_its_names_on_the_way_to_the_service(acme: Workspace) -> None:
    ask(answering(), traceparent=TRACEPARENT, X_Request_Id="a" * 32)

    ship()
    assert AuditRecord.objects.decisions().count() == 2
