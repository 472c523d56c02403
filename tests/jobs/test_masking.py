"""What cannot be read as its kind gives the file up with its line, or is masked as text; it never passes."""

import pickle
from dataclasses import replace

import pytest

import classifier
from classifier import LeakFound, Policy, key_ids_in
from privacy_service.decisions.policies import operators_from
from privacy_service.jobs.chunks import Chunk, Masked, OnError
from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.kinds import FileKind
from privacy_service.jobs.masking import mask_chunk
from privacy_service.jobs.records import masked_rows
from tests.jobs.files import BODIES, CANARY, hiding, masked_in_chunks
from tests.leaking import forget_to_hide
from workspaces.models import Workspace

GOOD = b'{"email": "canary.person@example.com"}\n'
BROKEN = b'{"email": "canary.person@example.com"\n'


def chunk_of(data: bytes) -> Chunk:
    """Return a file of one chunk."""
    return Chunk(0, 0, len(data), is_first=True, is_last=True)


UNREADABLE = [
    (FileKind.JSONL, GOOD + GOOD + BROKEN, "line 3, column 38"),
    (FileKind.JSONL, GOOD + b'"\xff canary.person@example.com"\n', "line 2: this is not UTF-8"),
    (FileKind.JSON, b"[\n" + BROKEN, "line 3"),
    (FileKind.JSON, b"[" * 150 + b"]" * 150, "nests deeper than 100"),
    (FileKind.TEXT, b"one\ncanary.person@example.com\x00", "line 2: this holds NUL bytes"),
    (FileKind.TEXT, b"\xffcanary.person@example.com", "line 1: this is not UTF-8"),
]


@pytest.mark.parametrize(("kind", "body", "told"), UNREADABLE)
def test_what_cannot_be_read_is_told_by_line_and_kind_of_error_alone(kind: FileKind, body: bytes, told: str) -> None:
    with pytest.raises(Unreadable) as caught:
        mask_chunk(chunk_of(body), body, hiding(kind))

    assert told in str(caught.value)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_broken_line_is_masked_as_text_and_noted_where_that_is_asked() -> None:
    body = GOOD + BROKEN + b"\n" + GOOD

    masked = mask_chunk(chunk_of(body), body, hiding(FileKind.JSONL, on_error=OnError.TEXT))

    hidden = GOOD.replace(b"canary.person@example.com", b"<EMAIL_ADDRESS>")
    assert masked.data == hidden + hidden.replace(b"}\n", b"\n") + b"\n" + hidden
    assert [(one.line, one.column) for one in masked.troubles] == [(2, 38)]
    assert CANARY not in str(masked.troubles)


def test_a_sample_tells_which_field_holds_what_and_no_value() -> None:
    body = GOOD * 100

    masked = mask_chunk(chunk_of(body), body, hiding(FileKind.JSONL))

    assert masked.entities == {"EMAIL_ADDRESS": 100}
    assert masked.fields == {("/*/email", "EMAIL_ADDRESS"): 20}
    assert (masked.rows, masked.sampled) == (100, 20)


def test_a_policy_that_hides_everything_hides_it_in_chunks_too() -> None:
    everything = classifier.REDACT_EVERYTHING

    masked = mask_chunk(chunk_of(GOOD), GOOD, hiding(FileKind.JSONL, everything))

    assert masked.data == b'{"email": "[REDACTED]"}\n'


@pytest.mark.parametrize("kind", [FileKind.JSONL, FileKind.JSON, FileKind.CSV])
def test_each_record_of_a_file_is_sealed_under_the_key_of_its_person(workspace: Workspace, kind: FileKind) -> None:
    per_person = operators_from({"default": {"name": "token", "params": {"per": "person"}}}, workspace.pk)

    masked = masked_in_chunks(BODIES[kind], hiding(kind, per_person), 2048).decode()

    assert CANARY not in masked
    assert len(key_ids_in(masked)) == 60
    assert masked == masked_in_chunks(BODIES[kind], hiding(kind, per_person), 512).decode()


@pytest.mark.parametrize("on_error", OnError)
@pytest.mark.parametrize("kind", BODIES)
def test_what_was_masked_badly_gives_the_file_up_where_the_policy_looks_again(
    monkeypatch: pytest.MonkeyPatch, kind: FileKind, on_error: OnError
) -> None:
    looked_at = replace(Policy.named("strict"), leak_check=True)
    how = hiding(kind, looked_at, on_error)
    good = masked_in_chunks(BODIES[kind], how, 4000)
    forget_to_hide(monkeypatch)

    with pytest.raises(Unreadable, match="still shows what was to be hidden") as caught:
        masked_in_chunks(BODIES[kind], how, 4000)

    assert good == masked_in_chunks(BODIES[kind], hiding(kind, on_error=on_error), 4000) or CANARY.encode() not in good
    assert CANARY not in str(caught.value)


def test_so_does_a_row_of_a_table_or_a_parquet_file(monkeypatch: pytest.MonkeyPatch) -> None:
    how = hiding(FileKind.PARQUET, replace(Policy.named("strict"), leak_check=True))
    rows = [{"id": 1, "email": f"{CANARY}@example.com"}]
    good = masked_rows(rows, how, Masked(b""))
    forget_to_hide(monkeypatch)

    with pytest.raises(Unreadable, match="still shows what was to be hidden"):
        masked_rows(rows, how, Masked(b""))

    assert good == {0: {"email": "<EMAIL_ADDRESS>"}}


def test_the_error_of_a_leak_comes_back_whole_from_another_process() -> None:
    error = LeakFound({"US_SSN": 2})

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what was written just now.

    assert (str(again), again.entities) == (str(error), {"US_SSN": 2})
