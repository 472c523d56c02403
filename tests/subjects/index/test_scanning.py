"""Whole systems are read into the index, once at a time, again after a worker's death, and told at a terminal."""

from datetime import timedelta
from io import StringIO

import pytest
import sqlalchemy as sql
from celery import current_app
from django.core.management import CommandError, call_command
from django.utils import timezone

from privacy_service.exceptions import Conflict
from privacy_service.subjects import lifecycle
from privacy_service.subjects.index import scanning
from privacy_service.subjects.index.keeping import Sighting, keep
from privacy_service.subjects.index.knowing import known_as
from privacy_service.subjects.models import Destination, IndexEntry, IndexScan, SubjectRequest, Wish
from privacy_service.subjects.tasks import pick_up_scans
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import Workspace

TABLES = {
    "tables": [
        {"name": "orders", "match": {"user_id": "person"}},
        {"name": "people", "match": {"email": "email", "user_id": "id"}},
    ]
}
State = IndexScan.State


@pytest.fixture
def scanned(workspace: Workspace, shop: str) -> Destination:
    return make_destination(workspace, "sql", TABLES, slug="shop", url=shop)


def scan(destination: Destination) -> IndexScan:
    done = scanning.carry_out(scanning.begin(destination, here=True).pk)
    assert done
    return done


def people_in(destination: Destination) -> list[list[str]]:
    rows = IndexEntry.objects.filter(destination=destination)
    return sorted(sorted(one.value for one in row.identifiers) for row in rows)


def test_a_scan_files_everybody_once_by_all_their_names(scanned: Destination) -> None:
    done = scan(scanned)

    assert (done.state, done.people) == (State.DONE, 4)
    assert people_in(scanned) == [["1", "eve@example.com"], ["9", "Dora.Canary@Example.com"]]
    assert known_as(scanned.workspace, [DORA], believes_claims=False).found == (DORAS_ID,)


def test_the_next_scan_takes_out_whoever_is_gone(scanned: Destination, shop: str) -> None:
    scan(scanned)
    engine = sql.create_engine(shop.replace("postgresql://", "postgresql+psycopg://"), poolclass=sql.NullPool)
    with engine.begin() as connection:
        connection.execute(sql.text("DELETE FROM orders WHERE person = 9"))
        connection.execute(sql.text("DELETE FROM people WHERE id = 9"))

    scan(scanned)

    assert people_in(scanned) == [["1", "eve@example.com"]]


def test_whoever_was_forgotten_while_a_scan_ran_is_not_filed_anew(scanned: Destination) -> None:
    begun = scanning.begin(scanned, here=True)

    def forget_dora(_: int) -> None:
        opened, _new = lifecycle.open_request(scanned.workspace, Wish.DELETE_ONLY, [DORAS_ID])
        request = lifecycle.start(opened.pk, lifecycle.Proof.OWNER)
        request.receipts.update(status="completed")
        lifecycle.settle(SubjectRequest.objects.get(pk=request.pk))
        keep(scanned.workspace, [Sighting((DORAS_ID, DORA))], scanned)  # As a page read before tells.

    scanning.carry_out(begun.pk, forget_dora)

    assert people_in(scanned) == [["1", "eve@example.com"]]


def test_a_system_is_read_by_one_worker_at_a_time_and_by_another_once_it_has_died(scanned: Destination) -> None:
    begun = scanning.begin(scanned, here=True)
    IndexScan.objects.filter(pk=begun.pk).update(state=State.RUNNING, alive_at=timezone.now())

    with pytest.raises(Conflict, match="being read already"):
        scanning.begin(scanned)
    meanwhile = (scanning.carry_out(begun.pk), scanning.waiting())
    IndexScan.objects.filter(pk=begun.pk).update(alive_at=timezone.now() - scanning.LOST_AFTER - timedelta(seconds=1))
    left = scanning.waiting()
    again = scanning.carry_out(begun.pk)

    assert (meanwhile, left) == ((None, []), [begun.pk])
    assert again is not None
    assert again.state == State.DONE


def test_a_scan_that_the_broker_lost_is_picked_up(scanned: Destination) -> None:
    begun = scanning.begin(scanned, here=True)
    current_app.conf.task_always_eager = True
    try:
        pick_up_scans()
    finally:
        current_app.conf.task_always_eager = False

    begun.refresh_from_db()
    assert (begun.state, scanning.waiting()) == (State.DONE, [])


def test_a_system_that_is_away_fails_the_scan_in_words_of_ours(workspace: Workspace, scanned: Destination) -> None:
    scanned.keep_secrets({"url": "postgresql://u:canary@127.0.0.1:1/shop"})
    scanned.save()

    done = scan(scanned)

    assert (done.state, done.problem) == (State.FAILED, "The database cannot be reached, or broke off.")
    assert IndexScan.objects.get().finished_at is not None


def test_a_kind_that_cannot_name_people_says_what_to_do_instead(workspace: Workspace) -> None:
    with pytest.raises(Conflict, match="add people by hand"):
        scanning.begin(make_destination(workspace, "manual", {"steps": "Look."}))


def test_a_scan_and_its_outcome_at_a_terminal(
    workspace: Workspace, scanned: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*words: str) -> str:
        out = StringIO()
        call_command("index", "acme", *words, stdout=out, stderr=StringIO())
        return out.getvalue()

    before, read, after = told("status"), told("scan", "shop"), told("status")
    monkeypatch.setattr("sys.stdin", StringIO("dora.canary@example.com\n"))
    where = told("where", "email")

    assert before == "The index knows nobody yet: scan a system, or turn on learning from events.\n"
    assert read == "4 records read; the index knows 2 people in shop.\n"
    assert after.splitlines()[0] == "           2  shop"
    assert after.splitlines()[1].endswith("shop: done ")
    assert where.splitlines()[0].startswith("shop                     last seen 20")
    assert where.splitlines()[1:] == ["Other names: 1 user_id"]
    for words in (["gone", "status"], ["acme", "scan", "gone"]):
        with pytest.raises(CommandError, match="gone"):
            call_command("index", *words)
