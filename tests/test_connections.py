"""A connection ends with its answer, and the answer says so, where the body of the request was not read."""

import asyncio
import io
from typing import Any

import pytest

from privacy_service.connections import Message, Receive, Send, ending, ending_asgi

BODY = b"one\ntwo\nthree"
_CLOSED = ("Connection", "close")


class Stream(io.BytesIO):
    """A body as granian gives it: without a size it is asked for all, and a size is none below zero."""

    def read(self, size: int = 1 << 20, /) -> bytes:  # type: ignore[override]
        """Read like a file, but for that."""
        assert size >= 0
        return super().read(size)

    def readline(self, size: int = 1 << 20, /) -> bytes:  # type: ignore[override]
        """Read like a file, but for that."""
        assert size >= 0
        return super().readline(size)


def answer_after(read: Any, **environ: str) -> list[tuple[str, str]]:
    """Return the headers of an answer that begins once so much of a body was read."""
    given = {"wsgi.input": Stream(BODY), "CONTENT_LENGTH": str(len(BODY)), **environ}
    headers: list[tuple[str, str]] = []
    start = ending(given, lambda _status, told, _exc_info=None: headers.extend(told))  # type: ignore[arg-type]
    read(given["wsgi.input"])
    start("200 OK", [("Content-Length", "0")])
    return headers


def nothing_of(_: io.BytesIO) -> None:
    """Read nothing."""


@pytest.mark.parametrize(
    "read",
    [
        lambda stream: stream.read(),
        lambda stream: (stream.read(4), stream.readline(), stream.read(100)),
        lambda stream: stream.readlines(),
        list,
    ],
)
def test_a_connection_is_kept_once_the_body_was_read(read: Any) -> None:
    assert _CLOSED not in answer_after(read)


@pytest.mark.parametrize("read", [nothing_of, lambda stream: stream.read(4), lambda stream: stream.readline()])
def test_a_connection_ends_where_some_of_the_body_is_left(read: Any) -> None:
    assert answer_after(read)[-1] == _CLOSED


def test_the_server_for_development_is_not_told() -> None:
    assert _CLOSED not in answer_after(nothing_of, SERVER_SOFTWARE="WSGIServer/0.2")


def test_without_a_body_there_is_nothing_to_read() -> None:
    for none in ("", "0"):
        assert _CLOSED not in answer_after(nothing_of, CONTENT_LENGTH=none)


def test_a_length_that_is_none_and_a_body_in_chunks_end_the_connection() -> None:
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}

    assert answer_after(nothing_of, **chunked)[-1] == _CLOSED
    assert answer_after(nothing_of, CONTENT_LENGTH="many")[-1] == _CLOSED


def headers_after(messages: list[Message], *, receives: int, announced: bytes = b"7") -> list[tuple[bytes, bytes]]:
    """Return the headers of an asynchronous answer that begins after so many messages of the body."""
    sent: list[Message] = []

    async def application(scope: object, receive: Receive, send: Send) -> None:
        for _ in range(receives):
            await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return messages.pop(0)

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"content-length", announced)]}

    async def ask() -> None:
        await ending_asgi(application)(scope, receive, keep)

    asyncio.run(ask())
    headers: list[tuple[bytes, bytes]] = sent[0]["headers"]
    return headers


@pytest.mark.parametrize(("receives", "closed"), [(0, True), (1, True), (2, False)])
def test_the_gateway_does_the_same(receives: int, closed: bool) -> None:
    body: list[Message] = [
        {"type": "http.request", "body": b"one", "more_body": True},
        {"type": "http.request", "body": b"more", "more_body": False},
    ]

    assert ((b"connection", b"close") in headers_after(body, receives=receives)) is closed


def test_the_gateway_keeps_a_connection_without_a_body() -> None:
    assert headers_after([], receives=0, announced=b"0") == []
