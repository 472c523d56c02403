"""`manage.py scan`, as somebody meets it who wants to know what lies where; and the same scans over HTTP."""

import gzip
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redis
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from classifier import Colour
from privacy_service.inventory.models import Field, Scan, ScanState, SourceNote
from privacy_service.scanning.tasks import end_lost, run_scan
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.models import RegisteredTopic
from privacy_service.streams.records import Record
from tests.factories import make_source
from tests.managing.conftest import Api, other, owner, person
from tests.shop import make_destination, shop, shop_server
from workspaces.grants import grant
from workspaces.models import Membership, Source, User, Workspace
from workspaces.roles import Role
from workspaces.sources import change_source

__all__ = ["other", "owner", "shop", "shop_server"]  # Fixtures.

CANARY = "dora.canary"
PEOPLE = [
    {"id": at, "email": f"{CANARY}{at}@example.com", "plan": "gold", "doraCanary": f"{CANARY} calls" if at % 2 else "x"}
    for at in range(30)
]


def scan(*arguments: object) -> tuple[int, str]:
    """Run the command and return its exit status with all that it prints."""
    out = StringIO()
    try:
        call_command("scan", *map(str, arguments), "--workspace", "acme", stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def fields(**where: Any) -> dict[str, tuple[str, str]]:
    """Return colour and place of each field by its path."""
    return {one.path: (one.recommended, one.place) for one in Field.objects.filter(**where)}


def nothing_leaks(printed: str) -> bool:
    kept = str([*Field.objects.values(), *Scan.objects.values()])
    return CANARY not in printed + kept


def write_lines(path: Path) -> None:
    path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in PEOPLE))


def write_csv(path: Path) -> None:
    path.write_text("id,email,plan\n" + "".join(f"{one['id']},{one['email']},{one['plan']}\n" for one in PEOPLE))


def write_parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(PEOPLE), path)


def write_packed(path: Path) -> None:
    path.write_bytes(gzip.compress(b"".join(orjson.dumps(one) + b"\n" for one in PEOPLE)))


def write_list(path: Path) -> None:
    path.write_bytes(orjson.dumps(PEOPLE))


FILES = [
    ("people.jsonl", write_lines),
    ("people.csv", write_csv),
    ("people.parquet", write_parquet),
    ("people.jsonl.gz", write_packed),
    ("people.json", write_list),
]


@pytest.mark.parametrize(("name", "write"), FILES)
def test_a_file_of_each_kind_is_looked_through(workspace: Workspace, tmp_path: Path, name: str, write: Any) -> None:
    write(tmp_path / name)

    status, printed = scan(tmp_path / name, "--as", "crm")

    assert (status, fields(source="crm")["/email"]) == (0, (Colour.RED, name))
    assert fields()["/plan"] == (Colour.GREEN, name)
    assert "red     /email" in printed
    assert nothing_leaks(printed)


