"""JSON bodies: what is personal goes, every other byte stays."""

import json

import pytest

from classifier import (
    REDACT_EVERYTHING,
    Entity,
    Finding,
    InvalidEncoding,
    InvalidPayload,
    Limits,
    PayloadKind,
    TooDeep,
    classify,
    mask,
)
from tests.classifier.finding import SHAPES, STRICT, masked, with_operators

IDENTIFY = {
    "type": "identify",
    "userId": "u_48291",
    "anonymousId": "0f8e3a52-6f0b-4a64-9f3e-1d2c3b4a5f60",
    "timestamp": "2024-05-01T12:34:56.789Z",
    "traits": {
        "email": "alice@example.com",
        "name": "Alice Liddell",
        "plan": "enterprise",
        "createdAt": "2023-01-15T09:00:00Z",
        "address": {"street": "12 Rabbit Hole Lane", "postalCode": "OX1 2JD"},
    },
    "context": {
        "ip": "203.0.113.77",
        "library": {"name": "analytics.js", "version": "4.2.0"},
        "page": {"title": "Your account", "url": "https://app.example.com/?email=alice%40example.com&tab=1"},
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/124.0.0.0 Safari/537.36",
    },
}
NOTE = "Patient: John Smith\nDOB: 01/31/1970\nSSN: 123-45-6789\nPhone (home): 415-555-0132\n\nHypertension, mild."
TRACK = {
    "type": "track",
    "userId": "u_1",
    "event": "Note Saved",
    "name": "Alice",
    "properties": {"title": "Visit", "content": NOTE, "price": 19.5, "count": 3},
}


@pytest.mark.parametrize(
    "clean",
    [
        "{}",
        "[]",
        "null",
        "true",
        "-0",
        "1e400",
        "[1E+2, -0.0, 0.10, 12345678901234567890123]",
        '"plain"',
        ' { "b" : 1.50 ,\r\n\t"a":[ ] , "a":{ } } ',
        r'{"\u0061b":"\/\u00e9\n\ud83d\ude00","c":"\ud800"}',
        '"\\u0000"',
        '{"":"","é":"日本"}',
        '\ufeff{"a":1}',
        '{"t":1700000000000,"v":"1.2.3","u":"0f8e3a52-6f0b-4a64-9f3e-1d2c3b4a5f60"}',
        '"[1, 2"',
        r'"{\"a\": [1]}"',
    ],
)
def test_a_body_without_personal_data_comes_back_as_the_same_object(clean: str) -> None:
    payload = clean.encode()

    answer = mask(payload, STRICT, kind=PayloadKind.JSON)

    assert answer.payload is payload
    assert answer.entities == {}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"name":"alice","ssn":"123-45-6789"}', '{"name":"*****","ssn":"***-**-****"}'),
        ('{"name":"bob","ssn":"987-65-4321"}', '{"name":"***","ssn":"***-**-****"}'),
        ('"123-45-6789"', '"***-**-****"'),
        ('["x 123-45-6789 987-65-4321"]', '["x ***-**-**** ***-**-****"]'),
        (r'{"x":"alice\u0040example.com"}', '{"x":"*****@*******.***"}'),
        (r'{"x":"call\n415-555-0132"}', r'{"x":"call\n***-***-****"}'),
        (r'{"x":"a\/b 123-45-6789"}', '{"x":"a/b ***-**-****"}'),
        (r'{"x":"\ud800 123-45-6789"}', r'{"x":"\ud800 ***-**-****"}'),
        (r'{"x":"\u0000123-45-6789"}', r'{"x":"\u0000***-**-****"}'),
        ('{"x":4111111111111111}', '{"x":0}'),
        ("[4111111111111111,5,5555555555554444 ]", "[0,5,0 ]"),
        ('{"phone": 4155550132 ,"n":-0}', '{"phone": 0 ,"n":-0}'),
        ('{"phone":[4155550132,{"a":-1.5e3}],"n":1}', '{"phone":[0,{"a":0}],"n":1}'),
        ('{"email":"a@b.co","email":"c@d.co"}', '{"email":"*@*.**","email":"*@*.**"}'),
        ('{"x":"a@b.co","x":"clean"}', '{"x":"*@*.**","x":"clean"}'),
        ('\ufeff{"email":"a@b.co"}', '\ufeff{"email":"*@*.**"}'),
        (r'{"x":"{\"email\":\"q\",\"n\":1.0}"}', r'{"x":"{\"email\":\"*\",\"n\":1.0}"}'),
        (r'{"user":"{\"name\":\"Al\"}"}', r'{"user":"{\"name\":\"**\"}"}'),
        (r'{"x":"[\"{\\\"ssn\\\":\\\"q\\\"}\"]"}', r'{"x":"[\"{\\\"ssn\\\":\\\"*\\\"}\"]"}'),
        (r'{"x":"{broken a@b.co \n"}', r'{"x":"{broken *@*.** \n"}'),
        ('{"name":"say \\"hi\\""}', '{"name":"*** \\"**\\""}'),
    ],
)
def test_what_is_personal_is_hidden_and_the_rest_keeps_its_bytes(body: str, expected: str) -> None:
    seen = masked(body, SHAPES)

    assert seen == expected


def test_a_personal_key_is_hidden_and_stays_apart_from_the_others() -> None:
    body = '{"a@b.co":1,"<EMAIL_ADDRESS>":true,"c@d.co":{"e@f.co":2},"<EMAIL_ADDRESS>_2":null}'

    seen = masked(body)

    assert seen == (
        '{"<EMAIL_ADDRESS>_3":1,"<EMAIL_ADDRESS>":true,'
        '"<EMAIL_ADDRESS>_4":{"<EMAIL_ADDRESS>":2},"<EMAIL_ADDRESS>_2":null}'
    )


