"""unmask(): the way back, for whom it is allowed, byte by byte; and its refusals."""

import csv
import io
import json
import traceback
from typing import Literal
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from classifier import (
    ClassifierError,
    Entity,
    InvalidPayload,
    Keyring,
    PayloadKind,
    Policy,
    TokensRefused,
    Unmasked,
    mask,
    unmask,
)
from tests.classifier.operators.cases import KEYRING, MASTER, OLDER
from tests.classifier.test_properties import CLEAN_WORDS, PERSONAL, texts
from tests.drawing import draws

MANY = draws(300)
REVERSIBLE = Policy.named("reversible", keyring=KEYRING)


def there(body: str, kind: PayloadKind) -> bytes:
    return mask(body.encode(), REVERSIBLE, kind=kind).payload


def back(payload: bytes, kind: PayloadKind) -> str:
    return unmask(payload, KEYRING, kind=kind).payload.decode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PayloadKind.JSON, '{"email" : "a@b.co",\n "note":"ssn 123-45-6789, é", "n": 1.50, "a@b.co":[]}'),
        (PayloadKind.JSON, r'{"name":"O\"Neil \\ \n two","x":"\u00e9 / \/"}'),
        (PayloadKind.JSON, r'{"inner":"{\"email\":\"a@b.co\",\"name\":\"O\\\"Neil\"}"}'),
        (PayloadKind.JSON, '\ufeff{"email":"a@b.co"}'),
        (PayloadKind.NDJSON, '{"email":"a@b.co"}\r\n\n["123-45-6789"]\n'),
        (PayloadKind.TEXT, "Name: Alice Liddell\nSSN 123-45-6789 a@b.co"),
        (PayloadKind.TEXT, '{"name": "Alice \\"A\\" Liddell"}'),
        (PayloadKind.CSV, 'id,email,note\r\n1,a@b.co,"say ""a@b.co"", twice"\r\n'),
        (PayloadKind.CSV, 'id;data\n1;"{""email"":""a@b.co""}"\n'),
        (PayloadKind.FORM, "email=a%40b.co&note=call+me+at+a%40b.co&x&data=%7B%22email%22%3A%22a%22%7D"),
    ],
)
def test_what_was_masked_comes_back_byte_for_byte(kind: PayloadKind, body: str) -> None:
    payload = there(body, kind)

    assert b"ptok_" in payload
    assert back(payload, kind) == body


def test_what_came_back_is_counted() -> None:
    payload = there('{"email":"a@b.co","note":"a@b.co 123-45-6789"}', PayloadKind.JSON)

    answer = unmask(payload, KEYRING, kind=PayloadKind.JSON)

    assert answer.counts == {Entity.EMAIL_ADDRESS: 2, Entity.US_SSN: 1}
    assert "a@b.co" not in repr(answer)


def test_only_the_allowed_entities_come_back() -> None:
    payload = there('{"email":"a@b.co","ssn":"123-45-6789"}', PayloadKind.JSON)

    answer = unmask(payload, KEYRING, kind=PayloadKind.JSON, entities={Entity.EMAIL_ADDRESS})

    ssn = KEYRING.seal(Entity.US_SSN, "123-45-6789")
    assert answer.payload.decode() == f'{{"email":"a@b.co","ssn":"{ssn}"}}'
    assert answer.counts == {Entity.EMAIL_ADDRESS: 1}


@pytest.mark.parametrize("kind", PayloadKind)
def test_a_body_without_tokens_is_the_same_object(kind: PayloadKind) -> None:
    payload = b'{"a":"\\u00e9 ptok"}'

    assert unmask(payload, KEYRING, kind=kind) == Unmasked(payload, {})
    assert unmask(payload, KEYRING, kind=kind).payload is payload


