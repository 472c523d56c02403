"""From chances to names, without the model: what joins, what is dropped, how sure one must be."""

from collections.abc import Sequence

import pytest

from classifier.entities import Entity
from classifier.names.decoding import spans_of
from classifier.names.thorough import MODEL_FOLDER
from classifier.names.wordpiece import WordPiece
from classifier.spans import Span

WORDPIECE = WordPiece((MODEL_FOLDER / "vocab.txt").read_text("utf-8").splitlines())
COLUMNS = {"P": 0, "L": 1, "O": 2}
SURE = 0.95


def found(
    text: str, marked: dict[str, str], chance: float = SURE, guesses: Sequence[Span] = ()
) -> list[tuple[str, str]]:
    """Decode a text in which the model gives these words a chance of these kinds, and no other any."""
    words = list(WORDPIECE.words(text))
    chances = [[0.0, 0.0, 0.0] for _ in words]
    for word, row in zip(words, chances, strict=True):
        kind = marked.get(text[word.start : word.end])
        if kind is not None:
            row[COLUMNS[kind]] = chance
    return [(str(span.entity), text[span.start : span.end]) for span in spans_of(text, words, chances, guesses)]


@pytest.mark.parametrize(
    ("text", "marked", "expected"),
    [
        ("we saw Anna Berg today", {"Anna": "P", "Berg": "P"}, [("PERSON", "Anna Berg")]),
        ("we saw Jean-Luc there", {"Jean": "P", "Luc": "P"}, [("PERSON", "Jean-Luc")]),
        ("we saw Ana de la Paz there", {"Ana": "P", "Paz": "P"}, [("PERSON", "Ana de la Paz")]),
        ("we saw Anna, Berta there", {"Anna": "P", "Berta": "P"}, [("PERSON", "Anna"), ("PERSON", "Berta")]),
        ("we saw Anna\nBerta was out", {"Anna": "P", "Berta": "P"}, [("PERSON", "Anna"), ("PERSON", "Berta")]),
        ("we saw Prof. Dr. Berg there", {"Berg": "P"}, [("PERSON", "Prof. Dr. Berg")]),
        ("we saw teacher Berg there", {"Berg": "P"}, [("PERSON", "Berg")]),
        ("we saw Teacher Berg there", {"Berg": "P"}, [("PERSON", "Teacher Berg")]),
        ("we saw Max Berg, Jr. there", {"Max": "P", "Berg": "P"}, [("PERSON", "Max Berg, Jr")]),
        ("we live at 5 Elm Rd, Apt 4, Ely now", dict.fromkeys(("5", "Elm", "Rd", "Apt", "4", "Ely"), "L"),
         [("LOCATION", "5 Elm Rd, Apt 4, Ely")]),
        ("we live at 5 Elm Rd\nELY\nKent", {"5": "L", "Elm": "L", "Rd": "L", "Kent": "L"},
         [("LOCATION", "5 Elm Rd\nELY\nKent")]),
        ("we took lot 62704 back", {"62704": "L"}, []),
        ("we took lot X back", {"X": "P"}, []),
        ("we met on monday there", {"monday": "P"}, []),
        ("we met Иван there", {"Иван": "P"}, []),
        ("we read (Anna) there", {"(": "P", "Anna": "P", ")": "P"}, [("PERSON", "Anna")]),
        ("we saw Juan de la Cruz there", {"Juan": "P", "de": "P", "la": "L", "Cruz": "L"},
         [("PERSON", "Juan de la Cruz")]),
        ("", {}, []),
    ],
)  # fmt: skip
def test_words_become_names(text: str, marked: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert found(text, marked) == expected


@pytest.mark.parametrize(
    ("text", "word", "too_little", "enough"),
    [
        ("We were told that Anna is not here.", "Anna", 0.08, 0.12),
        ("We were told that Zorvek is not here.", "Zorvek", 0.12, 0.2),
        ("We were told so. Anna is not here.", "Anna", 0.3, 0.4),
        ("We were told so. Zorvek is not here.", "Zorvek", 0.4, 0.6),
        ("We were told that the UTC is not here.", "UTC", 0.7, 0.85),
        ("We were told that OneToOne is not here.", "OneToOne", 0.7, 0.85),
        ("We were told that anna is not here.", "anna", 0.6, 0.75),
        ("We were told that zorvek is not here.", "zorvek", 0.8, 0.95),
        ("Wczoraj niezwykle zdenerwowany Tadeusz przyszedł.", "Tadeusz", 0.2, 0.35),
        ("lol we told anna so", "anna", 0.1, 0.3),
    ],
)
def test_how_a_word_is_written_says_how_sure_the_model_must_be(
    text: str, word: str, too_little: float, enough: float
) -> None:
    assert [bool(found(text, {word: "P"}, chance)) for chance in (too_little, enough)] == [False, True]


@pytest.mark.parametrize(
    ("text", "word", "chance"),
    [
        ("We were told that Zorvek is not here.", "Zorvek", 0.06),
        ("We were told so. Zorvek is not here.", "Zorvek", 0.12),
        ("We were told that anna is not here.", "anna", 0.35),
    ],
)
def test_what_another_reader_guessed_needs_less(text: str, word: str, chance: float) -> None:
    at = text.index(word)
    guess = Span(at, at + len(word), Entity.PERSON, 0.5, "other")

    assert found(text, {word: "P"}, chance) == []
    assert found(text, {word: "P"}, chance, [guess]) == [("PERSON", word)]


def test_a_guess_that_the_model_does_not_share_is_dropped() -> None:
    text = "How to Create a Tracking Plan"
    guess = Span(16, 29, Entity.LOCATION, 0.55, "other")

    assert found(text, {}, guesses=[guess]) == []


@pytest.mark.parametrize(
    ("text", "marked", "expected"),
    [
        ("we saw Anna and Berta there", dict.fromkeys(("Anna", "and", "Berta"), "P"), ["Anna", "Berta"]),
        ("we heard Anna, Berta there", dict.fromkeys(("Anna", ",", "Berta"), "P"), ["Anna", "Berta"]),
        ("they asked Anna about it", dict.fromkeys(("asked", "Anna"), "P"), ["Anna"]),
        ("it was Julio who went", {"Julio": "P"}, ["Julio"]),
        ("forms: S.K.A. LTD and so on", dict.fromkeys(("S", "K", "A", "LTD"), "O"), []),
        ("we pay Acme LTD and so on", dict.fromkeys(("Acme", "LTD"), "O"), ["Acme LTD"]),
    ],
)
def test_a_name_holds_nothing_else(text: str, marked: dict[str, str], expected: list[str]) -> None:
    assert [name for _, name in found(text, marked)] == expected