def test_an_identify_event_keeps_what_is_not_personal() -> None:
    seen = json.loads(masked(json.dumps(IDENTIFY)))

    expected = json.loads(json.dumps(IDENTIFY))
    expected["traits"] |= {"email": "<EMAIL_ADDRESS>", "name": "<PERSON>"}
    expected["traits"]["address"] = {"street": "<STREET_ADDRESS>", "postalCode": "<POSTCODE>"}
    expected["context"]["ip"] = "<IP_ADDRESS>"
    expected["context"]["page"]["url"] = "https://app.example.com/?email=<EMAIL_ADDRESS>&tab=1"
    assert seen == expected


def test_a_note_inside_a_track_event_loses_its_labelled_lines() -> None:
    seen = json.loads(masked(json.dumps(TRACK)))

    assert seen["properties"]["content"] == (
        "Patient: <PERSON>\nDOB: <DATE_OF_BIRTH>\nSSN: <US_SSN>\nPhone (home): <PHONE_NUMBER>\n\nHypertension, mild."
    )
    del seen["properties"]["content"]
    assert seen["properties"] == {"title": "Visit", "price": 19.5, "count": 3}
    assert seen["name"] == "<PERSON>"


def test_the_answer_counts_what_was_hidden() -> None:
    body = b'{"email":"a@b.co","x":"c@d.co 123-45-6789","phone":1}'

    answer = mask(body, STRICT, kind=PayloadKind.JSON)

    assert answer.entities == {Entity.EMAIL_ADDRESS: 2, Entity.US_SSN: 1, Entity.PHONE_NUMBER: 1}


def test_findings_say_where_and_never_what() -> None:
    body = b'{"user":{"name":"Al"},"a/b":["x",{"~":"at 123-45-6789"}],"c@d.co":4111111111111111}'

    findings = classify(body, kind=PayloadKind.JSON)

    assert findings == (
        Finding("/user/name", Entity.PERSON, 0.99, "key", 0, 2),
        Finding("/a~1b/1/~0", Entity.US_SSN, 0.95, "us_ssn", 3, 14),
        Finding("/<EMAIL_ADDRESS>", Entity.EMAIL_ADDRESS, 0.95, "email:name", 0, 6),
        Finding("/<EMAIL_ADDRESS>", Entity.CREDIT_CARD, 0.95, "credit_card", 0, 16),
    )


def test_findings_inside_an_embedded_document_continue_its_path() -> None:
    findings = classify(rb'{"x":["{\"email\":\"q\"}"]}', kind=PayloadKind.JSON)

    assert findings == (Finding("/x/0/email", Entity.EMAIL_ADDRESS, 0.99, "key", 0, 1),)


def test_offsets_are_code_points_of_the_decoded_leaf() -> None:
    findings = classify('"é😀\\n123-45-6789"'.encode(), kind=PayloadKind.JSON)

    assert findings == (Finding("", Entity.US_SSN, 0.95, "us_ssn", 3, 14),)


def test_a_broad_policy_reads_what_a_narrow_one_hides() -> None:
    seen = masked('{"note":"a@b.co 123-45-6789"}', with_operators(US_SSN="shape"))

    assert seen == '{"note":"a@b.co ***-**-****"}'


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        ("", 1, 1),
        (" ", 1, 2),
        ("{", 1, 2),
        ('{"a":1,}', 1, 8),
        ("[1,]", 1, 4),
        ("[1 2]", 1, 4),
        ('{"é":\n tru}', 2, 2),
        ("NaN", 1, 1),
        ("[Infinity]", 1, 2),
        ("[-]", 1, 2),
        ("01", 1, 1),
        ("1.", 1, 1),
        ('"a', 1, 1),
        ('"\t"', 1, 1),
        (r'"\x"', 1, 1),
        ("{} {}", 1, 4),
        ("{1:2}", 1, 2),
        ('{"a" 1}', 1, 6),
        ("]", 1, 1),
        ('{"a":1]', 1, 7),
        ("['a']", 1, 2),
    ],
)
def test_broken_json_is_refused_with_line_and_column(body: str, line: int, column: int) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        masked(body)

    assert (refusal.value.line, refusal.value.column) == (line, column)


def test_bytes_that_are_not_utf8_are_refused_with_their_offset() -> None:
    with pytest.raises(InvalidEncoding) as refusal:
        masked(b'{"a":"\xff"}')

    assert refusal.value.offset == 6


@pytest.mark.parametrize("depth", [101, 300, 2000, 200_000])
def test_a_body_that_nests_too_deep_is_refused(depth: int) -> None:
    with pytest.raises(TooDeep):
        masked("[" * depth + "]" * depth)


@pytest.mark.parametrize("policy", [STRICT, REDACT_EVERYTHING])
def test_a_body_as_deep_as_the_limit_is_read(policy: object) -> None:
    body = ('{"a":[' * 50 + "]}" * 50).encode()

    assert mask(body, policy, kind=PayloadKind.JSON).payload == body  # type: ignore[arg-type]


def test_a_lower_limit_is_kept() -> None:
    with pytest.raises(TooDeep):
        mask(b'{"email":[["x"]]}', STRICT, kind=PayloadKind.JSON, limits=Limits(max_depth=2))


def test_a_limit_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        Limits(max_depth=100_000)
