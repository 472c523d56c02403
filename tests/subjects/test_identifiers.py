"""Which spellings name the same person, and what their digests tell."""

from uuid import uuid4

import pytest

from privacy_service.subjects.identifiers import DIGEST_BYTES, Identifier, Kind, digester_of

SAME = [
    (Kind.EMAIL, "Dora@Example.com", " dora@example.COM "),
    (Kind.EMAIL, "zoe\u0308@example.com", "zo\u00eb@example.com"),
    (Kind.PHONE, "+44 (0)20 7946-0000", "00442079460000"),
    (Kind.PHONE, "+49 30 1234567", "+\u0664\u0669 30 1234567"),
    (Kind.USER_ID, "U-17", "U-17 "),
    (Kind.IOS_ADVERTISING_ID, "EA7583CD-A667", "ea7583cd-a667"),
]
DIFFERENT = [
    (Kind.USER_ID, "u17", "U17"),
    (Kind.ANONYMOUS_ID, "a", "A"),
    (Kind.EMAIL, "dora@example.com", "dora+1@example.com"),
    (Kind.PHONE, "+44 20 7946 0000", "020 7946 0000"),
]


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_spellings_of_one_identifier_have_one_digest(kind: Kind, one: str, other: str) -> None:
    digest = digester_of(uuid4()).digest

    assert digest(Identifier(kind, one)) == digest(Identifier(kind, other))


@pytest.mark.parametrize(("kind", "one", "other"), DIFFERENT)
def test_other_identifiers_have_other_digests(kind: Kind, one: str, other: str) -> None:
    digest = digester_of(uuid4()).digest

    assert digest(Identifier(kind, one)) != digest(Identifier(kind, other))


def test_a_digest_is_of_its_kind_and_its_workspace_and_says_nothing() -> None:
    one, other = digester_of(uuid4()).digest, digester_of(uuid4()).digest

    digests = {
        one(Identifier(Kind.USER_ID, "17")),
        one(Identifier(Kind.ANONYMOUS_ID, "17")),
        other(Identifier(Kind.USER_ID, "17")),
        one(Identifier(Kind.USER_ID, "\ud800")),  # A lone surrogate is in no UTF-8, and may come in JSON.
    }

    assert (len(digests), {len(digest) for digest in digests}) == (4, {DIGEST_BYTES})
