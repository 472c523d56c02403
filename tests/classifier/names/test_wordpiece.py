"""WordPiece: the pieces that BERT's own tokenizer gives, and where each word stands in the text."""

# ruff: noqa: RUF001 - other scripts and odd letters are what these texts are about.

import pytest

from classifier.names.thorough import MODEL_FOLDER
from classifier.names.wordpiece import SLICE_LENGTH, Word, WordPiece

VOCABULARY = (MODEL_FOLDER / "vocab.txt").read_text("utf-8").splitlines()
WORDPIECE = WordPiece(VOCABULARY)

# What the `tokenizers` package (BertNormalizer, BertPreTokenizer, WordPiece) gives for these texts.
PIECES = [
    ("", []),
    ("   ", []),
    ("Hello, World!", ["hello", ",", "world", "!"]),
    ("José García", ["jose", "garcia"]),
    ("Jose\u0301 Garci\u0301a", ["jose", "garcia"]),
    ("Müller-Lüdenscheidt", ["muller", "-", "lu", "##den", "##sche", "##id", "##t"]),
    ("O'Brien", ["o", "'", "brien"]),
    ("12 Main St.", ["12", "main", "st", "."]),
    ("İstanbul", ["istanbul"]),
    ("Łódź", ["łodz"]),
    ("Ørsted", ["ø", "##rst", "##ed"]),
    ("Ångström", ["ang", "##strom"]),
    ("東京タワー", ["東", "京", "タ", "##ワ", "##ー"]),
    ("한국", ["ᄒ", "##ᅡ", "##ᆫ", "##ᄀ", "##ᅮ", "##ᆨ"]),
    ("ΣΊΣΥΦΟΣ", ["σ", "##ι", "##σ", "##υ", "##φ", "##ο", "##σ"]),
    ("Zoë 😂 Smith", ["zoe", "[UNK]", "smith"]),
    ("Anna😂", ["[UNK]"]),
    ("a\u200bb", ["ab"]),
    ("a\x00b\x07c", ["abc"]),
    ("\ufffdok", ["ok"]),
    ("tab\there\nnew", ["tab", "here", "new"]),
    ("No\u00a0break", ["no", "break"]),
    ("«Oui»…", ["«", "ou", "##i", "»", "…"]),
    ("$5+€6", ["$", "5", "+", "€", "##6"]),
    ("x" * 100, ["xx"] + ["##xx"] * 49),
    ("x" * 101, ["[UNK]"]),
    ("[SEP] [CLS]", ["[", "sep", "]", "[", "cl", "##s", "]"]),
]
PLACES = [
    ("Hello, World!", ["Hello", ",", "World", "!"]),
    ("  José\tGarcía ", ["José", "García"]),
    ("Jose\u0301 Garci\u0301a", ["Jose\u0301", "Garci\u0301a"]),
    ("😂 Zoë\u0308!", ["😂", "Zoë\u0308", "!"]),
    ("𝒳 Anna", ["𝒳", "Anna"]),
    ("An\u200bna B", ["An\u200bna", "B"]),
    ("東京 x", ["東", "京", "x"]),
    ("«Oui»", ["«", "Oui", "»"]),
    ("한국 Kim", ["한국", "Kim"]),
    ("İz", ["İz"]),
]


def pieces(text: str) -> list[str]:
    return [VOCABULARY[number] for word in WORDPIECE.words(text) for number in word.ids]


def places(text: str) -> list[str]:
    return [text[word.start : word.end] for word in WORDPIECE.words(text)]


@pytest.mark.parametrize(("text", "expected"), PIECES)
def test_the_pieces_are_those_of_bert(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize(("text", "expected"), PLACES)
def test_each_word_keeps_its_place_in_the_original_text(text: str, expected: list[str]) -> None:
    assert places(text) == expected


def test_a_word_says_where_it_starts_and_ends() -> None:
    assert list(WORDPIECE.words(" é!")) == [
        Word(1, 2, (VOCABULARY.index("e"),)),
        Word(2, 3, (VOCABULARY.index("!"),)),
    ]


@pytest.mark.parametrize("words", ["Anna Müller, ", "plain ascii words. "])
def test_a_long_text_is_read_in_slices_without_losing_a_word(words: str) -> None:
    times = 3 * SLICE_LENGTH // len(words)

    assert places(words * times) == places(words) * times


def test_a_run_without_white_space_ends_somewhere() -> None:
    text = "x" * (2 * SLICE_LENGTH + 5)

    assert places(text) == [text[:SLICE_LENGTH], text[:SLICE_LENGTH], "xxxxx"]
