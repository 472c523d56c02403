"""`manage.py verify`: what is still personal in a masked file, for people and for CI."""

import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import classifier
from classifier import Keyring, PayloadKind, Policy

CANARY = "canary.person@example.com"
RECORDS = (
    b'{"id": 7, "email": "canary.person@example.com", "ssn": 123456789, "note": "call +1 415 555 0132", '
    b'"inner": "{\\"email\\": \\"a@b.com\\"}", "card": "4111 1111 1111 1111"}\n'
)
TABLE = b"id,email,comment\n7,canary.person@example.com,call +1 415 555 0132\n"
NOTE = b"Mail canary.person@example.com, SSN 123-45-6789."
KEYED = {"hash_key": b"k" * 16, "keyring": Keyring.derive(b"k" * 32, workspace_id="w")}


def verify(*arguments: str) -> tuple[int, str]:
    """Run the command and return its exit status with all that it prints."""
    out = StringIO()
    try:
        call_command("verify", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def written(folder: Path, name: str, body: bytes) -> str:
    """Return the path of a new file."""
    path = folder / name
    path.write_bytes(body)
    return str(path)


def test_what_is_left_is_told_by_kind_and_field_and_never_by_value(tmp_path: Path) -> None:
    path = written(tmp_path, "records.ndjson", RECORDS * 2)

    status, told = verify(path)

    assert status == 1
    assert told.splitlines() == [
        f"{path}\tCREDIT_CARD\t/*/card\t2",
        f"{path}\tEMAIL_ADDRESS\t/*/email\t2",
        f"{path}\tEMAIL_ADDRESS\t/*/inner/email\t2",
        f"{path}\tPHONE_NUMBER\t/*/note\t2",
        f"{path}\tUS_SSN\t/*/ssn\t2",
        "10 pieces of personal data are left.",
    ]


def test_a_column_is_told_by_its_name_where_that_is_one(tmp_path: Path) -> None:
    _, named = verify(written(tmp_path, "a.csv", TABLE))
    _, unnamed = verify(written(tmp_path, "b.csv", b"7;a@b.com\n8;c@d.com\n"))

    assert "EMAIL_ADDRESS\t/*/email\t1" in named
    assert "EMAIL_ADDRESS\t/*/1\t2" in unnamed
    assert CANARY not in named


@pytest.mark.parametrize("policy", ["strict", "balanced", "analytics", "reversible"])
@pytest.mark.parametrize(
    ("name", "kind", "body"),
    [
        ("a.ndjson", PayloadKind.NDJSON, RECORDS),
        ("a.json", PayloadKind.JSON, RECORDS),
        ("a.csv", PayloadKind.CSV, TABLE),
        ("a.txt", PayloadKind.TEXT, NOTE),
    ],
)
def test_nothing_is_left_in_what_a_policy_has_masked(
    tmp_path: Path, policy: str, name: str, kind: PayloadKind, body: bytes
) -> None:
    masked = classifier.mask(body, Policy.named(policy, **KEYED), kind=kind).payload  # type: ignore[arg-type]

    assert verify(written(tmp_path, name, masked)) == (0, "No personal data is left.\n")


@pytest.mark.parametrize("operator", ["replace", "redact", "mask", "shape", "last4", "marker", "hash", "token"])
def test_what_each_operator_leaves_is_no_personal_data(tmp_path: Path, operator: str) -> None:
    policy = Policy("all", default=classifier.OperatorConfig(operator), **KEYED)  # type: ignore[arg-type]
    masked = classifier.mask(RECORDS, policy, kind=PayloadKind.NDJSON).payload

    assert verify(written(tmp_path, "a.jsonl", masked))[0] == 0


def test_kinds_that_may_be_read_are_not_told(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", NOTE)

    assert verify(path, "--readable", "EMAIL_ADDRESS", "US_SSN")[0] == 0
    assert verify(path, "--readable", "EMAIL_ADDRESS")[0] == 1


def test_one_value_among_masked_ones_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, "a.ndjson", b'{"email": "<EMAIL_ADDRESS>"}\n' * 2500 + b'{"email": "a@b.com"}\n')

    assert verify(path)[1].splitlines()[0] == f"{path}\tEMAIL_ADDRESS\t/*/email\t1"


@pytest.mark.parametrize(
    ("name", "body"),
    [("a.json", b'{"email": "canary.person@example.com"'), ("a.ndjson", b"canary.person\n"), ("a.txt", b"\xff")],
)
def test_a_file_that_is_not_what_it_says_proves_nothing(tmp_path: Path, name: str, body: bytes) -> None:
    status, told = verify(written(tmp_path, name, body))

    assert status == 3
    assert "canary" not in told
    assert verify(str(tmp_path / "missing.json"))[0] == 3


def test_a_key_that_is_personal_is_told_without_its_name(tmp_path: Path) -> None:
    status, told = verify(written(tmp_path, "a.json", b'{"canary.person@example.com": {"visits": 3}}'))

    assert (status, "canary" in told) == (1, False)


def test_standard_input_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(written(tmp_path, "a.txt", NOTE)).open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        status, _ = verify("-", "--format", "text")

    assert status == 1
