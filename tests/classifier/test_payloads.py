"""NDJSON, CSV, forms and text: the same kind of body comes out."""

import pytest

from classifier import Entity, Finding, InvalidPayload, PayloadKind, classify, mask
from tests.classifier.finding import SHAPES, STRICT, masked

CSV, FORM, NDJSON, TEXT = PayloadKind.CSV, PayloadKind.FORM, PayloadKind.NDJSON, PayloadKind.TEXT

NOTE = """Patient: Jane Doe    MRN: 0012345
Date of birth: 31 January 1970 (54 y)
Address: 12 Main Street, Springfield
Attending physician: Dr. House

Jane called from (555) 123-4567 and jane.doe@example.com. SSN 123-45-6789.
Hypertension, diabetes mellitus type 2, BP 140/90.
"""
NOTE_SEEN = """Patient: <PERSON>    MRN: <MEDICAL_RECORD>
Date of birth: <DATE_OF_BIRTH>
Address: <LOCATION>
Attending physician: <MEDICAL_PROFESSIONAL>

<PERSON> called from <PHONE_NUMBER> and <EMAIL_ADDRESS>. SSN <US_SSN>.
Hypertension, diabetes mellitus type 2, BP 140/90.
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"ssn":"1"}\n\n {"a":1} \r\n{"ssn":"2"}', '{"ssn":"*"}\n\n {"a":1} \r\n{"ssn":"*"}'),
        ('"a@b.co"\n', '"*@*.**"\n'),
        ("\n", "\n"),
    ],
)
def test_each_line_of_ndjson_is_a_document(body: str, expected: str) -> None:
    assert masked(body, SHAPES, kind=NDJSON) == expected


def test_a_broken_line_of_ndjson_is_named_by_its_place_in_the_file() -> None:
    with pytest.raises(InvalidPayload) as refusal:
        masked('{"ssn":"1"}\n\n{"a":}\n', kind=NDJSON)

    assert (refusal.value.line, refusal.value.column) == (3, 6)


def test_findings_of_ndjson_begin_with_the_line() -> None:
    findings = classify(b'{}\n{"ssn":"1"}\n', kind=NDJSON)

    assert findings == (Finding("/1/ssn", Entity.US_SSN, 0.99, "key", 0, 1),)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("id,name,email\r\n1,Al Bo,a@b.co\r\n", "id,name,email\r\n1,** **,*@*.**\r\n"),
        ("id;vorname;plz\n7;Åsa;12345\n", "id;vorname;plz\n7;***;*****\n"),
        ("id\tphone\n1\t4155550132", "id\tphone\n1\t**********"),
        ("id|city|ok\n1|Rome|yes\n", "id|city|ok\n1|****|yes\n"),
        ('id,name\n1,"Bo, ""Al"""\n', 'id,name\n1,"**, ""**"""\n'),
        ('id,note\n1,"two\nlines 123-45-6789"\n', 'id,note\n1,"two\nlines ***-**-****"\n'),
        ("1,x,a@b.co\n2,y,c@d.co\n", "1,x,*@*.**\n2,y,*@*.**\n"),
        ("a@b.co,name\nc@d.co,Al\n", "*@*.**,name\n*@*.**,Al\n"),
        ("id,formula\n1,=1+1\n2,-3\n", "id,formula\n1,=1+1\n2,-3\n"),
        ('id,name\n1,"stray"quote,2\n', 'id,name\n1,"""*****""*****",2\n'),
        ("id,name\n\n1,Al", "id,name\n\n1,**"),
        ("customer,total\n1234,5\nAl Bo,6\n", "customer,total\n1234,5\n** **,6\n"),
        ("", ""),
        ("\ufeffname,id\nAl,1\n", "\ufeffname,id\n**,1\n"),
    ],
)
def test_the_cells_of_a_table_are_hidden_by_column_and_by_content(body: str, expected: str) -> None:
    assert masked(body, SHAPES, kind=CSV) == expected


def test_a_cell_is_quoted_when_its_new_value_asks_for_it() -> None:
    policy = STRICT.with_operator(Entity.PERSON, "mask")

    seen = masked('name,x\n"A,\nB",1\n', policy, kind=CSV)

    assert seen == 'name,x\n"****",1\n'


def test_findings_of_a_table_say_row_and_column() -> None:
    findings = classify(b"id,email\n1,q\n2,x\n3,a@b.co 1\n", kind=CSV)

    assert findings == (
        Finding("/1/1", Entity.EMAIL_ADDRESS, 0.99, "key", 0, 1),
        Finding("/2/1", Entity.EMAIL_ADDRESS, 0.99, "key", 0, 1),
        Finding("/3/1", Entity.EMAIL_ADDRESS, 0.99, "key", 0, 8),
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("name=Al+Bo&x=1%2C2&y=%7E", "name=**+**&x=1%2C2&y=%7E"),
        ("q=a%40b.co+now&z", "q=*@*.**+now&z"),
        ("user%5Bemail%5D=q", "user%5Bemail%5D=*"),
        ("a%40b.co=1&x=%FF+123-45-6789", "*@*.**=1&x=%FF+***-**-****"),
        ("email=&name", "email=&name"),
        ("", ""),
    ],
)
def test_the_pairs_of_a_form_are_hidden_by_name_and_by_content(body: str, expected: str) -> None:
    assert masked(body, SHAPES, kind=FORM) == expected


def test_findings_of_a_form_name_the_pair() -> None:
    findings = classify(b"a%40b.co=x&ssn=12", kind=FORM)

    assert findings == (
        Finding("/<EMAIL_ADDRESS>", Entity.EMAIL_ADDRESS, 0.95, "email:name", 0, 6),
        Finding("/ssn", Entity.US_SSN, 0.99, "key", 0, 2),
    )


def test_a_doctors_note_loses_its_labelled_fields_and_identifiers() -> None:
    assert masked(NOTE, kind=TEXT) == NOTE_SEEN


@pytest.mark.parametrize("text", ["né 123-45-6789", "\ufeffx 123-45-6789"])
def test_findings_of_a_text_have_no_path_and_count_every_code_point(text: str) -> None:
    findings = classify(text.encode(), kind=TEXT)

    assert findings == (Finding("", Entity.US_SSN, 0.95, "us_ssn", 3, 14),)


@pytest.mark.parametrize(
    ("kind", "body", "expected", "path"),
    [
        (TEXT, '{"name":"Al"}', '{"name":"**"}', "/name"),
        (CSV, 'id,payload\n1,"{""name"":""Al""}"\n', 'id,payload\n1,"{""name"":""**""}"\n', "/1/1/name"),
        (FORM, "payload=%7B%22name%22:%22Al%22%7D", "payload=%7B%22name%22%3A%22**%22%7D", "/payload/name"),
    ],
)
def test_the_keys_of_a_document_inside_another_kind_of_body_tell(
    kind: PayloadKind, body: str, expected: str, path: str
) -> None:
    findings = classify(body.encode(), kind=kind)

    assert findings == (Finding(path, Entity.PERSON, 0.99, "key", 0, 2),)
    assert masked(body, SHAPES, kind=kind) == expected


@pytest.mark.parametrize("kind", [TEXT, CSV, FORM, NDJSON])
def test_a_clean_body_comes_back_as_the_same_object(kind: PayloadKind) -> None:
    payload = b"1700000000000"

    assert mask(payload, STRICT, kind=kind).payload is payload
