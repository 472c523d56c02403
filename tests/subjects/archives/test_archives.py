"""A copy of what systems hold of somebody: packed encrypted, fetched with a passphrase, made before anything goes."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import pyzipper
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from privacy_service.exceptions import Conflict
from privacy_service.subjects import lifecycle
from privacy_service.subjects.archives import keeping, packing
from privacy_service.subjects.archives.handing_out import zip_of
from privacy_service.subjects.archives.packing import as_line, file_name, pack
from privacy_service.subjects.carrying_out import try_again, work
from privacy_service.subjects.destinations.base import Refused
from privacy_service.subjects.identifiers import Identifier
from privacy_service.subjects.lifecycle import FOR_THE_COPY, Proof, State
from privacy_service.subjects.models import Archive, ArchivePart, Receipt, Status, SubjectRequest, Wish
from tests.factories import make_record
from tests.shop import make_destination, rows_in
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import User, Workspace

SHOP = {
    "tables": [
        {"name": "orders", "match": {"user_id": "person"}},
        {"name": "people", "match": {"user_id": "id", "email": "email"}},
    ]
}


def ask(workspace: Workspace, wish: Wish, *named: Identifier) -> SubjectRequest:
    opened, _ = lifecycle.open_request(workspace, wish, named or (DORA, DORAS_ID))
    return lifecycle.start(opened.pk, Proof.OWNER)


def unzipped(archive: Archive, passphrase: str) -> dict[str, bytes]:
    with pyzipper.AESZipFile(BytesIO(b"".join(zip_of(archive)))) as packed:
        packed.setpassword(passphrase.encode())
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.fixture
def done(workspace: Workspace, shop: str, bob: User) -> Archive:
    """Return the archive of dora, whom the shop knows and the CRM cannot hand out."""
    make_destination(workspace, "sql", SHOP, slug="shop", url=shop)
    make_destination(workspace, "webhook", {"url": "https://hooks.example.com/"}, slug="crm")
    make_record(workspace, bob)
    request = ask(workspace, Wish.ACCESS)
    work(10)
    return Archive.objects.get(request=request)


def test_somebodys_data_comes_as_an_encrypted_file_and_stays_where_it_is(done: Archive, shop: str, bob: User) -> None:
    files = unzipped(done, keeping.new_passphrase(done))

    assert sorted(files) == [
        "README.txt", "shop/orders.jsonl", "shop/people.jsonl", "who-has-seen-personal-data.jsonl",
    ]  # fmt: skip
    assert files["shop/people.jsonl"] == b'{"id":9,"email":"Dora.Canary@Example.com","name":"Dora"}\n'
    assert [json.loads(line)["id"] for line in files["shop/orders.jsonl"].splitlines()] == [11, 12]
    told = files["README.txt"].decode()
    assert "shop: 2 in orders, 1 in people" in told
    assert "crm: cannot hand out what it holds" in told
    seen = [json.loads(line) for line in files["who-has-seen-personal-data.jsonl"].splitlines()]
    assert "never whose data it was" in seen[0]["note"]
    assert [(row["reader"], row["readings"]) for row in seen[1:]] == [(str(bob.pk), 1)]
    assert len(rows_in(shop, "people")) == 2
    assert done.request.state == State.COMPLETED


def test_a_copy_for_another_service_tells_nothing_of_readers(workspace: Workspace, shop: str) -> None:
    make_destination(workspace, "sql", SHOP, slug="shop", url=shop)
    request = ask(workspace, Wish.PORTABILITY)
    work(10)
    archive = Archive.objects.get(request=request)

    files = unzipped(archive, keeping.new_passphrase(archive))

    assert sorted(files) == ["README.txt", "shop/orders.jsonl", "shop/people.jsonl"]


def test_the_wrong_passphrase_opens_nothing_and_another_one_replaces_the_first(done: Archive) -> None:
    first = keeping.new_passphrase(done)
    second = keeping.new_passphrase(done)

    with pytest.raises(RuntimeError, match=r"(?i)password"):
        unzipped(done, first)
    assert "README.txt" in unzipped(done, second)
    assert len(second.replace("-", "")) == 25


def test_no_record_lies_readable_in_the_database(done: Archive) -> None:
    keeping.new_passphrase(done)
    with connection.cursor() as cursor:
        for table in ("subjects_archive", "subjects_archivepart", "subjects_receipt", "subjects_subjectrequest"):
            cursor.execute(f"SELECT * FROM {table}")
            rows = [[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor]
            assert rows
            assert "canary" not in repr(rows).lower()
            assert "Dora Road" not in repr(rows)


def test_nothing_is_handed_out_before_every_system_has_answered_or_without_a_passphrase(
    workspace: Workspace, done: Archive
) -> None:
    with pytest.raises(Conflict, match="no passphrase"):
        zip_of(done)
    make_destination(workspace, "manual", {"steps": "Look into the binder."})
    waiting = Archive.objects.get(request=ask(workspace, Wish.ACCESS, DORA))

    with pytest.raises(Conflict, match="not ready"):
        zip_of(waiting)


def test_an_archive_that_is_over_goes_with_its_key_and_its_parts(done: Archive) -> None:
    before = keeping.end_over()
    Archive.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert (before, keeping.end_over(), ArchivePart.objects.count()) == (0, 1, 0)


def test_whoever_asks_for_both_gets_the_copy_before_anything_is_deleted(workspace: Workspace, shop: str) -> None:
    make_destination(workspace, "sql", SHOP, slug="shop", url=shop)
    copy, gone = ask(workspace, Wish.ACCESS, DORA), ask(workspace, Wish.DELETE_ONLY, DORAS_ID, DORA)
    held = [(one.next_try_at, one.problem) for one in gone.receipts.all()]

    asked = [work(10), work(10)]

    for request in (copy, gone):
        request.refresh_from_db()
    assert (held, asked[0] >= 1) == ([(None, FOR_THE_COPY)], True)
    assert [copy.state, gone.state] == [State.COMPLETED, State.COMPLETED]
    assert copy.finished_at < gone.finished_at  # type: ignore[operator]
    archive = Archive.objects.get(request=copy)
    assert b"Dora" in unzipped(archive, keeping.new_passphrase(archive))["shop/people.jsonl"]
    assert len(rows_in(shop, "people")) == 1


def test_a_person_can_have_it_deleted_without_the_copy(workspace: Workspace, shop: str) -> None:
    make_destination(workspace, "sql", SHOP, slug="shop", url=shop)
    copy, gone = ask(workspace, Wish.ACCESS), ask(workspace, Wish.DELETE_ONLY)
    Receipt.objects.filter(request=copy).update(status=Status.FAILED, next_try_at=None)

    nothing = work(10)
    try_again(gone.receipts.get().pk)

    assert (nothing, work(10), len(rows_in(shop, "people"))) == (0, 1, 1)


@pytest.fixture
def receipt(workspace: Workspace) -> Receipt:
    make_destination(workspace, "manual", {"steps": "Look."})
    return ask(workspace, Wish.ACCESS).receipts.get()


def test_asking_a_system_again_replaces_what_it_had_handed_out(receipt: Receipt) -> None:
    counts = [pack(receipt, [("a", {"n": 1}), ("b", {"n": 2})]), pack(receipt, [("a", {"n": 3})])]

    [part] = ArchivePart.objects.all()
    archive = Archive.objects.get()
    assert counts == [{"a": 1, "b": 1}, {"a": 1}]
    assert packing.opened(archive, part, archive.key) == b'{"n":3}\n'


def test_a_large_table_becomes_parts_and_one_file(receipt: Receipt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PART_BYTES", 100)
    pack(receipt, (("table", {"number": number}) for number in range(50)))
    archive = Archive.objects.get()
    archive.ready_at = timezone.now()

    files = unzipped(archive, keeping.new_passphrase(archive))

    assert ArchivePart.objects.count() == 7
    assert [json.loads(line)["number"] for line in files["manual/table.jsonl"].splitlines()] == list(range(50))


def test_a_system_that_holds_too_much_leaves_nothing_and_needs_a_person(receipt: Receipt, settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_EXPORT_LIMIT_BYTES = 1000

    def endless() -> Iterator[tuple[str, Mapping[str, object]]]:
        while True:
            yield "table", {"text": "x" * 100}

    with pytest.raises(Refused, match="PRIVACY_SUBJECTS_EXPORT_LIMIT_BYTES"):
        pack(receipt, endless())

    assert not ArchivePart.objects.exists()


def test_a_part_opens_at_no_other_place(receipt: Receipt) -> None:
    pack(receipt, [("a", {"n": 1}), ("b", {"n": 2})])
    archive, part = Archive.objects.get(), ArchivePart.objects.order_by("name")[0]
    part.name = "manual/b.jsonl"

    with pytest.raises(Exception, match=r"^$") as broken:
        packing.opened(archive, part, archive.key)
    assert type(broken.value).__name__ == "InvalidTag"


LINES = [
    ({"a": 1, "b": None, "c": "ü"}, '{"a":1,"b":null,"c":"ü"}\n'),
    ({"d": Decimal("1.50"), "e": b"\x00\xff", "f": memoryview(b"x")}, '{"d":"1.50","e":"AP8=","f":"eA=="}\n'),
    ({"g": 2**70}, '{"g": 1180591620717411303424}\n'),
    ({"h": "\ud800"}, '{"h": "\\ud800"}\n'),
]


@pytest.mark.parametrize(("record", "line"), LINES)
def test_every_record_becomes_a_line_of_json(record: dict[str, object], line: str) -> None:
    assert as_line(record).decode() == line


NAMES = [
    ("public.orders", "public_orders"),
    ("../../etc/passwd", "etc_passwd"),
    ("cart:{user_id}:*", "cart_user_id"),
    ("...", "records"),
    ("x" * 200, "x" * 80),
]


@pytest.mark.parametrize(("place", "name"), NAMES)
def test_a_place_becomes_a_file_that_leads_out_of_no_folder(place: str, name: str) -> None:
    assert file_name(place) == name
