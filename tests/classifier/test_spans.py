"""How overlapping finds settle: by proof, then score, then length, never exposing a character."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Entity, Span, settle_overlaps
from classifier.spans import settle_labels


def span(start: int, end: int, entity: Entity = Entity.PERSON, score: float = 0.6) -> Span:
    return Span(start, end, entity, score, "test")


@pytest.mark.parametrize(
    ("given_spans", "expected"),
    [
        ([], []),
        ([span(0, 4), span(4, 8)], [span(0, 4), span(4, 8)]),
        ([span(4, 8), span(0, 4)], [span(0, 4), span(4, 8)]),
        ([span(0, 5), span(4, 8, Entity.AGE, 0.95)], [span(0, 8, Entity.AGE, 0.95)]),
        ([span(0, 9, score=0.7), span(2, 4, Entity.AGE, 0.6)], [span(0, 9, score=0.7)]),
        ([span(0, 3, Entity.AGE), span(1, 9)], [span(0, 9)]),
        ([span(0, 5), span(4, 9), span(8, 12, Entity.AGE, 0.99)], [span(0, 12, Entity.AGE, 0.99)]),
    ],
)
def test_overlapping_spans_become_one(given_spans: list[Span], expected: list[Span]) -> None:
    assert settle_overlaps(given_spans) == expected


def test_of_two_labels_for_the_same_characters_the_stronger_stays() -> None:
    assert settle_labels([span(0, 4), span(0, 4, Entity.AGE, 0.9)]) == [span(0, 4, Entity.AGE, 0.9)]


SPANS = st.lists(
    st.builds(
        lambda start, length, entity, score: span(start, start + length, entity, score),
        st.integers(0, 40),
        st.integers(1, 12),
        st.sampled_from(Entity),
        st.sampled_from([0.6, 0.95, 0.99]),
    )
)


@given(SPANS)
def test_settled_spans_cover_the_same_characters_and_never_overlap(spans: list[Span]) -> None:
    settled = settle_overlaps(spans)

    covered = {at for each in spans for at in range(each.start, each.end)}
    assert {at for each in settled for at in range(each.start, each.end)} == covered
    assert all(left.end <= right.start for left, right in pairwise(settled))
