"""What a sample tells of a field: kinds, shares, colours and shapes; and which names may be kept."""

from typing import Any

import orjson
import pytest

from classifier import Colour, How, Matcher, On, OwnRules
from privacy_service.inventory.looking import Look, Looking, shape_of
from privacy_service.inventory.names import Names, looks_like_a_field

ROWS = [
    {"id": number, "email": f"canary{number}@example.com", "plan": "gold", "ssn": f"123-45-67{number:02}", "note": ""}
    for number in range(40)
]


def looked_at(records: list[Any], own: OwnRules | None = None, declared: tuple[str, ...] = ()) -> dict[str, Look]:
    looking = Looking(Names(records, declared), own or OwnRules())
    looking.add(records)
    return looking.looks


def test_each_field_is_told_with_kind_colour_and_share() -> None:
    looks = looked_at(ROWS)

    assert {path: (dict(one.kinds), one.recommended, one.sampled) for path, one in looks.items()} == {
        "/id": ({}, Colour.GREEN, 40),
        "/email": ({"EMAIL_ADDRESS": 40}, Colour.RED, 40),
        "/plan": ({}, Colour.GREEN, 40),
        "/ssn": ({"US_SSN": 40}, Colour.RED, 40),
    }


def test_the_content_tells_where_the_name_does_not() -> None:
    looks = looked_at([{"value": f"canary{number}@example.com" if number % 2 else "none"} for number in range(20)])

    assert (looks["/value"].found, looks["/value"].sampled) == (10, 20)
    assert looks["/value"].found_by not in {"", "key"}
    assert looks["/value"].recommended is Colour.RED


def test_chance_colours_no_field() -> None:
    look = Look("/x", sampled=100, found=1)
    look.kinds["PHONE_NUMBER"] = 1
    look.colours["PHONE_NUMBER"] = Colour.RED

    chance, look.sure = look.recommended, {"PHONE_NUMBER"}

    assert (chance, look.recommended) == (Colour.GREEN, Colour.RED)


def test_a_matcher_of_the_workspace_tells_the_colour() -> None:
    own = OwnRules((Matcher(name="Crew", term="crew", colour=Colour.YELLOW, on=On.KEY, how=How.EXACT),))

    look = looked_at([{"crew": "falcon"}], own, declared=("crew",))["/crew"]

    assert (look.recommended, look.found_by) == (Colour.YELLOW, "matcher:Crew")


def test_no_letter_or_digit_of_a_value_is_kept() -> None:
    looks = looked_at(ROWS)

    assert looks["/email"].examples == ["*******@*******.***", "********@*******.***"]
    assert looks["/ssn"].examples == ["***-**-****"]
    assert "canary" not in repr(looks)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("Zoë Müller", "*** ******"),
        ("Дора", "****"),
        ("٣٤", "**"),
        ("😀!", "*!"),
        ("x" * 99, "*" * 32 + "…"),
    ],
)
def test_shapes_say_nothing_in_any_script(value: str, shape: str) -> None:
    assert shape_of(value) == shape


def test_lists_and_documents_in_strings_are_fields_too() -> None:
    looks = looked_at([{"items": [{"email": "canary@example.com"}, {"email": "x"}], "body": '{"ssn": "123-45-6789"}'}])

    assert looks["/items/*/email"].sampled == 2
    assert looks["/body/ssn"].recommended is Colour.RED


KEYED_BY_PEOPLE = [{"attributes": {name: 5}} for name in ("dora", "dora.canary@example.com", "u-8871", "Qwxzt")]


@pytest.mark.parametrize("record", KEYED_BY_PEOPLE)
def test_a_key_that_may_be_somebody_becomes_a_star(record: dict[str, Any]) -> None:
    assert set(looked_at([record])) == {"/attributes/*"}


def test_a_name_that_recurs_and_is_nobodys_is_kept() -> None:
    records = [{"loyaltyTier": number, f"k{number}xyz": number, "dora": number} for number in range(6)]

    assert set(looked_at(records)) == {"/loyaltyTier", "/*"}


def test_declared_columns_keep_their_names_unless_they_are_personal_data() -> None:
    looks = looked_at([{"zz9_flag": 1, "dora.canary@example.com": 2}], declared=("zz9_flag", "dora.canary@example.com"))

    assert set(looks) == {"/zz9_flag", "/*"}


@pytest.mark.parametrize(
    ("key", "is_one"),
    [("loyaltyTier", True), ("order_price", True), ("dora", False), ("doraSmith", False), ("u8871", False),
     ("a@b.example", False), ("", False), ("x" * 80, False), ("1st", False)],
)  # fmt: skip
def test_what_looks_like_a_field(key: str, is_one: bool) -> None:
    assert looks_like_a_field(key) is is_one


def test_deep_records_are_walked_to_their_end() -> None:
    deep: Any = {"email": "canary@example.com"}
    for _ in range(80):
        deep = {"inner": deep}

    looks = looked_at([deep])

    assert [one.recommended for one in looks.values()] == [Colour.RED]
    assert all(len(path) <= 200 for path in looks)


def test_fields_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy_service.inventory.looking.MOST_FIELDS", 3)
    looking = Looking(Names(declared=[f"c{number}" for number in range(9)]), OwnRules())

    looking.add([{f"c{number}": 1 for number in range(9)}])

    assert (len(looking.looks), looking.left_out) == (3, 6)
    assert orjson.dumps(sorted(looking.looks)) == b'["/c0","/c1","/c2"]'