def test_files_that_differ_in_numbers_or_may_be_somebodys_are_one_place(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("events-2026-01.jsonl", "events-2026-02.jsonl", f"{CANARY}.jsonl", "deep/emil.jsonl", ".hidden.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_lines(tmp_path / name)
    (tmp_path / "readme.bin").write_bytes(b"\x00")

    _, printed = scan(tmp_path, "--as", "lake")

    places = {one.place.removeprefix(tmp_path.name) for one in Field.objects.all()}
    assert places == {"/events-*.jsonl", "/*.jsonl", "/**/*.jsonl"}
    assert nothing_leaks(printed)


def test_tables_are_looked_through_and_not_written(workspace: Workspace, shop: str) -> None:
    status, printed = scan(shop, "--as", "shop", "--all")

    assert (status, fields(source="shop")["/ship_to"][1]) == (0, "public.orders")
    assert fields(place="public.people")["/email"][0] == Colour.RED
    assert Scan.objects.get().address == "postgresql:///postgres"
    assert nothing_leaks(printed)
    assert "Dora" not in printed


def test_a_large_table_is_read_from_all_over(workspace: Workspace, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE people (email TEXT)")
        database.executemany("INSERT INTO people VALUES (?)", [(one["email"],) for one in PEOPLE])
        database.commit()

    status, printed = scan(f"sqlite:///{tmp_path}/shop.db", "--rows", "10")

    assert (status, Scan.objects.get().records, Field.objects.get().sampled) == (0, 10, 10)
    assert "10 records of 1 place: 1 field, 1 new, 1 of them red" in printed


def test_the_address_can_come_from_the_environment(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines(tmp_path / "people.jsonl")
    monkeypatch.setenv("SCANNED", str(tmp_path / "people.jsonl"))

    assert scan("env:SCANNED", "--as", "crm")[0] == 0
    assert scan("env:NOT_THERE", "--as", "crm") == (
        3,
        "The environment variable NOT_THERE is not set: it holds the address that is scanned.",
    )


def test_topics_are_looked_through_from_their_newest_record(workspace: Workspace) -> None:
    RegisteredTopic.objects.create(workspace=workspace, name="scanned")
    broker = RedisBroker(django_settings.REDIS_URL, "acme")
    try:
        broker.write(
            "scanned", [Record(b'{"phone": "+1 415 555 0100"}'), *[Record(orjson.dumps(one)) for one in PEOPLE]]
        )
        status, printed = scan("topic:*", "--rows", "30")
    finally:
        with redis.Redis.from_url(django_settings.REDIS_URL) as store:
            store.delete(broker.keys.topic("scanned"))
        broker.close()

    assert (status, fields()["/email"]) == (0, (Colour.RED, "topic:scanned"))
    assert "/phone" not in fields()
    assert nothing_leaks(printed)


def test_a_destination_shows_records_of_its_tables(workspace: Workspace, shop: str) -> None:
    tables = [{"name": "orders", "match": {"user_id": "person"}}, {"name": "people", "match": {"email": "email"}}]
    make_destination(workspace, "sql", {"tables": tables}, slug="shop", url=shop)

    status, printed = scan("shop")

    assert (status, fields(source="shop")["/email"]) == (0, (Colour.RED, "people"))
    assert Scan.objects.get().address == "destination:shop"
    assert nothing_leaks(printed)


def test_a_destination_of_files_is_looked_through_where_jobs_may_go(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}"]
    write_lines(tmp_path / "people.jsonl")
    options = {"files": [f"file://{tmp_path}/"], "match": {"email": ["email"]}}
    make_destination(workspace, "files", options, slug="lake")

    status, printed = scan("lake")
    settings.PRIVACY_JOBS_PLACES = []

    assert (status, fields(source="lake")["/email"][0]) == (0, Colour.RED)
    assert scan("lake")[0] == 3
    assert nothing_leaks(printed)


def test_a_destination_on_redis_shows_streams_and_keys(workspace: Workspace, settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    options = {"keys": ["scan:{user_id}"], "streams": ["scan-events"]}
    make_destination(workspace, "redis", options, slug="cache", url=django_settings.REDIS_URL)
    with redis.Redis.from_url(django_settings.REDIS_URL) as store:
        store.hset("scan:9", mapping={"email": f"{CANARY}@example.com"})
        store.xadd("scan-events", {"v": orjson.dumps({"phone": "+1 415 555 0100"})})
        status, printed = scan("destination:cache")
        store.delete("scan:9", "scan-events")

    assert status == 0
    assert fields() == {"/email": (Colour.RED, "scan:{user_id}"), "/phone": (Colour.RED, "scan-events")}
    assert nothing_leaks(printed)


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("nowhere.csv",), 3, "nowhere.csv is not there."),
    (("topic:nowhere",), 3, "No topic nowhere is registered"),
    (("destination:nowhere",), 3, "has no destination nowhere"),
    (("postgresql://u:secret@127.0.0.1:1/shop",), 3, "The database cannot be reached"),
    (("nothing+here://host/shop",), 3, "is no address that can be opened"),
    (("x.csv", "--rows", "0"), 2, "--rows must be at least 1."),
]


@pytest.mark.parametrize(("arguments", "expected", "told"), REFUSED)
def test_what_cannot_be_scanned_says_why(
    workspace: Workspace, arguments: tuple[str, ...], expected: int, told: str
) -> None:
    status, printed = scan(*arguments)

    assert (status, told in printed, "secret" in printed) == (expected, True, False)
    assert not Source.objects.exists()


def test_a_file_that_is_none_of_its_kind_is_left_out_without_a_word_of_it(workspace: Workspace, tmp_path: Path) -> None:
    write_lines(tmp_path / "a-1.jsonl")
    (tmp_path / "a-2.jsonl").write_text(f'{{"email": "{CANARY}@example.com')

    status, printed = scan(tmp_path, "--as", "lake")

    assert (status, "1 could not be read." in printed, "/email" in fields()) == (0, True, True)
    assert nothing_leaks(printed)


def test_lines_of_json_are_for_programs_and_a_new_red_field_can_stop_them(workspace: Workspace, tmp_path: Path) -> None:
    write_csv(tmp_path / "people.csv")

    first = scan(tmp_path / "people.csv", "--json", "--fail-on-new-red")
    again = scan(tmp_path / "people.csv", "--json", "--fail-on-new-red")

    told = [orjson.loads(line) for line in again[1].splitlines() if line.startswith("{")]
    assert (first[0], again[0]) == (1, 0)
    assert [(one["path"], one["recommended"], one["sampled"]) for one in told] == [("/email", "red", 30)]


def test_over_http_a_scan_is_begun_and_watched(
    workspace: Workspace, owner: Api, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}"]
    write_lines(tmp_path / "people.jsonl")
    begun = owner.post("/inventory/scans", {"address": f"file://{tmp_path}/people.jsonl", "source": "crm"})

    run_scan(begun.json["id"])

    seen = owner.get(f"/inventory/scans/{begun.json['id']}").json
    assert (begun.status, begun.json["state"]) == (201, "waiting")
    assert {name: seen[name] for name in ("state", "records", "fields_seen", "new_red_fields")} == {
        "state": "done",
        "records": 30,
        "fields_seen": 4,
        "new_red_fields": Field.objects.filter(recommended=Colour.RED).count(),
    }
    assert owner.get("/inventory/scans?state=done").json["field_scans"] == [seen]


def test_a_scan_that_no_worker_can_be_asked_for_says_so(
    workspace: Workspace,
    owner: Api,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def broken(*_: object) -> None:
        raise AttributeError

    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}"]
    write_lines(tmp_path / "people.jsonl")
    monkeypatch.setattr(run_scan, "delay", broken)

    with django_capture_on_commit_callbacks(execute=True):
        begun = owner.post("/inventory/scans", {"address": f"file://{tmp_path}/people.jsonl", "source": "crm"})

    seen = owner.get(f"/inventory/scans/{begun.json['id']}").json
    assert (begun.status, seen["state"]) == (201, "failed")
    assert "Start it again." in str(seen)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "/etc/passwd", "env:HOME", "postgresql://db/x", "topic:none/"]
)
def test_over_http_nothing_but_listed_places_topics_and_destinations_is_scanned(
    workspace: Workspace, owner: Api, settings: Settings, tmp_path: Path, address: str
) -> None:
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}"]

    reply = owner.post("/inventory/scans", {"address": address, "source": "x"})

    if reply.status == 201:
        run_scan(reply.json["id"])
        assert Scan.objects.get().state == ScanState.FAILED
    else:
        assert (reply.status, list(reply.json["errors"])) == (422, ["address"])
    assert not Field.objects.exists()


