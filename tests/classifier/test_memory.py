"""What is remembered of values without personal data changes no finding, keeps no value, and is bounded."""

import gc
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.us import ssn

from classifier import Entity, Tier
from classifier.leaves import Found, find_in_leaves, search
from classifier.memory import MEMORIES, MOST_FINDS, MOST_LOOKS, MOST_VALUES, Memory, looks_of
from classifier.names import gazetteers
from classifier.patterns import RECOGNIZERS
from classifier.recognizers import FAMILIES
from classifier.recognizers.base import compile_pattern
from classifier.recognizers.narrowing import with_any_digits, within
from classifier.recognizers.numbers import NumberFamily
from classifier.recognizers.us_ssn import US_SSN
from classifier.scan import fold
from classifier.spans import Span
from tests.benchmarks.varied import Backend
from tests.classifier.technical import technical_lines
from tests.drawing import draws

NUMBERS = [
    "123-45-6789",
    "4111 1111 1111 1111",
    "+1 415 555 0132",
    "2026-10-04T07:40:40.596Z",
    "GB82WEST12345698765432",
    "v1.2.3",
]
WORDS = [
    "Order Completed",
    "Emily Carter",
    "'Anna'",
    "12 Ave",
    "a&b=1",
    "x%40y.co",
    "é",
    "j\u00f6rg",
    "",
    "a\x00b",
    "bea",
]

ANNOUNCED = [
    "PESEL 44051401458, NHS 943 476 5919",
    "SNILS: 112-233-445 95",
    "MRN: 12345",
    "44051401458",
    "943 476 5919",
]
EXACT = {at: compile_pattern(each.pattern) for at, each in enumerate(RECOGNIZERS)}
BLIND = {at: compile_pattern(with_any_digits(each.pattern)) for at, each in enumerate(RECOGNIZERS)}
OF_HEX = {at: compile_pattern(within(each.pattern, "0123456789abcdef-")) for at, each in enumerate(RECOGNIZERS)}

hexadecimal = st.text("0123456789abcdef-", max_size=40)
with_other_digits = st.builds(
    lambda text, digits: re.sub("[0-9]", lambda _: str(digits.pop()) if digits else "7", text),
    st.sampled_from(NUMBERS),
    st.lists(st.integers(0, 9), max_size=20),
)
values = st.one_of(
    st.sampled_from(NUMBERS + WORDS),
    with_other_digits,
    hexadecimal,
    st.uuids().map(str),
    st.text("0123456789 -./+abAB@", max_size=30),
    st.text(max_size=12),
)
MANY = draws(100)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """Begin and end with nothing remembered."""
    for known in MEMORIES.values():
        known.forget()
    yield
    for known in MEMORIES.values():
        known.forget()


def _alone(leaves: list[str], tier: Tier) -> Found:
    """Return what a search without any memory finds in each leaf by itself."""
    return {at: spans for at, leaf in enumerate(leaves) if (spans := search([leaf], tier).get(0))}


def _as_sets(found: Found) -> dict[int, set[object]]:
    return {at: set(spans) for at, spans in found.items()}


@MANY
@given(st.lists(st.lists(values, max_size=8), max_size=4), st.sampled_from([Tier.PATTERNS, Tier.FAST]))
def test_what_is_remembered_changes_no_finding(documents: list[list[str]], tier: Tier) -> None:
    for document in [*documents, *documents]:
        together = find_in_leaves(document, tier)

        assert _as_sets(together) == _as_sets(_alone(document, tier))


@pytest.mark.parametrize("before", ["order", "id=", "/0+++074", "$", "isbn 3", "12, ", "https://", "not a phone:"])
@pytest.mark.parametrize(
    "value", ["057 777 7777", "(089) 1234567", "089 1234567", "bob@example.com", "123-45-6789", "4111 1111 1111 1111"]
)
def test_what_stands_in_the_text_before_changes_nothing(before: str, value: str) -> None:
    for tier in (Tier.PATTERNS, Tier.FAST):
        assert set(search([before, value], tier).get(1, [])) == set(search([value], tier).get(0, []))


@MANY
@given(st.one_of(values, st.sampled_from(list(technical_lines(5, 200)))))
def test_a_pattern_that_is_blind_to_digits_matches_wherever_the_pattern_does(text: str) -> None:
    look = fold(text).translate(bytes.maketrans(b"123456789", b"000000000"))

    matched = {at for at, pattern in EXACT.items() if pattern.search(fold(text))}
    assert matched <= {at for at, pattern in BLIND.items() if pattern.search(look)}


@MANY
@given(st.one_of(hexadecimal, st.uuids().map(str)))
def test_a_pattern_within_an_alphabet_matches_the_same_texts_of_these_letters(text: str) -> None:
    matched = {at for at, pattern in EXACT.items() if pattern.search(text.encode())}

    assert matched == {at for at, pattern in OF_HEX.items() if pattern.search(text.encode())}


