"""Which headers cross, and what of an answer is said beside its body."""

import json

from pytest_django import Settings

from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from privacy_service.gateway.models import Upstream
from privacy_service.rollout import release
from tests.backend import Backend
from tests.gateway.conftest import Asker
from workspaces.models import Workspace

RAW = b'{"ssn": "123-45-6789"}'
JSON = "application/json"


def test_a_request_goes_on_as_it_came_but_for_credentials_and_the_connections_own(
    asker: Asker, backend: Backend, key: str
) -> None:
    backend.on("/api/a%20b", RAW, Content_Type=JSON)

    asker.ask(
        "/a%20b?q=%41&q=b%2Fc",
        "carol",
        method="POST",
        body=b'{"ssn": "123-45-6789"}',
        Connection="close, X-Hop",
        X_Hop="1",
        Keep_Alive="5",
        TE="trailers",
        Trailer="X-Sum",
        Proxy_Authorization="Basic eA==",
        X_Forwarded_For="203.0.113.9",
        Forwarded="for=203.0.113.9",
        Cookie="sessionid=ours; theirs=1; csrftoken=ours",
        X_Thing="kept",
        Range="bytes=0-3",
    )

    [asked] = backend.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/api/a%20b?q=%41&q=b%2Fc", b'{"ssn": "123-45-6789"}')
    told = {name.lower(): value for name, value in asked.headers}
    assert told.pop("pii-request-id")
    assert told == {
        "host": backend.url.removeprefix("http://"),
        "x-actor": "carol@example.com",
        "content-length": "22",
        "cookie": "theirs=1",
        "x-thing": "kept",
        "range": "bytes=0-3",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "gateway.example",
        "x-forwarded-for": "192.0.2.7",
        "x-forwarded-prefix": "/gateway/acme/orders",
        "via": "1.1 privacy-gateway",
    }
    assert key not in str(asked)


def test_authorization_beside_an_api_key_is_the_upstreams_own(asker: Asker, backend: Backend, key: str) -> None:
    backend.on("/api/x", RAW, Content_Type=JSON)

    got = asker.ask("/x", "carol", X_Api_Key=key, Authorization="Basic dGhlaXJz")

    [asked] = backend.asked
    assert (got.status, asked.header("Authorization"), asked.header("X-Api-Key")) == (200, "Basic dGhlaXJz", None)


