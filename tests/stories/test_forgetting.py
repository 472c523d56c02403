"""A person asks on the public form, is forgotten in six systems, and gets a certificate of it.

The systems: a PostgreSQL, a Redis, a lake of JSON Lines, an API, a processor of OpenDSR, and one that cannot.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import redis
from django.db import connection
from django.utils import timezone

from privacy_service.subjects.lifecycle import State
from privacy_service.subjects.models import Notice, NoticeSettings, SubjectForm, SubjectRequest
from tests.backend import Backend, Handler, slowly
from tests.certificates import Authority
from tests.factories import make_key, make_member, make_workspace
from tests.mails import Mails, receiving
from tests.shop import make_destination, rows_in, shop, shop_server
from tests.stories.conftest import Service, address_of, worker
from tests.stories.processor import HERE, processor
from workspaces.keys import Scope, issue_key
from workspaces.models import Membership, Workspace

__all__ = ["shop", "shop_server"]  # Fixtures.

DORA = "dora.canary@example.com"
QUICK = {
    "PRIVACY_SUBJECTS_NETWORKS": "127.0.0.0/8",
    "PRIVACY_SUBJECTS_RETRY_SECONDS": "0.5",
    "PRIVACY_SUBJECTS_LEASE_SECONDS": "3",
    "PRIVACY_MAIL_HOST": "127.0.0.1",
    "PRIVACY_MAIL_TLS": "false",
    "PRIVACY_MAIL_FOLDER": "",
}


def wait_for(what: Callable[[], object], log: Path, seconds: float = 60) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


@pytest.fixture
def mails() -> Iterator[Mails]:
    """Return what people get by mail."""
    with receiving() as mails:
        yield mails


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Return a folder of JSON Lines in which dora is one of two."""
    folder = tmp_path / "lake"
    folder.mkdir()
    events = [{"type": "track", "context": {"traits": {"email": email}}} for email in (DORA, "eve@example.com")]
    (folder / "events.jsonl").write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
    return folder


@dataclass(frozen=True)
class Outside:
    """A processor of OpenDSR, and the file of who vouches for it."""

    url: str
    authority: Path


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """Return a processor that is a process of its own."""
    folder, authority = tmp_path_factory.mktemp("processor"), Authority.make()
    (folder / "ca.pem").write_bytes(authority.pem())
    with processor(*authority.files(folder, HERE)) as url:
        yield Outside(url, folder / "ca.pem")


@pytest.fixture
def acme(transactional_db: None, shop: str, backend: Backend, lake: Path, outside: Outside) -> Workspace:
    """Return a workspace with a form, and six systems that know dora, or cannot."""
    del transactional_db
    workspace = make_workspace()
    make_member(workspace, "alice", kind=Membership.Kind.OWNER)
    SubjectForm.objects.create(workspace=workspace, is_open=True, law="gdpr")
    NoticeSettings.objects.create(workspace=workspace, is_on=True, next_run_at=timezone.now() + timedelta(days=30))
    people = {"name": "people", "match": {"email": "email"}, "clear": {"email": None, "name": None}}
    make_destination(workspace, "sql", {"tables": [people]}, url=shop)
    make_destination(
        workspace, "redis", {"keys": ["story:{email}"], "streams": ["story:events"]}, url=os.environ["REDIS_URL"]
    )
    make_destination(workspace, "http", {"method": "POST", "url": f"{backend.url}/forget", "body": {"mail": "{email}"}})
    make_destination(workspace, "files", {"files": [f"file://{lake}/**/*.jsonl"]})
    make_destination(workspace, "opendsr", {"url": f"{outside.url}/v2", "poll_seconds": 1}, authorization="Bearer k")
    unable = make_destination(workspace, "webhook", {"url": f"{backend.url}/hook"})
    unable.identifiers = ["user_id"]
    unable.save()
    return workspace


def confirm_on_form(service: Service, mails: Mails, log: Path) -> None:
    """Do what a person does: fill in the form, open the link, press the button."""
    with httpx.Client(base_url=address_of(service), headers={"Accept-Language": "fr"}) as person:
        headers = {"Referer": address_of(service)}
        form = {"email": DORA, "csrfmiddlewaretoken": token_in(person.get("/people/acme"))}
        person.post("/people/acme", data=form, headers=headers).raise_for_status()
        wait_for(lambda: mails.got, log)
        link = link_in(mails.got[0][2])
        button = {"csrfmiddlewaretoken": token_in(person.get(link))}
        person.post(link, data=button, headers=headers).raise_for_status()


def link_in(text: str) -> str:
    """Return the path of the public page that a mail leads to."""
    [link] = re.findall(r"https://privacy.example.com(/\S+)", text)
    return str(link)


