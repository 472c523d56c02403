"""From chances to names, without the model: what joins, what is dropped, how sure one must be."""

import pytest

from classifier.names.decoding import spans_of
from classifier.names.thorough import MODEL_FOLDER
from classifier.names.wordpiece import WordPiece

WORDPIECE = WordPiece((MODEL_FOLDER / "vocab.txt").read_text("utf-8").splitlines())
COLUMNS = {"P": 0, "L": 1, "O": 2}
SURE = 0.95


def found(text: str, marked: dict[str, str], chance: float = SURE) -> list[tuple[str, str]]:
    """Decode a text in which the model gives these words a chance of these kinds, and no other any."""
    words = list(WORDPIECE.words(text))
    chances = [[0.0, 0.0, 0.0] for _ in words]
    for word, row in zip(words, chances, strict=True):
        kind = marked.get(text[word.start : word.end])
        if kind is not None:
            row[COLUMNS[kind]] = chance
    return [(str(span.entity), text[span.start : span.end]) for span in spans_of(text, words, chances)]


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
    ("text", "word", "enough"),
    [
        ("we were told that Anna is not here", "Anna", 0.15),
        ("we were told so. Anna is not here", "Anna", 0.25),
        ("we were told that the UTC is not here", "UTC", 0.85),
        ("we were told that OneToOne is not here", "OneToOne", 0.85),
        ("We were told that anna is not here", "anna", 0.75),
        ("we were told that anna is not here", "anna", 0.4),
        ("Wczoraj niezwykle zdenerwowany Tadeusz przyszedł", "Tadeusz", 0.35),
    ],
)
def test_how_a_word_is_written_says_how_sure_the_model_must_be(text: str, word: str, enough: float) -> None:
    assert [bool(found(text, {word: "P"}, chance)) for chance in (enough - 0.1, enough)] == [False, True]
