"""Sentences, and which of them a slow model reads."""

import pytest

from classifier.names.sentences import SHORT_GAP, sentences_of, stretches

FILLER = "Nothing that anybody would have to know stands in this long sentence about a very quiet afternoon. "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Almost. Not yet? Three!", ["Almost. ", "Not yet? ", "Three!"]),
        ("He saw Dr. House. She did not.", ["He saw Dr. House. ", "She did not."]),
        ("J. R. Smith came. So did M. Petit.", ["J. R. Smith came. ", "So did M. Petit."]),
        ("Version 4.2 is out", ["Version 4.2 is out"]),
        ("a line\n\n  another\r\nlast", ["a line\n\n  ", "another\r\n", "last"]),
        ('He said "never." Then he left.', ['He said "never." ', "Then he left."]),
        ("", []),
    ],
)
def test_a_text_is_cut_at_sentences_and_lines(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences_of(text)] == expected


def test_only_sentences_in_which_something_stands_are_chosen() -> None:
    text = f"{FILLER}Anna called. {FILLER}"
    at = text.index("Anna")

    assert [text[start:end] for start, end in stretches(text, [(at, at + 4)])] == ["Anna called. "]
    assert stretches(text, []) == []


def test_what_stands_across_two_sentences_chooses_both() -> None:
    text = f"{FILLER}To Ann\nSmith {FILLER}"
    at = text.index("Ann")

    assert stretches(text, [(at, at + 9)]) == [(len(FILLER), len(text))]


def test_short_lines_beside_a_chosen_one_are_read_too() -> None:
    text = f"{FILLER}\n12 Main Street\nSuite 568\n{FILLER}"
    at = text.index("Main")

    assert [text[start:end] for start, end in stretches(text, [(at, at + 4)])] == ["12 Main Street\nSuite 568\n"]


def test_a_small_gap_is_read_with_what_surrounds_it() -> None:
    gap = "It is late. "
    text = f"Anna called. {gap}Tom did not. "

    assert len(gap) <= SHORT_GAP
    assert stretches(text, [(0, 4), (len("Anna called. ") + len(gap), len(text))]) == [(0, len(text))]
