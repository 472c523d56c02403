"""`manage.py mask_files`, as somebody meets it who masks files."""

import gzip
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from django.core.management import CommandError, call_command

from privacy_service.jobs.places import Place
from tests.factories import make_policy
from tests.jobs.files import CANARY, LINES, LIST, PROSE, TABLE
from workspaces.models import Workspace


@pytest.fixture(autouse=True)
def _small_chunks(settings: Any) -> None:
    """Cut every file into several chunks."""
    settings.PRIVACY_JOBS_CHUNK_BYTES = 2000


def mask_files(*arguments: object, errors: StringIO | None = None) -> tuple[int, str]:
    """Run the command in this process and return its exit status with all that it prints."""
    out, errors = StringIO(), errors or StringIO()
    try:
        call_command(
            "mask_files", *map(str, arguments), "--workers", "1", "--tier", "patterns", stdout=out, stderr=errors
        )
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{errors.getvalue()}{error}"
    return 0, out.getvalue() + errors.getvalue()


def unpacked(path: Path) -> bytes:
    """Return what a file holds."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(path.read_bytes(), read_across_frames=True) as reader:
            return reader.read()
    return path.read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a file of each kind."""
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    (source / "events.jsonl").write_bytes(LINES)
    (source / "list.json").write_bytes(LIST)
    (source / "deep" / "table.csv.gz").write_bytes(gzip.compress(TABLE))
    (source / "deep" / "table.tsv").write_bytes(b"id\temail\n1\tcanary.person@example.com\n")
    (source / "deep" / "prose.txt.zst").write_bytes(zstandard.compress(PROSE))
    (source / "picture.bin").write_bytes(b"\x00canary.person")
    return source


def test_a_folder_is_masked_as_it_lies_each_file_with_its_manifest(folder: Path, tmp_path: Path) -> None:
    status, told = mask_files(folder, tmp_path / "out", "--verify")

    assert status == 0, told
    names = ["deep/prose.txt.zst", "deep/table.csv.gz", "deep/table.tsv", "events.jsonl", "list.json"]
    written = sorted(one for one in Place(str(tmp_path / "out")).files() if not one.endswith(".manifest.json"))
    assert written == names
    for name in names:
        hidden, plain = unpacked(tmp_path / "out" / name), unpacked(folder / name)
        assert CANARY.encode() not in hidden
        assert hidden.count(b"\n") == plain.count(b"\n")
        assert (tmp_path / "out" / f"{name}.manifest.json").exists()
    assert "5 files masked" in told
    assert "1 file left out, of a kind that the name does not tell: picture.bin" in told
    assert "Verified: nothing personal is left in 5 files." in told
    assert CANARY not in told


def test_the_manifest_tells_counts_checksums_and_policy_and_no_value(folder: Path, tmp_path: Path) -> None:
    mask_files(folder / "events.jsonl", tmp_path / "out.jsonl", "--policy", "strict")

    text = (tmp_path / "out.jsonl.manifest.json").read_text()
    manifest = orjson.loads(text)
    assert CANARY not in text
    assert manifest["rows"] == 60
    assert manifest["entities"] == {"EMAIL_ADDRESS": 60, "US_SSN": 60}
    assert manifest["fields"]["found"]["/*/email"] == {"EMAIL_ADDRESS": manifest["fields"]["rows_looked_at"]}
    assert manifest["policy"] | {"fingerprint": ""} == {
        "name": "strict",
        "workspace": "",
        "version": 0,
        "fingerprint": "",
    }
    assert manifest["input"]["size"] == len(LINES)
    assert len(manifest["output"]["sha256"]) == 64
    assert len(manifest["chunks"]) > 2
    assert manifest["failures"] == {"count": 0, "first": []}


def test_every_record_is_counted_by_field_where_that_is_asked(folder: Path, tmp_path: Path) -> None:
    mask_files(folder / "events.jsonl", tmp_path / "out.jsonl", "--count-fields")

    fields = orjson.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())["fields"]
    assert fields["rows_looked_at"] == 60
    assert fields["found"] == {"/*/email": {"EMAIL_ADDRESS": 60}, "/*/ssn": {"US_SSN": 60}}


