"""Calls and their answers: what is sent, what comes back, what is believed; the same for both clients."""

import asyncio
import traceback
from collections.abc import Callable

import httpx
import pytest

from privacy_service.client import (
    AccessDenied,
    BodyTooLarge,
    ContentType,
    Effect,
    InvalidBody,
    Masked,
    NotAuthenticated,
    PrivacyClient,
    PrivacyServiceError,
    RateExceeded,
    Reading,
    Refused,
    SignedReader,
    Unavailable,
    passing_on,
)
from tests.client.answering import BOB, MASKED, RAW, Service, asynchronous, blocking, masked, problem

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
Ask = Callable[..., Masked]


def ask_blocking(service: Service, reading: Reading = BOB, body: bytes = RAW, **options: object) -> Masked:
    """Ask the one client."""
    return blocking(service, **options).mask(reading, body)


def ask_asynchronous(service: Service, reading: Reading = BOB, body: bytes = RAW, **options: object) -> Masked:
    """Ask the other."""
    return asyncio.run(asynchronous(service, **options).mask(reading, body))


both = pytest.mark.parametrize("ask", [ask_blocking, ask_asynchronous])


@both
def test_a_payload_goes_out_with_key_and_reader_and_comes_back_masked(ask: Ask) -> None:
    service = Service(masked())

    answer = ask(service)

    [request] = service.asked
    sent = {name: request.headers[name] for name in ("authorization", "x-actor", "content-type")}
    assert str(request.url) == "http://privacy.test/v1/workspaces/acme/mask"
    assert sent == {"authorization": "Bearer key", "x-actor": "bob@example.com", "content-type": "application/json"}
    assert request.content == RAW
    assert answer == Masked(MASKED, "application/json", Effect.MASK, "role-lacks-pii", 3, {"US_SSN": 1}, "0" * 32)


@pytest.mark.parametrize(
    ("reading", "headers"),
    [
        (Reading("acme", "zoë@example.com"), {"x-actor": "zo%C3%AB@example.com"}),
        (Reading("acme", "50%@example.com"), {"x-actor": "50%@example.com"}),
        (Reading("acme", SignedReader("a.b.c")), {"x-actor-token": "a.b.c"}),
        (Reading("acme", "bob", source="crm"), {"x-actor": "bob", "pii-source": "crm"}),
    ],
)
def test_a_reader_is_named_in_a_header_that_arrives_as_it_was_meant(reading: Reading, headers: dict[str, str]) -> None:
    service = Service(masked())
    blocking(service).mask(reading, RAW)

    [request] = service.asked
    named = {"x-actor", "x-actor-token", "pii-source"} & set(request.headers)
    assert {name: request.headers[name] for name in named} == headers


@pytest.mark.parametrize("name", ["", "  ", "bob\r\nX-Actor: carol", "bob\x00"])
def test_a_reader_without_a_proper_name_is_refused_before_anything_is_sent(name: str) -> None:
    service = Service(masked())

    with pytest.raises(ValueError, match="no header can carry"):
        blocking(service).mask(Reading("acme", name), RAW)
    assert service.asked == []


def test_the_address_names_no_reader_since_addresses_end_in_logs() -> None:
    service = Service(httpx.Response(200, json={"effect": "mask", "reason": "r", "policy_version": 0, "max_age": 0}))
    blocking(service).decision(BOB)

    assert "bob" not in str(service.asked[0].url)


def test_a_key_and_a_token_are_not_shown_by_what_holds_them() -> None:
    client = PrivacyClient("http://privacy.test", key="very-secret")

    assert "secret" not in repr(vars(client)) + repr(SignedReader("very-secret"))


@both
def test_a_backend_says_which_system_it_is(ask: Ask) -> None:
    service = Service(masked())
    ask(service, system="orders")
    ask(service)

    assert [request.headers.get("pii-system") for request in service.asked] == ["orders; way=client", None]


