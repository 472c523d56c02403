"""Files of every kind written anew without the people who asked, and what keeps one from being so."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from pytest_django import Settings

from privacy_service.jobs.lakes import driver as lakes
from privacy_service.jobs.lakes import forgetting, text
from privacy_service.jobs.lakes.driver import FILES, Lake
from privacy_service.jobs.lakes.matching import People
from privacy_service.jobs.models import LakeProgress
from privacy_service.jobs.places import Place
from privacy_service.subjects import queue
from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.destinations import OptionsRefused, driver_of
from privacy_service.subjects.destinations.base import Done, Refused, Subject, TryAgain, Working
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import Proof, open_request, start
from privacy_service.subjects.models import Receipt, Turn, Wish
from privacy_service.subjects.queue import taken
from tests.shop import make_destination
from workspaces.models import Workspace

DORA = Subject((Identifier(Kind.EMAIL, "dora.canary@example.com"), Identifier(Kind.USER_ID, "9")))
EVE = Subject((Identifier(Kind.USER_ID, "1"),))
LINES = (
    b'{"userId": "1",  "n": 1.50}\n'
    b'{"user_id": 9, "n": 2}\n'
    b"\n"
    b'{"traits":{"email":"DORA.Canary\\u0040example.com"}}\n'
    b'{"userId":"99","to":"dora.canary@example.com"}'
)
LEFT = b'{"userId": "1",  "n": 1.50}\n\n{"userId":"99","to":"dora.canary@example.com"}'
TABLE = b'user_id,email,note\r\n1,eve@example.com,"two\nlines"\r\n9,,x\n7, Dora.Canary@example.com ,"a ""b"""\n99,,\n'
TABLE_LEFT = b'user_id,email,note\r\n1,eve@example.com,"two\nlines"\r\n99,,\n'


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Return the lake of acme, which jobs may go to."""
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}/{{workspace}}"]
    lake = tmp_path / "acme"
    lake.mkdir()
    return lake


def lake_of(workspace: Workspace, folder: Path, pattern: str = "", **match: Any) -> Lake:
    options = {"files": [f"file://{folder}{pattern}"]} | ({"match": match} if match else {})
    return Lake(options, {}).in_workspace(workspace)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def same(data: bytes) -> bytes:
    return data


Change = Callable[[bytes], bytes]
FORMS: list[tuple[str, bytes, bytes, Change, Change]] = [
    ("events.jsonl", LINES, LEFT, same, same),
    ("events.ndjson.gz", LINES, LEFT, gzip.compress, gzip.decompress),
    ("events.jsonl.zst", LINES, LEFT, zstd, unzstd),
    ("people.csv", TABLE, TABLE_LEFT, same, same),
    ("people.csv.gz", TABLE, TABLE_LEFT, gzip.compress, gzip.decompress),
    ("people.tsv", TABLE.replace(b",", b"\t"), TABLE_LEFT.replace(b",", b"\t"), same, same),
]


@pytest.mark.parametrize(("name", "before", "after", "pack", "unpack"), FORMS, ids=[form[0] for form in FORMS])
def test_what_is_about_the_person_goes_and_everything_else_keeps_its_bytes(
    workspace: Workspace, folder: Path, name: str, before: bytes, after: bytes, pack: Change, unpack: Change
) -> None:
    file = folder / "2026" / name
    file.parent.mkdir()
    file.write_bytes(pack(before))
    file.chmod(0o640)
    lake = lake_of(workspace, folder)

    found, done, again = lake.find(DORA), lake.delete(DORA), lake.delete(DORA)

    assert (found, unpack(file.read_bytes())) == ({"records": 2}, after)
    assert [dict(one.counts) for one in (done, again)] == [
        {"records": 2, "files": 1, "files looked through": 1},
        {"records": 0, "files": 0, "files looked through": 1},
    ]
    assert (file.stat().st_mode & 0o777, list(file.parent.iterdir())) == (0o640, [file])
    assert not LakeProgress.objects.exists()


def test_rows_of_parquet_go_and_types_and_packing_stay(workspace: Workspace, folder: Path) -> None:
    rows = [{"who": {"id": 1, "mails": ["eve@example.com"]}, "n": 1}, {"who": {"id": 9, "mails": []}, "n": 2}]
    rows += [{"who": {"id": 7, "mails": ["x@example.com", "dora.canary@example.com"]}, "n": 3}, {"who": None, "n": 4}]
    file = folder / "events.parquet"
    pq.write_table(pa.Table.from_pylist(rows), file, compression="zstd", row_group_size=2)
    schema = pq.read_schema(file)

    done = lake_of(workspace, folder, user_id="who.id", email=["who.mails"]).delete(DORA)

    left = pq.ParquetFile(file)
    assert (done.counts["records"], left.read().to_pylist()) == (2, [rows[0], rows[3]])
    assert (left.schema_arrow, left.metadata.row_group(0).column(0).compression) == (schema, "ZSTD")


MATCHES = [
    ({"user_id": "a.b"}, {"a.b": "9"}, 1),
    ({"user_id": "a.b"}, {"a": {"b": 9}}, 1),
    ({"user_id": "a.b.c"}, {"a": [{"b": {"c": 2}}, {"b": {"c": "1"}}]}, 0),
    ({"email": ["from", "to"]}, {"from": "x", "to": ["dora.CANARY@example.com"]}, 1),
    ({"user_id": "a.b"}, {"a": {"b": True}, "b": "9", "userId": "9"}, None),
    ({"user_id": "a"}, {"a": {"b": "9"}}, None),
    ({}, {"properties": {"email": "dora.canary@example.com"}}, 1),
]


@pytest.mark.parametrize(("match", "record", "who"), MATCHES)
def test_fields_are_named_by_their_path_else_events_tell(
    workspace: Workspace, folder: Path, match: dict[str, Any], record: dict[str, Any], who: int | None
) -> None:
    people = People([EVE, DORA], lake_of(workspace, folder, **match)._matching)

    assert people.whose(record) == who


def test_many_people_go_in_one_pass_and_each_is_told_what_was_theirs(workspace: Workspace, folder: Path) -> None:
    for month in range(3):
        (folder / f"{month}.jsonl").write_bytes(LINES)

    nobody = Subject((Identifier(Kind.USER_ID, "nobody"),))
    answers = lake_of(workspace, folder).delete_many([EVE, nobody, DORA])

    counted = [one.counts["records"] for one in answers if isinstance(one, Done)]
    assert counted == [3, 0, 6]


def test_a_lake_that_takes_long_is_gone_on_with_where_it_was_left(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for month in range(4):
        (folder / f"{month}.jsonl").write_bytes(LINES)
    lake, asked, forget = lake_of(workspace, folder), [], forgetting.forget

    def noted(place: Place, *told: Any) -> Any:
        asked.append(place)
        return forget(place, *told)

    monkeypatch.setattr(forgetting, "forget", noted)
    clock = iter([0.0, 0.0, 1.0, 61.0, *[100.0] * 20])
    monkeypatch.setattr(lakes, "monotonic", lambda: next(clock))

    first, second = lake.delete_many([DORA]), lake.delete_many([EVE, DORA])

    assert [type(one) for one in first] == [Working]
    assert LakeProgress.objects.count() == 0
    assert [one.counts["records"] for one in second if isinstance(one, Done)] == [4, 8]
    assert len(asked) == 2 + 4
    assert "canary" not in str(list(LakeProgress.objects.values())).lower()


UNREADABLE = [
    ("broken.jsonl", b'{"userId": "1"}\n{"userId": "canary', "line 2: this is no JSON object"),
    ("list.jsonl", b'[{"userId": "9"}]\n', "line 1: this is no JSON object"),
    ("cut.jsonl.gz", gzip.compress(LINES)[:-9], "the packed file ends too early"),
    ("canary.bin", b"9", "its name does not tell"),
    ("canary.json", b'[{"userId": "9"}]', "of a kind that is not looked into"),
    ("none.parquet", b"no parquet", "this is no Parquet file"),
]


@pytest.mark.parametrize(("name", "content", "told"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_a_file_that_cannot_be_read_needs_a_person_and_the_others_are_written_anew(
    workspace: Workspace, folder: Path, name: str, content: bytes, told: str
) -> None:
    (folder / name).write_bytes(content)
    good = folder / "good.jsonl"
    good.write_bytes(LINES)

    with pytest.raises(Refused, match=told) as refused:
        lake_of(workspace, folder).delete(DORA)

    assert "canary" not in str(refused.value)
    assert ((folder / name).read_bytes(), good.read_bytes()) == (content, LEFT)


def test_a_table_without_the_columns_that_tell_needs_a_person(workspace: Workspace, folder: Path) -> None:
    (folder / "other.csv").write_bytes(b"name,city\nDora,Rome\nEve,Oslo\n")

    with pytest.raises(Refused, match="names none of the columns"):
        lake_of(workspace, folder, user_id="user_id").delete(DORA)


def test_a_file_that_somebody_writes_meanwhile_is_left_as_they_wrote_it(
    workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "events.jsonl"
    file.write_bytes(LINES)
    rewrite = text.rewrite

    def slow(*told: Any) -> None:
        rewrite(*told)
        file.write_bytes(LINES + b"\n" + LINES)

    monkeypatch.setattr(text, "rewrite", slow)
    lake = lake_of(workspace, folder)

    with pytest.raises(TryAgain, match="changed while"):
        lake.delete(DORA)

    assert (file.read_bytes(), list(folder.iterdir())) == (LINES + b"\n" + LINES, [file])


def test_nothing_is_reached_outside_the_places_of_the_workspace(workspace: Workspace, folder: Path) -> None:
    secret = folder.parent / "other.jsonl"
    secret.write_bytes(LINES)
    for address in (f"file://{folder.parent}/other.jsonl", f"file://{folder}/../other.jsonl", "s3://bucket/x"):
        with pytest.raises(OptionsRefused, match="Jobs of this workspace may not go there"):
            Lake({"files": [address]}, {}).in_workspace(workspace)
    (folder / "link.jsonl").symlink_to(secret)

    with pytest.raises(Refused, match="may not go there"):
        lake_of(workspace, folder).delete(DORA)

    assert secret.read_bytes() == LINES


def test_a_link_within_the_places_stays_one_and_what_it_leads_to_is_written_anew(
    workspace: Workspace, folder: Path
) -> None:
    real = folder / "real.jsonl"
    real.write_bytes(LINES)
    (folder / "link.jsonl").symlink_to(real)

    done = lake_of(workspace, folder).delete(DORA)

    assert (done.counts["files"], (folder / "link.jsonl").is_symlink(), real.read_bytes()) == (1, True, LEFT)


UNUSABLE = [
    ({}, "files"),
    ({"files": []}, "files"),
    ({"files": ["file:///x"], "more": 1}, r"options\.more"),
    ({"files": ["file:///x"], "match": {"mail": "x"}}, r"match\.mail"),
    ({"files": ["file:///x"], "match": {"email": []}}, r"match\.email"),
]


@pytest.mark.parametrize(("options", "option"), UNUSABLE)
def test_options_that_cannot_be_say_which(options: Any, option: str) -> None:
    with pytest.raises(OptionsRefused, match=option):
        Lake(options, {})


def test_an_address_where_nothing_is_needs_a_person(workspace: Workspace, folder: Path) -> None:
    with pytest.raises(Refused, match="Nothing matches"):
        lake_of(workspace, folder, "/*.jsonl").delete(DORA)


def test_requests_are_carried_out_together_and_by_one_worker_alone(workspace: Workspace, folder: Path) -> None:
    (folder / "events.jsonl").write_bytes(LINES)
    made = make_destination(workspace, "files", {"files": [f"file://{folder}"]})
    for subject in (DORA, EVE):
        start(open_request(workspace, Wish.DELETE_ONLY, subject.identifiers)[0].pk, Proof.OWNER)
    first, second = taken(), taken()  # The first dies.
    Receipt.objects.update(next_try_at=first[0].request.created_at)
    made.turn.delete()

    asked = work(10)

    assert (len(first), second, asked) == (2, [], 2)
    assert sorted(receipt.evidence["records"] for receipt in Receipt.objects.all()) == [1, 2]
    assert (folder / "events.jsonl").read_bytes() == b'\n{"userId":"99","to":"dora.canary@example.com"}'


def test_a_worker_that_finds_nobody_waiting_holds_no_turn(workspace: Workspace, folder: Path) -> None:
    made = make_destination(workspace, "files", {"files": [f"file://{folder}"]})

    found = queue._taken_of(made.pk)

    assert (found, Turn.objects.exists()) == ([], False)


def test_records_and_people_are_listed_for_a_copy_and_for_the_index(workspace: Workspace, folder: Path) -> None:
    (folder / "people.csv").write_bytes(TABLE)
    made = make_destination(workspace, "files", {"files": [f"file://{folder}"]})
    lake = driver_of(made)
    assert isinstance(lake, Lake)

    copied, known = list(lake.export(DORA)), list(lake.people([Kind.USER_ID]))

    assert [(place, record["user_id"]) for place, record in copied] == [("people.csv", "9"), ("people.csv", "7")]
    assert known == [(Identifier(Kind.USER_ID, value),) for value in ("1", "9", "7", "99")]
    assert FILES.is_exclusive


@pytest.mark.parametrize(
    "ids", [[1.0, 9.0, None], [b"1", b"9", None], ["1", "9", None]], ids=["floats", "bytes", "text"]
)
def test_an_id_is_known_again_however_a_column_holds_it(workspace: Workspace, folder: Path, ids: list[Any]) -> None:
    pq.write_table(pa.table({"user_id": ids, "n": [1, 2, 3]}), folder / "people.parquet")

    lake_of(workspace, folder, user_id="user_id").delete(DORA)

    assert pq.read_table(folder / "people.parquet").column("n").to_pylist() == [1, 3]


def test_bytes_that_are_no_text_need_a_person(workspace: Workspace, folder: Path) -> None:
    pq.write_table(pa.table({"user_id": [b"\xff\xfe"]}), folder / "people.parquet")

    with pytest.raises(Refused, match="bytes that are no text"):
        lake_of(workspace, folder, user_id="user_id").delete(DORA)


@pytest.mark.parametrize("name", ["other.csv", "other.parquet"])
def test_a_table_that_looks_like_no_event_needs_a_person_where_nobody_says_what_to_match(
    workspace: Workspace, folder: Path, name: str
) -> None:
    if name.endswith("csv"):
        (folder / name).write_bytes(b"name,city\nDora,Rome\n")
    else:
        pq.write_table(pa.table({"name": ["Dora"], "city": ["Rome"]}), folder / name)

    with pytest.raises(Refused, match="none of the columns"):
        lake_of(workspace, folder).delete(DORA)
