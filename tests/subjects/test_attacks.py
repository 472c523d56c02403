"""What somebody may try with addresses, answers and ids: each is refused, and nothing of the person gets out."""

import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis
import zstandard
from django.conf import settings as installed
from django.utils import timezone
from pytest_django import Settings

from privacy_service.jobs.lakes.matching import Matching, People
from privacy_service.subjects.destinations import KINDS, sending
from privacy_service.subjects.destinations.base import Done, Driver, NotDone, Refused, Subject, TryAgain
from privacy_service.subjects.destinations.http_api import HttpApi
from privacy_service.subjects.destinations.redis_store import RedisStore
from privacy_service.subjects.destinations.sql import SqlTables
from privacy_service.subjects.destinations.webhook import Webhook
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import open_request
from privacy_service.subjects.models import Callback, ControllerRequest, Wish
from privacy_service.subjects.opendsr import telling
from tests.backend import Backend, Handler, slowly
from tests.shop import rows_in
from tests.subjects.conftest import DORA_HERSELF
from workspaces.models import User, Workspace

INSIDE = [
    "127.0.0.1",
    "localhost",
    "0.0.0.0",  # noqa: S104 - an address that is tried.
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "2130706433",
    "0x7f000001",
    "127.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fd00::1]",
    "[fe80::1]",
]
WAYS: dict[str, Callable[[str], tuple[dict[str, Any], dict[str, str]]]] = {
    "http": lambda host: ({"url": f"http://{host}:1/{{user_id}}"}, {}),
    "webhook": lambda host: ({"url": f"http://{host}:1/"}, {}),
    "opendsr": lambda host: ({"url": f"http://{host}:1/v2"}, {}),
    "redis": lambda host: ({"keys": ["{user_id}"]}, {"url": f"redis://{host}:1/0"}),
    "sql": lambda host: (
        {"tables": [{"name": "people", "match": {"user_id": "id"}}]},
        {"url": f"postgresql://user:password@{host}:1/shop"},
    ),
}


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("kind", WAYS)
def test_no_system_may_lie_inside_unless_a_setting_says_so(settings: Settings, kind: str, host: str) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = []
    driver = KINDS[kind].open(*WAYS[kind](host))

    with pytest.raises(NotDone) as refused:
        driver.delete(DORA_HERSELF)

    assert isinstance(refused.value, Refused) or "has no address" in refused.value.problem
    assert "canary" not in refused.value.problem


@pytest.fixture
def here(settings: Settings) -> None:
    """Allow this machine."""
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]


def calling(backend: Backend, path: str, **more: Any) -> HttpApi:
    """Return an API that is asked about a user id."""
    return HttpApi({"url": f"{backend.url}{path}/{{user_id}}"} | more, {"client_id": "us", "client_secret": "secret"})


METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_whoever_sends_it(here: None, backend: Backend, status: int) -> None:
    for path in ("/users/9", "/hook", "/token", "/v2/requests"):
        backend.on(path, status=status, Location=METADATA)
    drivers: list[Driver] = [
        calling(backend, "/users"),
        calling(backend, "/other", token={"url": f"{backend.url}/token"}),
        Webhook({"url": f"{backend.url}/hook"}, {}),
    ]

    for driver in drivers:
        with pytest.raises(Refused, match="points elsewhere"):
            driver.delete(DORA_HERSELF)
    assert [one.path for one in backend.asked] == ["/users/9", "/token", "/hook"]


