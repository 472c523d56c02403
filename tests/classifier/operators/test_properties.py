"""What must hold for every operator and any value, found out by hypothesis."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Entity, PayloadKind
from classifier.operators import OPERATORS
from classifier.operators.draw import runs_of
from classifier.operators.last4 import MINIMUM_LENGTH
from classifier.policies import CompiledPolicy
from classifier.spans import Span
from tests.classifier.finding import masked
from tests.classifier.operators.cases import VALUES, compiled, policy_of
from tests.drawing import draws

MANY = draws(300)
HIDING = [name for name in OPERATORS if name not in {"keep", "generalize", "last4"}]
# These write letters and digits of their own, at random: a short run may come up again by chance.
RANDOM = {"hash", "token", "encrypt"}
CHANCE = 12
NUMBERS = ["123-45-6789", "987-65-4321", "219-09-9999", "078-05-1120"]

values = st.one_of(
    st.sampled_from([value for _, value in VALUES]),
    st.text(min_size=1, max_size=40),
    st.text("0123456789- ", min_size=1, max_size=30),
)


@pytest.mark.parametrize("name", HIDING)
@MANY
@given(value=values, entity=st.sampled_from(Entity))
def test_no_three_letters_or_digits_of_a_value_stay_together(name: str, value: str, entity: Entity) -> None:
    seen = compiled(name, entity)(value).replace(f"{entity}", "")

    if name in RANDOM:
        folded = value.lower()
        assert not any(folded[at : at + CHANCE] in seen.lower() for at in range(len(folded) - CHANCE + 1))
    else:
        assert runs_of(value) & runs_of(seen) == frozenset()


@MANY
@given(st.text("0123456789abc-. é", max_size=40))
def test_last4_shows_four_letters_or_digits_at_most_and_they_are_the_last(value: str) -> None:
    seen = compiled("last4")(value)

    telling = [letter for letter in value if letter.isalnum()]
    shown = [letter for letter in seen if letter.isalnum()]
    assert shown == (telling[-4:] if len(telling) >= MINIMUM_LENGTH else [])
    assert len(seen) == len(value)


@pytest.mark.parametrize("name", [*HIDING, "generalize"])
@MANY
@given(st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=4), st.sampled_from([" ", ", ", "\n", " / "]))
def test_neighbours_expose_no_part_of_each_other(name: str, numbers: list[str], separator: str) -> None:
    seen = masked(separator.join(numbers), policy_of(name), kind=PayloadKind.TEXT)

    whole = {part for number in numbers for part in (number, number[-4:], number.replace("-", ""))}
    assert [part for part in whole if part in seen] == []


def _spans(length: int, bounds: list[tuple[int, int]]) -> list[Span]:
    ordered = [(min(pair) % length, max(pair) % length + 1) for pair in bounds]
    return [
        Span(min(start, end - 1), max(start + 1, end), Entity.US_SSN if at % 2 else Entity.PERSON, 0.6 + at / 100, "t")
        for at, (start, end) in enumerate(ordered)
    ]


@pytest.mark.parametrize("name", ["redact", "replace", "mask", "shape", "token", "marker"])
@MANY
@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), min_size=1, max_size=6))
def test_overlapping_touching_and_nested_spans_expose_no_character(name: str, bounds: list[tuple[int, int]]) -> None:
    # Digits outside every span are zeros, those inside are nines: none of these may be read.
    spans = _spans(30, bounds)
    covered = {at for span in spans for at in range(span.start, span.end)}
    text = "".join("9" if at in covered else "0" for at in range(30))

    seen = CompiledPolicy(policy_of(name)).hide_spans(text, spans, Counter())

    assert "9" not in seen
    assert seen.count("0") == 30 - len(covered)


@pytest.mark.parametrize("name", ["token", "shape", "redact", "mask", "replace"])
@MANY
@given(value=values)
def test_hiding_twice_is_hiding_once(name: str, value: str) -> None:
    hide = compiled(name)

    assert hide(hide(value)) == hide(value)


@MANY
@given(st.text(st.characters(max_codepoint=127)), st.sampled_from(["*", "#", "•"]))
def test_shape_hides_in_plain_ascii_what_it_hides_beside_other_letters(value: str, sign: str) -> None:
    hide = compiled("shape", masking_char=sign)

    assert hide(value) == hide(value + "é")[:-1]
