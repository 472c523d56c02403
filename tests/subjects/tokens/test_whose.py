"""Whose data a body is."""

import pytest

from classifier import PayloadKind, Tier
from privacy_service.exceptions import SubjectUnclear
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.tokens.whose import Person, named_by, people_in

NINE, DORA = Identifier(Kind.USER_ID, "9"), Identifier(Kind.EMAIL, "dora@example.com")

BODIES: list[tuple[PayloadKind, bytes, list[Person]]] = [
    (PayloadKind.JSON, b'{"userId": 9, "traits": {"email": "dora@example.com"}}', [NINE]),
    (PayloadKind.JSON, b'{"email": "dora@example.com", "total": 4}', [DORA]),
    (PayloadKind.JSON, b'{"total": 4}', [None]),
    (PayloadKind.JSON, b'[{"userId": "9"}, {"email": "dora@example.com"}, 7]', [NINE, DORA, None]),
    (PayloadKind.JSON, b'{"batch": [{"userId": "9"}, {}]}', [NINE, None]),
    (PayloadKind.JSON, b'{"batch": [{}], "context": {"traits": {"email": "dora@example.com"}}}', [DORA]),
    (PayloadKind.JSON, b"no json", [None]),
    # What is sealed or masked already is nobody's name: many would share it.
    (PayloadKind.JSON, b'{"userId": "ptok_USERNAME_abcdef_aaaa_", "email": "<EMAIL_ADDRESS>"}', [None]),
    (PayloadKind.NDJSON, b'{"userId": "9"}\n\n{"email": "dora@example.com"}\n', [NINE, None, DORA, None]),
    (PayloadKind.CSV, b"Email,total\ndora@example.com,4\n,5\n", [None, DORA, None]),
    (PayloadKind.CSV, b"user_id;email\r\n9;dora@example.com\r\n", [None, NINE]),
    (PayloadKind.CSV, b"1,2\n3,4\n", []),
    (PayloadKind.FORM, b"email=dora%40example.com&total=4", [DORA]),
    (PayloadKind.TEXT, b"Write to dora@example.com", [None]),
    (PayloadKind.TEXT, b' {"userId": "9"}', [NINE]),
    (PayloadKind.TEXT, b'[{"userId": "9"}, {"userId": "8"}]', [None]),
]


@pytest.mark.parametrize(("kind", "body", "people"), BODIES)
def test_each_record_is_of_whoever_it_names_by_what_changes_least(
    kind: PayloadKind, body: bytes, people: list[Person]
) -> None:
    assert people_in(kind, body, Tier.FAST) == people


@pytest.mark.parametrize(("text", "person"), [("user_id=9", NINE), (" EMAIL = dora@example.com ", DORA)])
def test_a_caller_names_a_person_by_kind_and_value(text: str, person: Identifier) -> None:
    assert named_by(text) == person


@pytest.mark.parametrize("text", ["9", "user_id", "user_id=", "name=Dora", "email=dora", "phone=n/a"])
def test_who_names_nobody_is_told_how(text: str) -> None:
    with pytest.raises(SubjectUnclear, match=r"kind=value, such as user_id=9"):
        named_by(text)