def test_a_name_that_leads_inside_the_second_time_is_not_asked_a_second_time(
    here: None, backend: Backend, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = socket.getaddrinfo, list[object]()

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        led_to = "127.0.0.1" if asked.count("rebinding.example.com") <= 1 else "127.9.9.9"
        return real(led_to if host == "rebinding.example.com" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.1/32"]
    backend.on("/users/9", status=204)
    port = httpx.URL(backend.url).port

    done = HttpApi({"url": f"http://rebinding.example.com:{port}/users/{{user_id}}"}, {}).delete(DORA_HERSELF)

    assert (done.code, asked.count("rebinding.example.com")) == (204, 1)
    assert backend.asked[0].header("Host") == f"rebinding.example.com:{port}"


def test_a_controllers_callback_reaches_nothing_inside_and_follows_nothing(
    workspace: Workspace, alice: User, backend: Backend, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "sign", lambda _: "signature")
    opened, _ = open_request(workspace, Wish.DELETE_ONLY, DORA_HERSELF.identifiers)
    asked = ControllerRequest.objects.create(
        workspace=workspace, controller=alice, number=uuid4(), version=2, body=b"", request=opened,
        callbacks=[METADATA, f"{backend.url}/away"], starts_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    backend.on("/away", status=302, Location=METADATA)

    settings.PRIVACY_SUBJECTS_NETWORKS = []
    telling.tell([asked], "completed")
    telling.tell_controllers(10)
    closed = {one.problem.partition(":")[0] for one in Callback.objects.all()}
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    Callback.objects.update(next_try_at=timezone.now())
    telling.tell_controllers(10)

    assert closed == {"Its address is not allowed"}
    assert [one.path for one in backend.asked] == ["/away"]
    assert "It points elsewhere, where nobody allowed to go." in Callback.objects.values_list("problem", flat=True)


def dripping(handler: Handler) -> None:
    """Answer a byte now and then, without end."""
    handler.head(200, {"Transfer_Encoding": "chunked"})
    for _ in range(100):
        handler.chunk(b"x")
        time.sleep(0.02)


def dripping_its_head(handler: Handler) -> None:
    """Begin an answer, and send a header now and then, without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        handler.wfile.write(b"X-%d: x\r\n" % number)
        time.sleep(0.04)


@pytest.mark.parametrize("how", [slowly(5), dripping, dripping_its_head])
def test_a_webhook_that_never_answers_is_left_after_its_time(
    here: None, backend: Backend, monkeypatch: pytest.MonkeyPatch, how: Callable[[Handler], None]
) -> None:
    monkeypatch.setattr(sending, "ANSWER_SECONDS", 0.2)
    backend.does("/hook", how)
    began = time.monotonic()

    with pytest.raises(TryAgain, match="did not answer in time"):
        Webhook({"url": f"{backend.url}/hook"}, {}).delete(DORA_HERSELF)

    assert time.monotonic() - began < 2


BOMB = zstandard.compress(b"0" * 50_000_000)
BODIES: list[tuple[str, bytes, dict[str, str]]] = [
    ("an error", b'{"status": "error", "who": "canary"}', {}),
    ("another type", b'{"status": {"ok": "true"}}', {}),
    ("no object", b'["done"]', {}),
    ("nothing", b"", {}),
    ("a page", b"<html>canary</html>", {"Content_Type": "text/html"}),
    ("what unpacks to fifty megabytes", BOMB, {"Content_Encoding": "zstd"}),
]


@pytest.mark.parametrize(("body", "headers"), [one[1:] for one in BODIES], ids=[one[0] for one in BODIES])
def test_two_hundred_with_a_body_that_says_otherwise_is_not_done(
    here: None, backend: Backend, body: bytes, headers: dict[str, str]
) -> None:
    backend.on("/users/9", body, 200, **headers)
    api = calling(backend, "/users", success={"pointer": "/status/ok", "equals": True})

    with pytest.raises(Refused) as refused:
        api.delete(DORA_HERSELF)

    assert (refused.value.code, "canary" in refused.value.problem) == (200, False)


AWKWARD = [
    "9' OR '1'='1",
    "9'; DROP TABLE people; --",
    '9"; DELETE FROM orders; --',
    "9) OR (1=1",
    "9 UNION SELECT 1",
    "%",
    "_",
    "*",
    "?",
    "[0-9]",
    "\\*",
    "../1",
    "..%2f1",
    "1/../9",
    "1?admin=true#x",
    "1\r\nX-Evil: yes",
    "{email}",
    "{user_id}",
    "{settings.SECRET_KEY}",
    "${jndi:ldap://x}",
    "\U0001d7d9",
    "\uff11",  # A full-width digit is no 1.
]


STEPS = [".", ".."]


def awkward(value: str) -> Subject:
    return Subject((Identifier(Kind.USER_ID, value), Identifier(Kind.EMAIL, value)))


def test_no_id_is_anything_but_an_id_to_a_database(shop: str) -> None:
    tables = [{"name": "orders", "match": {"user_id": "person"}}, {"name": "people", "match": {"email": "email"}}]
    driver = SqlTables({"tables": tables}, {"url": shop})

    answers = [driver.delete(awkward(value)) for value in AWKWARD]

    assert {tuple(one.counts.values()) for one in answers} == {(0, 0)}
    assert (len(rows_in(shop, "people")), len(rows_in(shop, "orders"))) == (2, 3)


def test_no_id_is_a_pattern_to_a_redis(settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    with redis.Redis.from_url(installed.REDIS_URL) as store:
        store.set("attack:1:cart", "eve's")
        driver = RedisStore({"keys": ["attack:{user_id}:*"]}, {"url": installed.REDIS_URL})

        answers = [driver.delete(awkward(value)) for value in AWKWARD]
        left = store.exists("attack:1:cart")
        store.delete("attack:1:cart")

    assert ({one.counts["attack:{user_id}:*"] for one in answers}, left) == ({0}, 1)


def test_nobody_is_known_by_a_phone_without_digits(settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    nobody = Subject((Identifier(Kind.PHONE, "n/a"),))
    people = People([nobody, DORA_HERSELF], Matching({Kind.PHONE: ("phone",), Kind.USER_ID: ("id",)}))
    with redis.Redis.from_url(installed.REDIS_URL) as store:
        store.xadd("attack:calls", {"phone": "unknown", "who": "a stranger"})

        done = RedisStore({"streams": ["attack:calls"]}, {"url": installed.REDIS_URL}).delete(nobody)
        left = store.xlen("attack:calls")
        store.delete("attack:calls")

    assert (done.counts, left, nobody.named_by(Kind).identifiers) == ({"attack:calls": 0}, 1, ())
    assert (people.whose({"phone": "unknown"}), people.whose({"phone": "-", "id": 9})) == (None, 1)


def test_no_id_leaves_its_place_in_an_address_or_a_body(here: None, backend: Backend) -> None:
    backend.on("/erase", b"{}")
    options = {"method": "POST", "url": f"{backend.url}/erase?of={{user_id}}&by=us", "body": {"id": "{user_id}"}}
    hook = Webhook({"url": f"{backend.url}/erase"}, {})

    done = [driver.delete(awkward(value)) for value in AWKWARD for driver in (HttpApi(options, {}), hook)]

    assert done == [Done(200, {"calls": 1}), Done(200, {"events": 1})] * len(AWKWARD)
    for value, called, told in zip(AWKWARD, backend.asked[::2], backend.asked[1::2], strict=True):
        query = httpx.QueryParams(called.path.partition("?")[2])
        assert (dict(query), called.path.partition("?")[0]) == ({"of": value, "by": "us"}, "/erase")
        assert (httpx.Response(200, content=called.body).json(), called.header("X-Evil")) == ({"id": value}, None)
        assert httpx.Response(200, content=told.body).json()["userId"] == value


@pytest.mark.parametrize("value", STEPS)
@pytest.mark.parametrize("path", ["/v1/users/{user_id}", "/v1/users/{user_id}/data", "/v1/users/{user_id}?hard=true"])
def test_nobody_called_by_a_step_has_the_folder_deleted_instead(
    here: None, backend: Backend, path: str, value: str
) -> None:
    driver = HttpApi({"url": f"{backend.url}{path}"}, {})

    with pytest.raises(Refused, match="name others"):
        driver.delete(awkward(value))

    assert backend.asked == []


def test_an_awkward_id_stays_one_part_of_the_path(here: None, backend: Backend) -> None:
    driver = HttpApi({"url": f"{backend.url}/v1/users/{{user_id}}", "expects": [404, 500]}, {})

    for value in AWKWARD:
        driver.delete(awkward(value))

    assert {one.path.count("/") for one in backend.asked} == {3}
    assert all(one.path.startswith("/v1/users/") and one.path != "/v1/users/" for one in backend.asked)