def test_a_pattern_names_files(folder: Path, tmp_path: Path) -> None:
    status, told = mask_files(f"{folder}/**/*.csv.gz", tmp_path / "out")

    assert status == 0, told
    assert CANARY.encode() not in unpacked(tmp_path / "out" / "deep" / "table.csv.gz")


REFUSED = [
    (("in/events.jsonl", "in/events.jsonl"), "is the input itself"),
    (("in/events.jsonl", "link.jsonl"), "is the input itself"),
    (("in", "in/out"), "a later run would read what this one writes"),
    (("in/picture.bin", "out.bin"), "say it with --format"),
    (("in/none.jsonl", "out.jsonl"), "is not there"),
    (("in/*.xml", "out/"), "Nothing matches"),
    (("in/events.jsonl", "taken.jsonl"), "say --overwrite"),
    (("in/events.jsonl", "taken.jsonl", "--only-newer-policy"), "say --overwrite"),
    (("in/events.jsonl", "out.jsonl", "--policy", "nonsense"), "is neither a policy"),
    (("in/events.jsonl", "out.jsonl", "--workspace", "nowhere"), "There is no workspace 'nowhere'"),
    (("nothing://in/x.jsonl", "out.jsonl"), "is no address that can be opened"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("arguments", "told"), REFUSED)
def test_what_cannot_be_done_is_refused_before_anything_is_read(
    folder: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "link.jsonl").symlink_to(folder / "events.jsonl")
    (tmp_path / "taken.jsonl").write_bytes(b"{}\n")
    os.chdir(tmp_path)

    status, answer = mask_files(*arguments)

    assert (status, told in answer) == (3, True), answer
    assert (folder / "events.jsonl").read_bytes() == LINES
    assert (tmp_path / "taken.jsonl").read_bytes() == b"{}\n"
    assert not (tmp_path / "out.jsonl").exists()


@pytest.fixture(autouse=True)
def _come_back() -> Iterator[None]:
    """Leave the folder that a test went to."""
    before = Path.cwd()
    yield
    os.chdir(before)


BROKEN = [
    ("lines.jsonl", LINES + b'{"email": "canary.person@example.com"\n', "line 61, column 38"),
    ("cut.jsonl.gz", gzip.compress(LINES)[:-20], "the packed file ends too early"),
    ("cut.jsonl.zst", zstandard.compress(LINES)[:-20], "the packed file ends too early"),
    ("no.jsonl.gz", LINES, "the packed file is damaged"),
    ("no.parquet", LINES, "this is no Parquet file"),
    ("wide.csv", TABLE.decode().encode("utf-16"), "this is not UTF-8"),
]


@pytest.mark.parametrize(("name", "body", "told"), BROKEN)
def test_a_file_that_cannot_be_read_is_given_up_and_the_others_are_masked(
    tmp_path: Path, name: str, body: bytes, told: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(body)
    (tmp_path / "in" / "sound.jsonl").write_bytes(LINES)

    status, answer = mask_files(tmp_path / "in", tmp_path / "out")

    assert status == 3
    assert told in answer
    assert CANARY not in answer
    assert not (tmp_path / "out" / name).exists()
    assert (tmp_path / "out" / "sound.jsonl").exists()
    assert "1 file could not be masked, and nothing of it was put out." in answer


def test_records_that_are_none_are_masked_as_text_where_that_is_asked(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(LINES + b'{"email": "canary.person@example.com"\n')

    status, told = mask_files(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--on-error", "text")

    assert status == 0
    assert "61 rows, 1 record read as text" in told
    assert (tmp_path / "out.jsonl").read_bytes().endswith(b'{"email": "<EMAIL_ADDRESS>"\n')
    manifest = orjson.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())
    assert [told.partition(":")[0] for told in manifest["failures"]["first"]] == ["line 61, column 38"]


def test_parquet_keeps_its_types_and_what_is_not_personal(tmp_path: Path) -> None:
    columns = {
        "email": pa.array(["canary.person@example.com", None] * 300),
        "phone": pa.array([4155550132, 7] * 300, pa.int64()),
        "born": pa.array([date(1980, 1, 2), None] * 300),
        "amount": pa.array([Decimal("1.50"), Decimal("2.00")] * 300),
        "who": pa.array([{"email": "canary.person@example.com", "rank": 3}] * 600),
        "tags": pa.array([["a", "canary.person@example.com"]] * 600),
    }
    pq.write_table(pa.table(columns), tmp_path / "in.parquet", row_group_size=250)

    status, told = mask_files(tmp_path / "in.parquet", tmp_path / "out.parquet", "--verify", "--policy", "strict")

    assert status == 0, told
    masked = pq.read_table(tmp_path / "out.parquet")
    assert masked.schema == pa.table(columns).schema
    assert masked.slice(0, 2).to_pylist() == [
        {
            "email": "<EMAIL_ADDRESS>",
            "phone": 0,
            "born": None,
            "amount": Decimal("1.50"),
            "who": {"email": "<EMAIL_ADDRESS>", "rank": 3},
            "tags": ["a", "<EMAIL_ADDRESS>"],
        },
        {
            "email": None,
            "phone": 0,
            "born": None,
            "amount": Decimal("2.00"),
            "who": {"email": "<EMAIL_ADDRESS>", "rank": 3},
            "tags": ["a", "<EMAIL_ADDRESS>"],
        },
    ]
    assert masked.num_rows == 600
    assert "600 rows" in told


def test_bytes_that_are_no_text_give_a_parquet_file_up_or_are_emptied(tmp_path: Path) -> None:
    pq.write_table(pa.table({"picture": pa.array([b"\xff\xd8canary.person"])}), tmp_path / "in.parquet")

    refused, told = mask_files(tmp_path / "in.parquet", tmp_path / "out.parquet")
    status, _ = mask_files(tmp_path / "in.parquet", tmp_path / "out.parquet", "--restart", "--on-error", "text")

    assert (refused, "column 1 holds bytes that are no text" in told, CANARY in told) == (3, True, False)
    assert status == 0
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [{"picture": None}]


def test_only_what_an_older_policy_masked_is_masked_again(folder: Path, tmp_path: Path, workspace: Workspace) -> None:
    out = tmp_path / "out"
    make_policy(workspace, {"US_SSN": "redact"})
    arguments = (folder, out, "--workspace", workspace.slug, "--only-newer-policy")
    mask_files(*arguments)
    first = (out / "events.jsonl").read_bytes()
    (folder / "list.json").write_bytes(LIST.replace(b"canary.person3@", b"canary.person4@"))

    _, same = mask_files(*arguments)
    make_policy(workspace, {"US_SSN": "last4"})
    _, newer = mask_files(*arguments)

    assert "1 file masked" in same  # Its input is another one.
    assert "4 files left as they are: masked by this policy already." in same
    assert "5 files masked" in newer
    assert (out / "events.jsonl").read_bytes() != first
    assert b'"ssn":"***-**-6789"' in (out / "events.jsonl").read_bytes()
    assert orjson.loads((out / "events.jsonl.manifest.json").read_bytes())["policy"]["version"] == 2


def test_what_is_left_is_told_with_an_exit_status_of_its_own(tmp_path: Path) -> None:
    half = {"name": "mask", "params": {"chars_to_mask": 2}}
    (tmp_path / "policy.json").write_bytes(orjson.dumps({"name": "lax", "operators": {"EMAIL_ADDRESS": half}}))
    (tmp_path / "in.jsonl").write_bytes(b'{"email": "canary.person@example.com"}\n')

    status, told = mask_files(
        tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--policy", tmp_path / "policy.json", "--verify"
    )

    assert status == 1, told
    assert "EMAIL_ADDRESS\t/*/email\t1" in told
    assert "1 piece of personal data is left." in told
    assert CANARY not in told


def test_an_empty_file_becomes_an_empty_file(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.csv", "c.txt.gz"):
        (tmp_path / name).write_bytes(gzip.compress(b"") if name.endswith(".gz") else b"")
        status, told = mask_files(tmp_path / name, tmp_path / f"out-{name}")
        assert status == 0, told
        assert unpacked(tmp_path / f"out-{name}") == b""
