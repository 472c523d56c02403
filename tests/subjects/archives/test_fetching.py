"""Fetching a copy: by an owner over HTTP, by the person with a link from a real mail and a passphrase from the page."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import pyzipper
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord
from privacy_service.subjects import confirming
from privacy_service.subjects.archives import keeping
from privacy_service.subjects.archives.handing_out import zip_of
from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.models import Archive, ArchiveLink, SubjectForm
from tests.factories import make_record
from tests.mails import Mails, receiving
from tests.managing.conftest import Api, person
from tests.shop import make_destination
from workspaces.keys import Scope
from workspaces.models import User, Workspace

HERE = "https://privacy.example.com"
SHOP = {"tables": [{"name": "people", "match": {"user_id": "id", "email": "email"}}]}
DORAS = [{"kind": "email", "value": "dora.canary@example.com"}]


@pytest.fixture
def mails(settings: Settings) -> Iterator[Mails]:
    """Return what the SMTP server gets that the service is told to use."""
    with receiving() as mails:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", mails.port, False
        yield mails


def link_in(mails: Mails, page: str) -> str:
    found = re.search(rf"{HERE}(/people/{page}/\S+)", mails.got[-1][2])
    assert found is not None
    return found[1]


def files_in(response: Any, passphrase: str) -> dict[str, bytes]:
    with pyzipper.AESZipFile(BytesIO(b"".join(response.streaming_content))) as packed:
        packed.setpassword(passphrase.encode())
        return {name: packed.read(name) for name in packed.namelist()}


def test_a_person_asks_confirms_and_fetches_their_data_once(
    workspace: Workspace, shop: str, settings: Settings, mails: Mails
) -> None:
    settings.PRIVACY_PUBLIC_URL = HERE
    SubjectForm.objects.create(workspace=workspace, is_open=True, wish="ACCESS", language="de")
    make_destination(workspace, "sql", SHOP, slug="shop", url=shop)
    Client().post("/people/acme", {"email": "dora.canary@example.com"})
    confirming.send_links()

    confirmed = Client().post(link_in(mails, "confirm")).content.decode()
    work(10)
    mails.refusals["dora.canary@example.com"] = "450 later"
    greylisted = keeping.send_links()
    mails.refusals = {}
    sent = [greylisted, keeping.send_links(), keeping.send_links()]
    link, passphrase = link_in(mails, "archives"), re.search(r"<code>([A-Z2-9-]{29})</code>", confirmed)
    page = Client().get(link)
    given = Client().post(link)
    assert passphrase is not None
    files = files_in(given, passphrase[1])
    again = [Client().get(link).status_code, Client().post(link).status_code]

    assert sent == [0, 1, 0]
    assert mails.got[-1][:2] == (["dora.canary@example.com"], "Ihre Daten liegen bereit")
    assert passphrase[1] not in mails.got[-1][2] + page.content.decode()
    assert (page.status_code, given["Content-Type"]) == (200, "application/zip")
    assert b"Dora" in files["shop/people.jsonl"]
    assert again == [410, 410]
    assert ArchiveLink.objects.get().sealed_address == ""
    assert not workspace.subject_requests.exclude(sealed="").exists()


def test_a_link_that_is_forged_over_or_cut_short_leads_nowhere(workspace: Workspace, owner: Api) -> None:
    owner.post("/subject-requests", {"wish": "ACCESS", "identifiers": DORAS})
    link = ArchiveLink.objects.create(archive=Archive.objects.get())
    token = keeping.link_of(link).rpartition("/")[2]
    forged = Signer(salt="another").sign(str(link.pk))

    good = Client().get(f"/people/archives/{token}").status_code
    Archive.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    refused = [Client().get(f"/people/archives/{one}").status_code for one in (token, token[:-1], forged, "x")]
    assert (good, refused) == (200, [410] * 4)


def test_a_download_that_broke_off_can_be_begun_again(workspace: Workspace, owner: Api) -> None:
    owner.post("/subject-requests", {"wish": "ACCESS", "identifiers": DORAS})
    archive = Archive.objects.get()
    keeping.new_passphrase(archive)
    link = ArchiveLink.objects.create(archive=archive)
    path = f"/people/archives/{keeping.link_of(link).rpartition('/')[2]}"

    broken = keeping.fetched_by(link, zip_of(archive))
    next(broken)
    broken.close()  # type: ignore[attr-defined]
    meanwhile = Client().get(path).status_code
    for _ in keeping.fetched_by(link, zip_of(archive)):
        pass

    assert (meanwhile, Client().get(path).status_code) == (200, 410)


def test_an_owner_gets_a_passphrase_once_and_the_file(
    workspace: Workspace, owner: Api, shop: str, bob: User, alice: User
) -> None:
    make_destination(workspace, "sql", SHOP, slug="shop", url=shop)
    request = owner.post("/subject-requests", {"wish": "ACCESS", "law": "gdpr", "identifiers": DORAS})
    path = f"/subject-requests/{request.json['id']}/archive"
    early = owner.get(path)
    work(10)

    nothing_yet = owner.get(path)
    told = owner.post(f"{path}/passphrase", {}, Idempotency_Key="one")
    replayed = owner.post(f"{path}/passphrase", {}, Idempotency_Key="one")
    with pyzipper.AESZipFile(BytesIO(owner.get(path).body)) as packed:
        packed.setpassword(told.json["secret"].encode())
        rows = packed.read("shop/people.jsonl")
    audit.ship()

    assert request.status == 201
    assert [(early.status, early.reason), (nothing_yet.status, nothing_yet.reason)] == [(409, "conflict")] * 2
    assert (told.status, replayed.json["secret"]) == (200, None)
    assert b"Dora.Canary@Example.com" in rows
    [record] = AuditRecord.objects.filter(kind="archive-fetched")
    assert (record.actor_id, "canary" in str(record.detail).lower()) == (alice.pk, False)
    assert person(bob).get(path).status == 403
    assert person(alice, Scope.READ).get(path).status == 403
    assert owner.get(f"/subject-requests/{workspace.pk}/archive").status == 404


def test_the_passphrase_of_a_person_is_theirs(workspace: Workspace, owner: Api) -> None:
    request = owner.post("/subject-requests", {"wish": "ACCESS", "identifiers": DORAS})
    workspace.subject_requests.update(proof="email")

    refused = owner.post(f"/subject-requests/{request.json['id']}/archive/passphrase", {})

    assert (refused.status, refused.reason) == (409, "conflict")


def test_who_has_seen_data_is_counted_by_reader_and_kind_with_what_cannot_be_said(
    workspace: Workspace, owner: Api, alice: User, bob: User
) -> None:
    for _ in range(2):
        make_record(workspace, bob, entities={"EMAIL_ADDRESS": 2})
    make_record(workspace, bob, entities={"PERSON": 1})
    make_record(workspace, alice, effect="pass", reason="role-grants-pii", entities={})

    everything = owner.get("/access-history").json
    of_mails = owner.get("/access-history?entity=EMAIL_ADDRESS").json
    later = owner.get("/access-history?since=2100-01-01T00:00:00Z").json
    wrong = owner.get("/access-history?entitty=x")

    def counts(told: dict[str, Any]) -> set[tuple[str, str, int]]:
        return {(row["reader"], row["effect"], row["readings"]) for row in told["readers"]}

    assert counts(everything) == {(str(bob.pk), "mask", 3), (str(alice.pk), "pass", 1)}
    assert everything["hidden"] == {"EMAIL_ADDRESS": 4, "PERSON": 1}
    assert counts(of_mails) == {(str(bob.pk), "mask", 2), (str(alice.pk), "pass", 1)}
    assert of_mails["hidden"]["EMAIL_ADDRESS"] == 4
    assert (later["readers"], later["hidden"], later["is_whole"]) == ([], {}, True)
    assert "never whose data it was" in everything["note"]
    assert wrong.status == 422
