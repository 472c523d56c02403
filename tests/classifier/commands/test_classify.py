"""`manage.py classify`: findings of standard input and of files, with offsets into the text as it was written."""

import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from classifier import ENTITIES, Entity, Tier, locate
from classifier.management.labels import label_of
from tests.drawing import draws

LABELS = (
    "PERSON USERNAME ADDRESS LOCATION ORGANIZATION EMAIL PHONE CREDIT_CARD IBAN BANK_ACCOUNT NATIONAL_ID PASSPORT "
    "DRIVER_LICENSE IP MAC URL PASSWORD SECRET DATE_TIME DATE_OF_BIRTH AGE CRYPTO VEHICLE OTHER"
)


def classified(body: str | bytes, *arguments: str) -> list[dict[str, Any]]:
    """Return the findings that the command prints about standard input."""
    out = StringIO()
    given = BytesIO(body if isinstance(body, bytes) else body.encode())
    call_command("classify", *arguments, standard_input=given, stdout=out, stderr=StringIO())
    return [json.loads(line) for line in out.getvalue().splitlines()]


def finding(path: str, start: int, end: int, label: str, recognizer: str, score: float = 0.95) -> dict[str, Any]:
    """Return a finding as the command prints it."""
    return {"path": path, "start": start, "end": end, "label": label, "score": score, "recognizer": recognizer}


def test_findings_of_a_text_are_printed_one_a_line() -> None:
    found = classified("é a@b.co and 123-45-6789")

    assert found == [
        finding("", 2, 8, "EMAIL_ADDRESS", "email"),
        finding("", 13, 24, "US_SSN", "us_ssn"),
    ]


@pytest.mark.parametrize(
    ("form", "body", "expected"),
    [
        ("json", '{"user":{"email":"q"}}', finding("/user/email", 0, 1, "EMAIL", "key", 0.99)),
        ("ndjson", '{}\n\n{"email":"q"}\n', finding("/2/email", 0, 1, "EMAIL", "key", 0.99)),
        ("ndjson", "{}\nnot json a@b.co\n", finding("/1", 9, 15, "EMAIL", "email")),
        ("csv", "id,email\n1,q\n", finding("/1/1", 0, 1, "EMAIL", "key", 0.99)),
        ("csv", "1,q\n2,a@b.co\n", finding("/1/1", 0, 6, "EMAIL", "email")),
        ("csv", '\ufeffid,email\n"1","q"\n', finding("/1/1", 0, 1, "EMAIL", "key", 0.99)),
        ("json", "broken a@b.co", finding("", 7, 13, "EMAIL", "email")),
    ],
)
def test_each_format_says_where_in_its_own_way(form: str, body: str, expected: dict[str, Any]) -> None:
    found = classified(body, "--format", form, "--labels")

    assert found == [expected]


def test_a_line_with_an_id_and_a_text_can_be_scored() -> None:
    found = classified('{"id":"d1","text":"é a@b.co"}\n\n{"id":2,"text":"nothing"}\n', "--format", "jsonl")

    span = {"start": 2, "end": 8, "label": "EMAIL_ADDRESS", "score": 0.95, "recognizer": "email"}
    assert found == [{"id": "d1", "spans": [span]}, {"id": 2, "spans": []}]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('{"name":"Al \\"B\\" C"}', ['Al \\"B\\" C']),
        ('{"x":"\\u00e9\\n\\ud83d\\ude00 a@b.co \\/ c\\u0040d.co"}', ["a@b.co", "c\\u0040d.co"]),
        ('{"x":"\\ud800 a@b.co"}', ["a@b.co"]),
        ('{"x":"😀 a@b.co", "ssn": 123456789}', ["a@b.co", "123456789"]),
        ('{"x":"{\\"email\\":\\"A\\\\u006c\\"}"}', ["A\\\\u006c"]),
        ('[["{\\"x\\":[\\"{\\\\\\"email\\\\\\":\\\\\\"Al\\\\\\"}\\"]}"]]', ["Al"]),
        ('{"a@b.co":[1,{"email":["x","y"]}]}', ["a@b.co", "x", "y"]),
        (' [ 4111111111111111 , "\\\\ 123-45-6789"]', ["4111111111111111", "123-45-6789"]),
        ("no document: a@b.co", ["a@b.co"]),
    ],
)
def test_offsets_point_into_the_text_as_it_was_written(text: str, seen: list[str]) -> None:
    spans = locate(text)

    assert [text[span.start : span.end] for span in spans] == seen


ODD = st.text(st.sampled_from('é\u00df\U0001f600"\\/\b\n\t\ud800\u200b {}[]:,'), max_size=8)


@given(ODD, ODD, st.booleans(), st.integers(0, 2))
@draws(150)
def test_offsets_are_exact_however_a_value_is_escaped(before: str, after: str, plain: bool, depth: int) -> None:
    text = json.dumps({"x": f"{before} a@b.co {after}"}, ensure_ascii=plain)
    for _ in range(depth):
        text = json.dumps([text], ensure_ascii=plain)

    spans = [span for span in locate(text, tier=Tier.PATTERNS) if span.recognizer == "email"]

    assert [text[span.start : span.end] for span in spans] == ["a@b.co"]


def test_every_entity_has_a_label_that_the_scorer_knows() -> None:
    known = set(LABELS.split())

    assert {entity: label_of(entity) for entity in ENTITIES if label_of(entity) not in known} == {}


@pytest.mark.parametrize(
    ("entity", "label"),
    [
        (Entity.US_SSN, "NATIONAL_ID"),
        (Entity.US_PASSPORT, "PASSPORT"),
        (Entity.SECRET, "SECRET"),
        (Entity.GENDER, "OTHER"),
        (Entity.LICENSE_PLATE, "VEHICLE"),
    ],
)
def test_a_label_is_the_entitys_own_or_that_of_its_group(entity: Entity, label: str) -> None:
    assert label_of(entity) == label


def test_several_files_are_read_one_after_the_other_and_named(tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    first.write_text("a@b.co")
    second.write_text("x 123-45-6789")

    found = classified("", str(first), str(second))

    assert [(one["file"], one["label"]) for one in found] == [(str(first), "EMAIL_ADDRESS"), (str(second), "US_SSN")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"id":1}\n', 'standard input: Expected an object with an "id" and a "text": line 1 column 1'),
        (
            '{"id":1,"text":"ok"}\n[canary]\n',
            'standard input: Expected an object with an "id" and a "text": line 2 column 1',
        ),
        (b'{"id":1,"text":"\xff"}\n', "standard input: The body is not valid UTF-8 at byte 16; send UTF-8."),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_never_quoted(body: str | bytes, message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        classified(body, "--format", "jsonl")

    assert (str(refusal.value), refusal.value.returncode) == (message, 1)


@pytest.mark.parametrize("arguments", [["--tier", "nope"], ["--format", "nope"]])
def test_a_tier_or_a_format_that_does_not_exist_is_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        classified("x", *arguments)


def test_the_cheapest_tier_is_always_there() -> None:
    found = classified("a@b.co", "--tier", "patterns")

    assert found == [finding("", 0, 6, "EMAIL_ADDRESS", "email")]
