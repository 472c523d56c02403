"""Files in an object store that speaks S3, over HTTP: read in ranges, and visible once they are whole."""

import gzip
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from typing import Any

import pytest
import s3fs
from django.core.management import call_command
from moto.server import ThreadedMotoServer

from privacy_service.jobs.lakes.driver import Lake
from privacy_service.jobs.places import Place, expand
from privacy_service.subjects.destinations.base import Subject
from privacy_service.subjects.identifiers import Identifier, Kind
from tests.jobs.files import CANARY, LINES, TABLE
from tests.services import free_port
from workspaces.models import Workspace

# The client asks its own classes for the time in a way that Python 3.12 has given up.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Run an object store and return its address."""
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def bucket(store: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> s3fs.S3FileSystem:
    """Return the store as a file system, with an empty bucket."""
    settings.PRIVACY_JOBS_CHUNK_BYTES = 2000
    named = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**named, "AWS_ENDPOINT_URL": store}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    files = s3fs.S3FileSystem()
    if files.exists("lake"):
        files.rm("lake", recursive=True)
    files.mkdir("lake")
    return files


def test_a_folder_of_a_bucket_is_masked_into_another(bucket: s3fs.S3FileSystem) -> None:
    bucket.pipe("lake/in/a.jsonl", LINES)
    bucket.pipe("lake/in/deep/b.csv", TABLE)
    out = StringIO()

    options = {"workers": 1, "tier": "patterns", "verify": True, "stdout": out}
    call_command("mask_files", "s3://lake/in", "s3://lake/out", **options)

    names = [
        "lake/out/a.jsonl",
        "lake/out/a.jsonl.manifest.json",
        "lake/out/deep/b.csv",
        "lake/out/deep/b.csv.manifest.json",
    ]
    assert sorted(bucket.find("lake/out")) == names
    assert all(CANARY.encode() not in bucket.cat(name) for name in names)
    assert bucket.cat("lake/out/a.jsonl").count(b"\n") == LINES.count(b"\n")
    assert "Verified: nothing personal is left in 2 files." in out.getvalue()


def test_an_object_is_not_there_before_it_is_whole(bucket: s3fs.S3FileSystem) -> None:
    place = Place.at("s3://lake/out/big.bin")
    with place.appearing() as file:
        for _ in range(3):
            file.write(b"x" * (6 << 20))
            bucket.invalidate_cache()
            assert not bucket.exists("lake/out/big.bin")

    bucket.invalidate_cache()
    assert bucket.size("lake/out/big.bin") == 18 << 20


def test_a_write_that_breaks_off_leaves_no_object(bucket: s3fs.S3FileSystem) -> None:
    def blocks() -> Iterator[bytes]:
        yield b"x" * (6 << 20)
        message = "the disk is gone"
        raise OSError(message)

    with pytest.raises(OSError, match="the disk is gone"):
        Place.at("s3://lake/out/half.bin").write(blocks())

    bucket.invalidate_cache()
    assert not bucket.exists("lake/out/half.bin")


def test_patterns_and_ranges_work_as_with_files(bucket: s3fs.S3FileSystem) -> None:
    for name in ("a.jsonl", "b.jsonl", "c.txt"):
        bucket.pipe(f"lake/in/{name}", LINES)

    found = expand("s3://lake/in/*.jsonl")

    assert [found.at(name).address for name in found.names] == ["s3://lake/in/a.jsonl", "s3://lake/in/b.jsonl"]
    assert Place.at("s3://lake/in/a.jsonl").read(10, 30) == LINES[10:30]
    assert Place.at("s3://lake/in/a.jsonl").identity() == found.at("a.jsonl").identity()
    assert list(islice(Place.at("s3://lake/in/a.jsonl").open(), 1)) == [LINES.split(b"\n")[0] + b"\n"]


def test_a_lake_in_the_store_forgets_a_person_in_its_workspaces_own_folder_alone(
    bucket: s3fs.S3FileSystem, workspace: Workspace, settings: Any
) -> None:
    settings.PRIVACY_JOBS_PLACES = ["s3://lake/{workspace}"]
    lines = b'{"userId": "1"}\n{"userId": "9"}\n'
    for name in ("acme/a.jsonl", "acme/b.jsonl.gz", "other/a.jsonl"):
        bucket.pipe(f"lake/{name}", gzip.compress(lines) if name.endswith("gz") else lines)
    lake = Lake({"files": ["s3://lake/acme/*"]}, {}).in_workspace(workspace)

    done = lake.delete(Subject((Identifier(Kind.USER_ID, "9"),)))

    assert done.counts == {"records": 2, "files": 2, "files looked through": 2}
    left = bucket.cat("lake/acme/a.jsonl"), gzip.decompress(bucket.cat("lake/acme/b.jsonl.gz"))
    assert (left, bucket.cat("lake/other/a.jsonl")) == ((b'{"userId": "1"}\n',) * 2, lines)