def certificate_from_mail(service: Service, acme: Workspace, mails: Mails, log: Path) -> Any:
    """Have the people told who wait for it, and do what the person does then: open the link, take the certificate."""
    key = issue_key(acme.memberships.get().user, scopes=(Scope.SUBJECTS,))[1]
    told = service.client.post("/v1/workspaces/acme/subject-notices/run", headers={"Authorization": f"Bearer {key}"})
    assert told.raise_for_status().json() == {"released": 1}
    wait_for(lambda: len(mails.got) > 1, log)
    to, subject, text = mails.got[1]
    assert (to, subject) == ([DORA], "Vos données ont été effacées")
    page = service.client.get(link_in(text)).raise_for_status().text
    files = re.findall(r'href="(/people/certificates/[^"]+)"', page)
    on_paper, as_json = (service.client.get(file).raise_for_status() for file in files)
    assert on_paper.content.startswith(b"%PDF-")
    verified = service.client.post("/v1/certificates/verify", json=as_json.json()).raise_for_status()
    assert verified.json()["verdict"] == "genuine"
    return as_json.json()["manifest"]


def token_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.raise_for_status().text)
    assert found is not None
    return found[1]


def failing_twice(times: list[float]) -> Callable[[Handler], None]:
    """Answer 503 twice, then 200."""

    def answer(handler: Handler) -> None:
        times.append(time.monotonic())
        handler.whole(503 if len(times) <= 2 else 200, b"{}", {})

    return answer


def test_somebody_asks_on_the_form_and_is_forgotten_everywhere_though_a_worker_dies_and_a_system_is_down(
    service: Service, acme: Workspace, shop: str, backend: Backend, lake: Path, outside: Outside, mails: Mails
) -> None:
    service.environment |= QUICK | {
        "PRIVACY_JOBS_PLACES": f"file://{lake}",
        "PRIVACY_SUBJECTS_CA_FILE": str(outside.authority),
        "PRIVACY_MAIL_PORT": str(mails.port),
        "PRIVACY_PUBLIC_URL": "https://privacy.example.com",
        "TMPDIR": str(service.folder),  # Where it is looked through afterwards.
    }
    service.kill()
    service.start()  # With these settings.
    log, tries = service.folder / "worker.log", list[float]()
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as store:
        store.set(f"story:{DORA}", "cart")
        store.xadd("story:events", {"v": orjson.dumps({"email": DORA})})
        store.xadd("story:events", {"v": orjson.dumps({"email": "eve@example.com"})})
        backend.does("/forget", slowly(60))

        with worker(service) as kill:
            confirm_on_form(service, mails, log)
            wait_for(lambda: backend.asked, log)
            kill()  # While the API takes its time.
        backend.does("/forget", failing_twice(tries))
        with worker(service):
            wait_for(lambda: SubjectRequest.objects.get().state == State.COMPLETED, log, 90)
            certified = certificate_from_mail(service, acme, mails, log)
            wait_for(lambda: Notice.objects.get().state == Notice.State.SENT, log)
        left = [store.exists(f"story:{DORA}"), store.xlen("story:events")]
        store.delete("story:events")
        everything = [*store.scan_iter("*"), *(value_of(store, key) for key in store.scan_iter("*"))]

    assert {one["destination"]: (one["status"], one["code"]) for one in certified["receipts"]} == {
        "sql": ("completed", 200),
        "redis": ("completed", 200),
        "files": ("completed", 200),
        "opendsr": ("completed", 200),
        "http": ("completed", 200),
        "webhook": ("unsupported", None),
    }
    assert (len(tries), left, rows_in(shop, "people")) == (3, [0, 1], [(1, "eve@example.com", "Eve"), (9, None, None)])
    assert (lake / "events.jsonl").read_bytes().count(b"\n") == 1
    assert holding("canary", service.folder) == []
    assert [each for each in everything if b"canary" in each] == []
    assert [table for table in connection.introspection.table_names() if "canary" in str(content_of(table))] == []
    assert is_suppressed(service, make_key(acme))


def is_suppressed(service: Service, key: str) -> bool:
    """Ask as an ingest does."""
    asked = {"identifiers": [{"kind": "email", "value": DORA}]}
    reply = service.client.post(
        "/v1/workspaces/acme/suppressions/check", json=asked, headers={"Authorization": f"Bearer {key}"}
    )
    return bool(reply.raise_for_status().json()["suppressed"][0])


def value_of(store: Any, key: bytes) -> bytes:
    """Return what lies under a key, whatever it is."""
    return bytes(store.dump(key) or b"")


def content_of(table: str) -> list[Any]:
    """Return every cell of a table of the service."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return [[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor.fetchall()]


def holding(text: str, folder: Path) -> list[str]:
    """Return the files below a folder that hold a text."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [str(path) for path in files if text.encode() in path.read_bytes()]