TOKEN = KEYRING.seal(Entity.PERSON, "alice")
BROKEN = [
    Keyring.derive(OLDER, workspace_id="acme").seal(Entity.PERSON, "alice"),
    Keyring.derive(MASTER, workspace_id="globex").seal(Entity.PERSON, "alice"),
    TOKEN.replace("PERSON", "AGE"),
    TOKEN[:-1],
    TOKEN[:-10],
    TOKEN[:-5] + "_",
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("kind", PayloadKind)
def test_a_token_that_does_not_open_refuses_the_body_or_stays(broken: str, kind: PayloadKind) -> None:
    form = '["{} and {}"]' if kind in {PayloadKind.JSON, PayloadKind.NDJSON} else "x={} and {}"
    body = form.format(TOKEN, broken).encode()

    with pytest.raises(TokensRefused, match=r"^1 token\(s\) could not be opened") as refusal:
        unmask(body, KEYRING, kind=kind)
    lenient = unmask(body, KEYRING, kind=kind, strict=False)

    about = "".join(traceback.format_exception(refusal.value)) + repr(vars(refusal.value))
    assert "ptok" not in about.replace(__file__, "")
    assert refusal.value.__context__ is None
    assert lenient.payload == form.format("alice", broken).encode()


def test_tokens_that_touch_each_other_or_letters_open() -> None:
    ssn = KEYRING.seal(Entity.US_SSN, "7")

    assert back(f"x{TOKEN}{ssn}{TOKEN}y".encode(), PayloadKind.TEXT) == "xalice7alicey"


def test_a_broken_body_is_refused() -> None:
    with pytest.raises(InvalidPayload):
        unmask(f'{{"a":"{TOKEN}"'.encode(), KEYRING, kind=PayloadKind.JSON)


def test_numbers_do_not_come_back() -> None:
    payload = there('{"age":42}', PayloadKind.JSON)

    assert back(payload, PayloadKind.JSON) == '{"age":0}'


leaves = st.one_of(st.sampled_from(PERSONAL), st.sampled_from(CLEAN_WORDS), texts, st.just('{"email":"O\\"Neil"}'))
keys = st.sampled_from(["email", "name", "note", "id", "data", "patient", "é"])
documents = st.recursive(
    st.one_of(leaves, st.booleans(), st.none(), st.integers(0, 999)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(keys, leaves), inner, max_size=4)),
    max_leaves=10,
)


def _has_told_numbers(payload: bytes, body: str) -> bool:
    """Say whether a number was hidden, which no token can bring back."""
    return any(
        plain != seen for plain, seen in zip(_numbers(json.loads(body)), _numbers(json.loads(payload)), strict=True)
    )


def _numbers(value: object) -> list[int]:
    if isinstance(value, dict):
        return [number for one in value.values() for number in _numbers(one)]
    if isinstance(value, list):
        return [number for one in value for number in _numbers(one)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


@MANY
@given(documents, st.sampled_from([PayloadKind.JSON, PayloadKind.TEXT, PayloadKind.NDJSON]), st.booleans())
def test_a_document_comes_back_as_the_same_value(document: object, kind: PayloadKind, ascii_only: bool) -> None:
    body = json.dumps(document, ensure_ascii=ascii_only)
    assume(body.encode("utf-8", "replace").decode() == body)
    payload = there(body, kind)
    assume(kind is not PayloadKind.TEXT or isinstance(document, dict | list))
    assume(not _has_told_numbers(payload, body))

    assert json.loads(back(payload, kind)) == document


@MANY
@given(leaves)
def test_a_text_comes_back_byte_for_byte(text: str) -> None:
    assume(text.encode("utf-8", "replace").decode() == text)

    assert back(there(text, PayloadKind.TEXT), PayloadKind.TEXT) == text


@MANY
@given(
    st.lists(st.tuples(leaves, leaves), min_size=1, max_size=4),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_a_table_comes_back_byte_for_byte(rows: list[tuple[str, str]], quoting: Literal[0, 1]) -> None:
    assume(all(cell.encode("utf-8", "replace").decode() == cell for row in rows for cell in row))
    written = io.StringIO()
    csv.writer(written, quoting=quoting).writerows([("email", "note"), *rows])
    body = written.getvalue()

    assert back(there(body, PayloadKind.CSV), PayloadKind.CSV) == body


@MANY
@given(st.lists(st.tuples(st.one_of(keys, leaves), leaves), max_size=4))
def test_a_form_comes_back_with_the_same_pairs(pairs: list[tuple[str, str]]) -> None:
    assume(all(one.encode("utf-8", "replace").decode() == one for pair in pairs for one in pair))
    body = urlencode(pairs)

    plain = back(there(body, PayloadKind.FORM), PayloadKind.FORM)

    assert parse_qsl(plain, keep_blank_values=True) == pairs


@MANY
@given(st.binary(max_size=80), st.sampled_from(PayloadKind))
def test_any_bytes_are_unmasked_or_refused_for_a_reason(payload: bytes, kind: PayloadKind) -> None:
    try:
        outcome: object = unmask(payload + b" ptok_PERSON_abcdef_x", KEYRING, kind=kind, strict=False)
    except ClassifierError as refusal:
        outcome = type(refusal).__name__

    assert outcome != "ClassifierFailed"