def test_what_lies_behind_a_link_is_not_even_named(
    workspace: Workspace, owner: Api, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "rival").mkdir()
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}/open"]
    write_lines(tmp_path / "open" / "people.jsonl")
    write_lines(tmp_path / "rival" / "divorces.jsonl")
    (tmp_path / "open" / "link").symlink_to(tmp_path / "rival")

    begun = owner.post("/inventory/scans", {"address": f"file://{tmp_path}/open/**", "source": "x"})
    run_scan(begun.json["id"])

    assert Field.objects.exists()
    assert "divorces" not in str([*Field.objects.values(), *Scan.objects.values()])


def test_over_http_a_link_leads_nowhere_else(
    workspace: Workspace, owner: Api, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "open").mkdir()
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}/open"]
    write_lines(tmp_path / "people.jsonl")
    (tmp_path / "open" / "people.jsonl").symlink_to(tmp_path / "people.jsonl")

    begun = owner.post("/inventory/scans", {"address": f"file://{tmp_path}/open/", "source": "x"})
    run_scan(begun.json["id"])

    assert (Scan.objects.get().state, Field.objects.count()) == (ScanState.FAILED, 0)


def test_a_restricted_source_is_scanned_by_those_alone_who_are_shown_some_of_it(
    released_workspace: Workspace, bob: User, settings: Settings, tmp_path: Path
) -> None:
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}"]
    source = change_source(make_source(released_workspace, "payroll"), restricted=True)
    SourceNote.objects.create(source=source, places=[f"file://{tmp_path}/"])
    grant(Membership.objects.get(user=bob), Role.PRIVACY_ADMIN)

    reply = person(bob).post("/inventory/scans", {"address": f"file://{tmp_path}/people.jsonl"})

    assert (reply.status, reply.reason, Scan.objects.count()) == (403, "source-restricted", 0)


def test_a_scan_whose_worker_is_gone_is_told_so(workspace: Workspace) -> None:
    lost = Scan.objects.create(workspace=workspace, source="crm", address="topic:x", state=ScanState.RUNNING)
    Scan.objects.filter(pk=lost.pk).update(moved_at="2026-01-01T00:00Z")
    alive = Scan.objects.create(workspace=workspace, source="crm", address="topic:x", state=ScanState.RUNNING)

    end_lost()

    states = dict(Scan.objects.values_list("pk", "state"))
    assert states == {lost.pk: ScanState.FAILED, alive.pk: ScanState.RUNNING}