@pytest.mark.parametrize("system", ["Orders", "orders; way=nginx", "a b", "a\r\nb", "a" * 81])
def test_a_system_without_a_proper_name_is_refused_at_once(system: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        blocking(Service(masked()), system=system)


@pytest.mark.parametrize(
    "url", ["privacy.test", "ftp://privacy.test", "http://", "http://a:b@privacy.test", "http://p?q"]
)
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"https://privacy\.example\.com"):
        PrivacyClient(url, key="key")


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (problem(400, "invalid-body", line=2, column=7), InvalidBody, "invalid-body"),
        (problem(400, "actor-missing"), Refused, "actor-missing"),
        (problem(401, "key-refused"), NotAuthenticated, "key-refused"),
        (problem(401, "actor-token-refused", check="exp"), NotAuthenticated, "actor-token-refused"),
        (problem(403, "not-a-member"), AccessDenied, "not-a-member"),
        (problem(403, "scope-missing"), Refused, "scope-missing"),
        (problem(404, "unknown-workspace"), Refused, "unknown-workspace"),
        (problem(413, "body-too-large"), BodyTooLarge, "body-too-large"),
        (problem(429, "rate-exceeded", retry_after="9999"), RateExceeded, "rate-exceeded"),
        (problem(500, "unavailable"), Unavailable, "unavailable"),
        (problem(503, "unavailable", retry_after="9999"), Unavailable, "unavailable"),
        (httpx.Response(502, text="<h1>Bad gateway</h1>"), Unavailable, "not-understood"),
        (httpx.Response(302, headers={"Location": "http://elsewhere.test/"}), Unavailable, "not-understood"),
        (
            httpx.Response(200, text="<h1>Please log in</h1>", headers={"Content-Type": "text/html"}),
            Unavailable,
            "not-understood",
        ),
        (httpx.Response(200, content=RAW, headers={"Content-Type": "application/json"}), Unavailable, "not-understood"),
        (masked(content_type="text/plain"), Unavailable, "not-understood"),
        (masked(PII_Decision="deny"), Unavailable, "not-understood"),
        (masked(PII_Policy="many"), Unavailable, "not-understood"),
        (httpx.ConnectError, Unavailable, "unreachable"),
        (httpx.ReadTimeout, Unavailable, "unreachable"),
        (httpx.RemoteProtocolError, Unavailable, "unreachable"),
    ],
)
@both
def test_whatever_is_not_an_answer_is_an_error_with_its_reason(
    ask: Ask, answer: httpx.Response, error: type[PrivacyServiceError], reason: str
) -> None:
    with pytest.raises(error) as raised:
        ask(Service(answer))

    assert (type(raised.value), raised.value.reason) == (error, reason)


def test_an_error_says_what_the_service_said_of_it() -> None:
    with pytest.raises(InvalidBody) as raised:
        blocking(Service(problem(400, "invalid-body", line=2, column=7))).mask(BOB, b"{")

    error = raised.value
    assert (str(error), error.status, error.request_id) == ("invalid-body: what to do", 400, "1" * 32)
    assert error.members == {"line": 2, "column": 7}


@pytest.mark.parametrize("answer", [httpx.ConnectError, httpx.Response(200, content=RAW), problem(503, "unavailable")])
@both
def test_no_error_holds_the_payload_nor_an_error_that_does(ask: Ask, answer: httpx.Response) -> None:
    with pytest.raises(Unavailable) as raised:
        ask(Service(answer), tries=1)

    error = raised.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert "45-6789" not in repr(vars(error)) + "".join(traceback.format_exception(error))


def test_every_kind_of_body_is_sent_as_what_it_is() -> None:
    for kind in ContentType:
        service = Service(masked(content_type=f"{kind}; charset=utf-8"))

        answer = blocking(service).mask(BOB, "ssn=123-45-6789", f"{kind}; charset=utf-8")

        assert service.asked[0].headers["content-type"] == f"{kind}; charset=utf-8"
        assert answer.body == MASKED


@both
def test_what_names_a_request_goes_on_with_every_call_made_for_it(ask: Ask) -> None:
    service = Service(masked())
    with passing_on(traceparent=TRACEPARENT, request_id="a" * 32):
        ask(service)
    ask(service)

    names = [(one.headers.get("traceparent"), one.headers.get("pii-request-id")) for one in service.asked]
    assert names == [(TRACEPARENT, "a" * 32), (None, None)]


@pytest.mark.parametrize(
    ("trace", "request_id"), [("nonsense", "bob@example.com"), ("00-1-2-3", "a" * 33), ("", "a\r\nb")]
)
def test_what_is_no_proper_name_of_a_request_is_not_passed_on(trace: str, request_id: str) -> None:
    service = Service(masked())
    with passing_on(traceparent=trace, request_id=request_id):
        blocking(service).mask(BOB, RAW)

    assert not {"traceparent", "pii-request-id"} & set(service.asked[0].headers)
