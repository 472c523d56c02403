"""The ASGI middleware, around applications of a backend, with a real service behind it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import httpx
import pytest

from privacy_service.client import AsyncPrivacyClient, Reading
from privacy_service.client.asgi import Application, Message, PrivacyMiddleware, Receive, Scope, Send
from privacy_service.client.guarding import Rules
from privacy_service.client.lines import PAUSE_SECONDS
from privacy_service.rollout import release
from tests.client.answering import Service, asynchronous, decided, masked, problem
from tests.client.bodies import CANARY, KINDS, MASKED, RAW, WITHHELD
from tests.services import free_port
from workspaces.models import Workspace

LINE, MASKED_LINE = RAW + b"\n", MASKED + b"\n"
LINES = "application/x-ndjson"


def reading_of(scope: Scope) -> Reading:
    """Return who reads; the application's own middleware has put it there."""
    return Reading("acme", f"{scope['user']}@example.com")


def answering(
    *pieces: bytes,
    content_type: str = "application/json",
    status: int = 200,
    seen: list[Scope] | None = None,
    **more: str,
) -> Application:
    """Return an application that answers so."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        named = dict(scope["headers"])
        scope["user"] = named.get(b"x-user", b"").decode()
        if seen is not None:
            seen.append(scope)
        headers = {**({"content-type": content_type} if content_type else {}), **more}
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    return app


def asked(url: str, key: str, work: Callable[[AsyncPrivacyClient], Coroutine[Any, Any, Any]]) -> Any:
    """Do something with a client of the service, and return what comes of it."""

    async def run() -> Any:
        async with AsyncPrivacyClient(url, key=key) as client:
            return await work(client)

    return asyncio.run(run())


async def got(app: Application, actor: str = "bob", method: str = "GET", **headers: str) -> httpx.Response:
    """Return what a reader gets from an application."""
    named = {"X-User": actor} | {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://backend.test") as browser:
        return await browser.request(method, "/api/customers", headers=named | {"Accept-Encoding": ""})


def test_four_readers_get_four_answers_and_every_kind_is_handled(acme: Workspace, service_url: str, key: str) -> None:
    async def work(client: AsyncPrivacyClient) -> None:
        def guarded(*pieces: bytes, **said: Any) -> Application:
            return PrivacyMiddleware(answering(*pieces, **said), client, reading_of)

        readers = {actor: await got(guarded(RAW[:9], RAW[9:]), actor) for actor in ("alice", "bob", "carol", "mallory")}
        assert [(one.status_code, one.content) for one in readers.values()][:3] == [
            (200, RAW),
            (200, MASKED),
            (200, RAW),
        ]
        assert (readers["mallory"].status_code, readers["mallory"].json()["reason"]) == (403, "not-a-member")

        kinds = []
        for content_type, encoding, raw, _ in KINDS:
            answer = await got(guarded(raw[:7], raw[7:], content_type=content_type, **_encoded(encoding)))
            kinds.append((answer.headers["content-type"], encoding, raw, answer.content))
            assert answer.headers["cache-control"] == "private, no-store"
        assert kinds == KINDS

        withheld = []
        for content_type, encoding, raw, _ in WITHHELD:
            said = _encoded(encoding) | {"set_cookie": "6789", "x_customer": "6789"}
            answer = await got(guarded(raw, content_type=content_type, **said))
            withheld.append((content_type, encoding, raw, answer.json()["reason"]))
            assert answer.status_code == 503
            assert CANARY not in answer.content + str(answer.headers).encode()
        assert withheld == WITHHELD

        tagged = {"etag": '"1"', "last_modified": "x", "content_length": "36", "x_customer": "6789", "vary": "Origin"}
        as_bob = await got(guarded(RAW, **tagged))
        assert sorted(as_bob.headers) == ["cache-control", "content-length", "content-type", "vary"]
        assert (await got(guarded(RAW, **tagged), "carol")).headers["etag"] == '"1"'
        assert not {"etag", "content-length"} & set((await got(guarded(**tagged), method="HEAD")).headers)

    asked(service_url, key, work)


def _encoded(encoding: str) -> dict[str, str]:
    return {"content_encoding": encoding} if encoding else {}


def test_before_the_release_nothing_changes(acme: Workspace, service_url: str, key: str) -> None:
    release.turn_off()

    async def work(client: AsyncPrivacyClient) -> None:
        for content_type, encoding, raw, _ in KINDS + WITHHELD:
            app = answering(raw, content_type=content_type, etag='"1"', x_encoding=encoding)
            before, after = await got(app, "mallory"), await got(PrivacyMiddleware(app, client, reading_of), "mallory")
            assert (after.content, after.headers) == (before.content, before.headers)

    asked(service_url, key, work)


@pytest.mark.parametrize("actor", ["alice", "bob", "carol", "mallory"])
@pytest.mark.parametrize("content_type", ["application/json", LINES, "text/html"])
def test_without_the_service_nobody_gets_anything(actor: str, content_type: str) -> None:
    async def work(client: AsyncPrivacyClient) -> httpx.Response:
        return await got(PrivacyMiddleware(answering(RAW, content_type=content_type), client, reading_of), actor)

    answer = asked(f"http://127.0.0.1:{free_port()}", "key", work)

    assert (answer.status_code, answer.json()["reason"]) == (503, "unavailable")
    assert CANARY not in answer.content


@pytest.mark.parametrize(
    "reading",
    [lambda _: Reading("acme", ""), lambda scope: scope["nobody"], lambda _: None, lambda _: Reading("acme", "a\n")],
)
def test_a_reader_who_cannot_be_told_gets_nothing(reading: Any) -> None:
    service = Service(decided("pass", "role-grants-pii"))
    app = PrivacyMiddleware(answering(RAW), asynchronous(service), reading)

    answer = asyncio.run(got(app))

    assert (answer.status_code, service.asked) == (503, [])
    assert CANARY not in answer.content


def test_who_reads_may_be_asked_of_a_coroutine() -> None:
    async def reading(scope: Scope) -> Reading:
        return reading_of(scope)

    app = PrivacyMiddleware(answering(RAW), asynchronous(Service(decided(), masked(MASKED))), reading)

    assert asyncio.run(got(app)).content == MASKED


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_is_left_alone_and_nobody_is_asked(status: int) -> None:
    service = Service(problem(503, "unavailable"))
    app = PrivacyMiddleware(answering(status=status, etag='"1"'), asynchronous(service), reading_of)

    answer = asyncio.run(got(app))

    assert (answer.status_code, answer.headers["etag"], service.asked) == (status, '"1"', [])


def test_an_empty_redirect_is_left_alone() -> None:
    app = PrivacyMiddleware(
        answering(status=302, location="/x", content_type="text/html"),
        asynchronous(Service(httpx.ConnectError)),
        reading_of,
    )

    assert asyncio.run(got(app)).headers["location"] == "/x"


def test_rules_say_what_passes_and_where_nobody_looks() -> None:
    def guarded(content_type: str, rules: Rules) -> Application:
        service = Service(decided())
        return PrivacyMiddleware(
            answering(RAW, content_type=content_type), asynchronous(service), reading_of, rules=rules
        )

    pictures = Rules({"image/*": "pass"})
    assert asyncio.run(got(guarded("image/png", pictures))).status_code == 200
    assert asyncio.run(got(guarded("text/html", pictures))).status_code == 503
    assert asyncio.run(got(guarded("text/html", Rules(paths=("/other",))))).status_code == 200
    assert asyncio.run(got(guarded("text/html", Rules(exempt=("/api/",))))).status_code == 200


def test_the_application_is_asked_for_the_whole_and_offered_no_way_around() -> None:
    seen: list[Scope] = []
    app = PrivacyMiddleware(answering(RAW, seen=seen), asynchronous(Service(decided(), masked(MASKED))), reading_of)

    async def with_extensions(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {"http.response.pathsend": {}, "tls": {}}}, receive, send)

    answer = asyncio.run(got(with_extensions, Range="bytes=0-3", If_None_Match='"1"'))

    [scope] = seen
    assert (answer.content, scope["extensions"]) == (MASKED, {"tls": {}})
    assert not {b"range", b"if-none-match"} & {name.lower() for name, _ in scope["headers"]}


def test_lines_are_masked_while_they_flow() -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", LINES.encode())]})
        for _ in range(2):
            await send({"type": "http.response.body", "body": LINE, "more_body": True})
            assert sent[-1]["body"] == MASKED_LINE
            await asyncio.sleep(PAUSE_SECONDS)
        await send({"type": "http.response.body", "body": RAW})

    run(
        app,
        Service(decided(max_age=60), masked(MASKED_LINE, LINES), masked(MASKED_LINE, LINES), masked(MASKED, LINES)),
        sent,
    )

    bodies = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert bodies == [MASKED_LINE, MASKED_LINE, MASKED, b""]


def run(app: Application, service: Service, sent: list[Message]) -> None:
    """Run one request of bob through the middleware, keeping what goes out."""

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    def reading(_: Scope) -> Reading:
        return Reading("acme", "bob@example.com")

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(PrivacyMiddleware(app, asynchronous(service, tries=1), reading)(scope, receive, send))


def test_a_stream_that_can_no_longer_be_masked_breaks_off_even_if_the_application_does_not_mind() -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", LINES.encode())]})
        for _ in range(3):
            await asyncio.sleep(PAUSE_SECONDS)
            with suppress(Exception):  # An application that does not mind.
                await send({"type": "http.response.body", "body": LINE, "more_body": True})

    service = Service(decided(max_age=60), masked(MASKED_LINE, LINES), problem(503, "unavailable"))
    with pytest.raises(Exception, match="unavailable"):
        run(app, service, sent)

    assert [message.get("body") for message in sent] == [None, MASKED_LINE]
    assert not any(message.get("more_body") is False for message in sent)


def websocket(answer: httpx.Response) -> list[str]:
    """Return what becomes of a websocket of a reader who is decided upon so."""
    sent: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    async def send(message: Message) -> None:
        sent.append(message["type"])

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    def reading(_: Scope) -> Reading:
        return Reading("acme", "bob")

    scope: Scope = {"type": "websocket", "path": "/", "headers": []}
    asyncio.run(PrivacyMiddleware(app, asynchronous(Service(answer), tries=1), reading)(scope, receive, send))
    return sent


def test_a_websocket_is_for_those_who_see_everything() -> None:
    assert websocket(decided("pass", "not-released")) == ["websocket.accept"]
    assert websocket(decided("mask")) == ["websocket.close"]
    assert websocket(decided("deny", "not-a-member")) == ["websocket.close"]
    assert websocket(problem(503, "unavailable")) == ["websocket.close"]


def test_what_is_no_request_goes_to_the_application() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> Any:
        return {}

    asyncio.run(
        PrivacyMiddleware(app, asynchronous(Service(httpx.ConnectError)), reading_of)(
            {"type": "lifespan"}, nothing, nothing
        )
    )

    assert seen == ["lifespan"]


def test_a_body_of_a_problem_names_no_reader() -> None:
    app = PrivacyMiddleware(answering(RAW), asynchronous(Service(decided("deny", "not-a-member"))), reading_of)
    answer = asyncio.run(got(app, "mallory"))

    assert "mallory" not in json.dumps(answer.json()) + str(answer.headers)