def test_events_are_read_as_if_nothing_were_remembered() -> None:
    backend, seen = Backend(3), Counter[str]()
    for _ in range(150):
        leaves = list(_strings(backend.event()))
        found = find_in_leaves(leaves, Tier.FAST)

        assert _as_sets(found) == _as_sets(_alone(leaves, Tier.FAST))
        seen.update(str(span.entity) for spans in found.values() for span in spans)
    assert {"US_SSN", "EMAIL_ADDRESS", "PHONE_NUMBER", "PERSON"} <= set(seen)


def test_what_recurs_or_looks_alike_is_known_and_what_is_personal_never_is() -> None:
    known = MEMORIES[Tier.FAST]
    leaves = ["Order Completed", "2026-10-04T07:40:40.596Z", "3d9c1724-1738-48d1-96ca-d3ac0f21ddb6", "159-74-4517"]
    for _ in range(2):
        find_in_leaves(leaves, Tier.FAST)

    assert [leaves[at] for at in known.recall(leaves)[0]] == leaves[1:]
    looks = looks_of(["2026-01-19T18:25:03.999Z", "622ebfd2-76dd-4ecb-9a7d-c9641f300253", "078-05-1121"])
    assert known.unlike(looks) == [2]


def test_no_list_knows_a_plain_word_with_digits_which_may_so_be_judged_by_its_look() -> None:
    assert not [word for word in gazetteers.lists() if word.isascii() and any(map(str.isdigit, word))]


def test_only_hashes_are_kept_so_that_no_value_stays_in_memory() -> None:
    known = MEMORIES[Tier.FAST]
    find_in_leaves(["somebody nobody knows", "order-1234567", "order-7654321"], Tier.FAST)

    kept = [each for held in gc.get_referents(known) if isinstance(held, set | dict) for each in held]
    assert kept
    assert all(isinstance(each, int) for each in kept)


def test_memory_is_bounded() -> None:
    known = Memory()
    for first in range(0, MOST_VALUES + 1000, 1000):
        words = [_letters(number) for number in range(first, first + 1000)]
        ids = [f"{word}-7" for word in words]
        known.add(words, looks_of(words), {})
        known.add(ids, looks_of(ids), {})
        known.add(words, [], {at: [Span(0, 2, Entity.ORGANIZATION, 0.5, "test")] for at in range(1000)})

    for size, most in zip(known.sizes, (MOST_VALUES, MOST_FINDS, MOST_LOOKS), strict=True):
        assert 0 < size <= most


def test_companies_and_places_are_known_again_with_what_stands_in_them_and_people_are_not() -> None:
    known = MEMORIES[Tier.FAST]
    leaves = ["Wonderland Ltd", "Emily Carter", "emily@wonderland.example", "Nothing at all"]
    first = find_in_leaves(leaves, Tier.FAST)
    first[0].append(Span(0, 1, Entity.PERSON, 0.5, "test"))  # Whoever adds to what was found adds to his own.

    again, kept = known.recall(leaves)

    assert again == [1, 2]
    assert {at: [span.entity for span in spans] for at, spans in kept.items()} == {0: [Entity.ORGANIZATION]}
    assert _as_sets(find_in_leaves(leaves, Tier.FAST)) == _as_sets(_alone(leaves, Tier.FAST))


def test_what_stands_beside_a_person_in_one_value_is_not_remembered() -> None:
    leaf = "My name is Emily Carter and I write for Wonderland Ltd"
    found = find_in_leaves([leaf], Tier.FAST)

    assert {span.entity for span in found[0]} == {Entity.PERSON, Entity.ORGANIZATION}
    assert MEMORIES[Tier.FAST].recall([leaf]) == ([0], {})


def _letters(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "ghijklmnop"))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_linear_time_engine_leads_to_every_number_that_python_alone_finds(family: NumberFamily) -> None:
    lines = [fold(line) for line in (*technical_lines(9, 100), *NUMBERS, *ANNOUNCED)]
    lines.append(b"\x00".join(lines))
    found = [_shifted(family.find(line, "")) for line in lines]

    plain = copy(family)
    plain.announced_near = plain.written_near = _everywhere
    assert found == [list(plain.find(b"\x00" + line, "")) for line in lines]
    assert any(found)


def _shifted(spans: Iterable[Span]) -> list[Span]:
    return [replace(span, start=span.start + 1, end=span.end + 1) for span in spans]


def _everywhere(folded: bytes, position: int) -> list[tuple[int, int]]:
    """Say of each place that something may begin there."""
    return [(0, 0), (position + 1, 0)] if position + 1 < len(folded) else [(-1, -1), (-1, -1)]


NUMBERS_OF_AMERICANS = st.from_regex(
    r"(?:000|666|9[0-9]{2}|078|[0-9]{3})-?(?:00|05|[0-9]{2})-?(?:0000|1120|[0-9]{4})", fullmatch=True
)


@MANY
@given(NUMBERS_OF_AMERICANS)
def test_a_social_security_number_is_checked_as_stdnum_does(number: str) -> None:
    digits = "".join(filter(str.isdigit, number))

    assert US_SSN.proof is not None
    assert US_SSN.proof(number) == ssn.is_valid(digits)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield value