def test_behind_a_proxy_that_is_trusted_what_it_said_goes_on(
    asker: Asker, backend: Backend, settings: Settings
) -> None:
    settings.PRIVACY_GATEWAY_TRUST_PROXY = True
    backend.on("/api/x", RAW, Content_Type=JSON)

    asker.ask("/x", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https", X_Forwarded_Host="shop.example")

    [asked] = backend.asked
    assert asked.header("X-Forwarded-For") == "203.0.113.9, 192.0.2.7"
    assert (asked.header("X-Forwarded-Proto"), asked.header("X-Forwarded-Host")) == ("https", "shop.example")


def test_a_header_with_an_underscore_names_no_reader_and_goes_nowhere(asker: Asker, backend: Backend, key: str) -> None:
    backend.on("/api/x", RAW, Content_Type=JSON)
    headers = [(b"X-Api-Key", key.encode()), (b"X-Actor", b"bob@example.com"), (b"X_Actor", b"carol@example.com")]

    got = asker.send("GET", "/gateway/acme/orders/x", headers)

    assert b"45-6789" not in got.body
    assert backend.asked[0].header("X_Actor") is None


# --- Back to the reader ----------------------------------------------------------------------------------------------


def test_no_header_tells_what_the_body_hides(asker: Asker, backend: Backend) -> None:
    backend.on(
        "/api/x",
        RAW,
        Content_Type=f"{JSON}; note=123-45-6789",
        X_Customer_Ssn="123-45-6789",
        X_Note="ask bob.jones@mail.example about 123-45-6789",
        Set_Cookie="last=bob.jones@mail.example; Path=/api/x; Domain=backend.example; HttpOnly",
        Content_MD5="rL0Y20zC+Fzt72VPzMSk2A==",
        Digest="sha-256=abc",
        ETag='"md5-of-123-45-6789"',
        Last_Modified="Wed, 25 Nov 2026 10:00:00 GMT",
        Content_Disposition='attachment; filename="123-45-6789.json"',
        Link="<https://x.example/?ssn=123-45-6789>; rel=next",
        Location="/api/people/123-45-6789?ssn=123-45-6789#123-45-6789",
        Alt_Svc='h3="elsewhere:443"',
        PII_Decision="pass",
        X_Plain="kept",
    )

    got = asker.ask("/x")

    assert not any(word in str(got) for word in ("6789", "bob.jones", "rL0Y", "sha-256", "10:00:00", "elsewhere"))
    assert (got.header("pii-decision"), got.header("pii-reason")) == ("mask", "role-lacks-pii")
    assert (got.header("x-plain"), got.header("content-type")) == ("kept", JSON)
    assert str(got.header("location")).startswith("/gateway/acme/orders/people/***-**-****?ssn=")
    assert got.header("set-cookie") == "last=%3CEMAIL_ADDRESS%3E; HttpOnly; Path=/gateway/acme/orders/x"


def test_for_a_reader_of_everything_they_stay_but_for_what_leads_around_the_gateway(
    asker: Asker, backend: Backend
) -> None:
    backend.on("/api/x", RAW, Content_Type=JSON, ETag='"1"', X_Note="123-45-6789", Alt_Svc='h3=":443"', PII_Reason="x")

    got = asker.ask("/x", "carol")

    assert (got.header("etag"), got.header("x-note"), got.header("alt-svc")) == ('"1"', "123-45-6789", None)
    assert (got.header("pii-reason"), got.header("content-length")) == ("role-grants-pii", str(len(RAW)))


def test_nobody_between_may_keep_an_answer_made_for_one_reader(asker: Asker, backend: Backend) -> None:
    for said, expected in (("public, max-age=3600", "private, no-cache"), ("no-store", "private, no-store")):
        backend.on("/api/x", RAW, Content_Type=JSON, Cache_Control=said, Vary="Accept", Expires="tomorrow")
        for actor in ("bob", "carol"):
            got = asker.ask("/x", actor)

            assert (got.header("cache-control"), got.header("expires")) == (expected, None)
            assert str(got.header("vary")).startswith("Accept, Authorization, X-Api-Key, Actor, X-Actor")


def answers_to(backend: Backend) -> list[tuple[str | None, ...]]:
    names = ("If-None-Match", "If-Match", "If-Modified-Since", "Range", "If-Range")
    return [tuple(asked.header(name) for name in names) for asked in backend.asked]


def test_a_tag_opens_for_the_reader_who_got_it_and_only_as_long_as_they_see_the_same(
    asker: Asker, backend: Backend, acme: Workspace
) -> None:
    backend.on("/api/x", RAW, Content_Type=JSON, ETag='"v1"')
    tag = asker.ask("/x").header("etag") or ""
    backend.on("/api/x", b"", 304, ETag='"v1"')
    backend.asked.clear()

    again = asker.ask("/x", If_None_Match=tag, If_Modified_Since="Wed, 25 Nov 2026 10:00:00 GMT", Range="bytes=0-3")
    asker.ask("/x", If_None_Match='"v1"')
    asker.ask("/x", "carol", If_None_Match=tag)
    asker.ask("/x", method="PUT", body=b"{}", If_Match=tag)
    asker.ask("/x", method="PUT", body=b"{}", If_Match='"forged"')
    release.turn_off()
    asker.ask("/x", If_None_Match=tag)

    assert tag.startswith('W/"')
    assert (again.status, again.header("etag"), again.body) == (304, tag, b"")
    assert answers_to(backend) == [
        ('"v1"', None, None, None, None),
        (None, None, None, None, None),
        (tag, None, None, None, None),
        (None, '"v1"', None, None, None),
        (None, '"of-another-reader"', None, None, None),
        (tag, None, None, None, None),
    ]


def test_a_part_that_nobody_asked_for_is_refused_where_it_would_be_masked(asker: Asker, backend: Backend) -> None:
    backend.on("/api/x", b"45-6789", 206, Content_Type="text/plain", Content_Range="bytes 4-10/11")

    masked, passed = asker.ask("/x", Range="bytes=4-"), asker.ask("/x", "carol", Range="bytes=4-")

    assert (masked.status, passed.status, passed.body) == (502, 206, b"45-6789")


def test_answers_without_a_body_have_none(asker: Asker, backend: Backend) -> None:
    backend.on("/api/x", RAW, Content_Type=JSON, ETag='"v1"')
    backend.answers["/api/204"] = lambda handler: handler.head(204, {"X-Ssn": "123-45-6789"})

    head, passed, nothing = asker.ask("/x", method="HEAD"), asker.ask("/x", "carol", method="HEAD"), asker.ask("/204")

    assert [(one.status, one.body, one.is_whole) for one in (head, passed)] == [(200, b"", True)] * 2
    assert (head.header("content-length"), passed.header("content-length")) == (None, str(len(RAW)))
    assert (nothing.status, nothing.body, nothing.is_whole) == (204, b"", True)
    assert "45-6789" not in str(nothing)


def test_redirects_lead_through_the_gateway(asker: Asker, backend: Backend) -> None:
    cases = {
        "/api/a?b=1#c": "/gateway/acme/orders/a?b=1#c",
        "next": "/gateway/acme/orders/deep/next",
        "../up": "/gateway/acme/orders/up",
        f"{backend.url}/api": "/gateway/acme/orders",
        "//127.0.0.1:1/api/x": "http://127.0.0.1:1/api/x",
        "https://elsewhere.example/a": "https://elsewhere.example/a",
        "/outside": "/outside",
        "http://[broken": None,
    }
    for said, expected in cases.items():
        backend.on("/api/deep/x", b"", 302, Location=said)
        for actor in ("bob", "carol"):
            got = asker.ask("/deep/x", actor)

            assert (got.status, got.header("location")) == (302, expected)


# --- What is not passed on -------------------------------------------------------------------------------------------


def test_paths_that_two_servers_could_read_differently_are_refused(asker: Asker, backend: Backend) -> None:
    for path in ("/../x", "/a/..", "/./x", "/%2e%2e/x", "/a%2fb", "/a%5Cb", "/a\\b", "/%00", "/.%2e/x"):
        got = asker.ask(path)

        assert (path, got.status) == (path, 400)
    assert backend.asked == []


def test_what_is_not_there_is_said_to_be_so(asker: Asker, key: str, orders: Upstream) -> None:
    orders.is_active = False
    orders.save()
    cases = {
        "/gateway/acme/orders/x": (404, "unknown-upstream"),
        "/gateway/acme/nothing/x": (404, "unknown-upstream"),
        "/gateway/other/orders/x": (404, "unknown-workspace"),
        "/gateway/acme": (404, "no-such-path"),
        "/v1/workspaces/acme/mask": (404, "no-such-path"),
    }
    for path, expected in cases.items():
        got = asker.send("GET", path, [(b"X-Api-Key", key.encode()), (b"X-Actor", b"bob@example.com")])

        assert (got.status, json.loads(got.body)["reason"]) == expected
        assert got.header("content-type") == "application/problem+json"


def test_other_protocols_are_refused_politely(asker: Asker, backend: Backend) -> None:
    upgrade = asker.ask("/x", Connection="Upgrade", Upgrade="websocket")
    trace = asker.ask("/x", method="TRACE")

    assert (upgrade.status, json.loads(upgrade.body)["reason"]) == (501, "upgrade-refused")
    assert (trace.status, json.loads(trace.body)["reason"]) == (405, "method-not-allowed")
    assert backend.asked == []


def test_an_address_that_cannot_be_read_is_the_upstreams_mistake(asker: Asker, backend: Backend) -> None:
    backend.on("/api/x", b"", 302, Location="/api/a%00b")

    got = asker.ask("/x")

    assert (got.status, json.loads(got.body)["reason"]) == (502, "upstream-unreadable")


def test_cookies_stay_within_the_upstreams_path_and_never_touch_this_services_own(
    asker: Asker, backend: Backend
) -> None:
    cases = {
        "sid=4f1c; Path=/; Secure; SameSite=Lax; Domain=backend.example; Note=x": (
            "sid=4f1c; Secure; SameSite=Lax; Path=/gateway/acme/orders/"
        ),
        "sid=4f1c; Path=/api/a": "sid=4f1c; Path=/gateway/acme/orders/a",
        "sessionid=stolen; Path=/": None,
        "csrftoken=stolen": None,
    }
    for said, expected in cases.items():
        backend.on("/api/x", RAW, Content_Type=JSON, Set_Cookie=said)
        for actor in ("bob", "carol"):
            assert asker.ask("/x", actor).header("set-cookie") == expected


def test_a_request_keeps_the_name_that_its_caller_gives_it(asker: Asker, backend: Backend) -> None:
    backend.on("/api/x", RAW, Content_Type=JSON)
    name, trace = "0123456789abcdef" * 2, f"00-{'a1' * 16}-{'b2' * 8}-01"

    got = asker.ask("/x", PII_Request_Id=name, traceparent=trace)
    audit.ship()

    [asked] = backend.asked
    assert got.header("pii-request-id") == name
    assert (asked.header("PII-Request-Id"), asked.header("traceparent")) == (name, trace)
    assert AuditRecord.objects.decisions().get().detail == {"request_id": name, "trace_id": "a1" * 16}
