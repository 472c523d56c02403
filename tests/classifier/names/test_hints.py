"""Hints: whatever a rule can find, the one pass before it announces, and the next one leads to."""

import random
import re
import time
from collections.abc import Iterator, Sequence

import pytest

from classifier.labels import _LABEL, LABELS
from classifier.names import rules, streets
from classifier.names.forms import alternatives
from classifier.names.hints import Hint, hints_of, matches
from classifier.names.rules import find_by_rules
from classifier.scan import fold

_PATTERNS = {
    Hint.TITLE: (rules._TITLE, "titles"),
    Hint.GREETING: (rules._GREETING, "greetings"),
    Hint.RELATION: (rules._RELATION, "relations"),
    Hint.INTRODUCTION: (rules._INTRODUCTION, "introductions"),
    Hint.COMPANY: (rules._SUFFIX, "companies"),
    Hint.STREET: (streets._STREETS, "english-streets|street-endings|streets-after|streets-between|streets-before"),
    Hint.CLOSING: (rules._CLOSING, "closings"),
}
_BETWEEN = (
    *(
        "12",
        "5,",
        "10115",
        "00-950",
        "4B",
        "SW1A 2AA",
        "Main",
        "Anna",
        "O'Neil",
        "de",
        "J.",
        "x",
        "_",
        "Name: ",
        "DOB:",
    ),
    *(" ", " ", " ", "  ", "\n", "\r\n", ", ", ". ", "-", "/", ": ", "\t", "(", "*", "!", "</b>", "\x00"),
)
# Letters that fold in odd ways, spaces, digits and signs of other scripts, and half a character.
_OTHER = (
    *("\u0131", "\u0130", "\u017f", "\u212a", "\xe9", "\u0141\xf3d\u017a", "\u738b", "\xa0", "\u2019", "\u0661\u0662"),
    *("\uff11", "\ud800", "\U0001d7d9", "\u1e9e", "\u00b2", "\u0301", " \xd6sterreich", "\u0410\u043d\u043d\u0430"),
)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("yesterday Mr. Harrison came", Hint.TITLE),
        ("M. Petit est parti", Hint.TITLE),
        ("Hello Susan", Hint.GREETING),
        ("her brother Tom and my friend (Anna)", Hint.RELATION),
        ("MY NAME IS Tom", Hint.INTRODUCTION),
        ("nazywam si\u0119 Adam", Hint.INTRODUCTION),
        ("bought from Wonderland Ltd.", Hint.COMPANY),
        ("Acme Sp. z o.o. and others", Hint.COMPANY),
        ("at 12 Old Main Street, Apt 4", Hint.STREET),
        ("Hauptstr. 5 in Berlin", Hint.STREET),
        ("10 rue de la Paix", Hint.STREET),
        ("via Roma 1", Hint.STREET),
        ("home\n00-950 Warszawa", Hint.STREET),
        ("Kind regards,\n  Tom", Hint.CLOSING),
        ("SAYGILARIMLA\nTom", Hint.CLOSING),
        ("near SW1A 2AA", Hint.STREET),
    ],
)
def test_a_rule_that_can_match_is_announced(text: str, hint: Hint) -> None:
    assert hint in hints_of(text)


def test_a_plain_text_announces_nothing() -> None:
    text = "We upgraded the staging cluster to version 4.2 last night; all the smoke tests are green."

    assert not hints_of(text)
    assert list(find_by_rules(text)) == []


def test_of_a_text_with_other_letters_nothing_is_known() -> None:
    assert set(hints_of("Gr\u00fc\u00dfe aus Z\u00fcrich")) == set(Hint)


@pytest.mark.parametrize("hint", Hint)
def test_looking_only_where_a_rule_may_match_finds_what_looking_everywhere_does(hint: Hint) -> None:
    rule, sections = _PATTERNS[hint]
    texts = [*_texts(sections, seed=hint)]

    found = [[match.span() for match in matches(rule, hint, text)] for text in texts]
    assert found == [[match.span() for match in rule.finditer(text)] for text in texts]
    assert sum(map(len, found)) > 20


def test_labels_are_found_where_looking_everywhere_finds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*_texts("titles", seed=99), *_texts("titles", seed=98, more=(*_OTHER, "\uff1a", "\u2022 ", "- Name: "))]

    found = [[*LABELS.find(fold(text), text)] for text in texts]
    monkeypatch.setattr("classifier.labels._labels_in", _LABEL.finditer)
    assert found == [[*LABELS.find(fold(text), text)] for text in texts]
    assert sum(map(len, found)) > 20


@pytest.mark.parametrize("end", ["", "\xe9"])
@pytest.mark.parametrize("unit", ["> ", "  ", "\u2022 ", "> a"])
def test_a_text_of_what_may_stand_before_a_label_is_read_in_time(unit: str, end: str) -> None:
    text = unit * 30_000 + end
    started = time.process_time()

    assert [*LABELS.find(fold(text), text)] == []
    assert time.process_time() - started < 2


@pytest.mark.parametrize("hint", Hint)
def test_a_text_with_other_letters_is_looked_through_as_any_other(hint: Hint) -> None:
    rule, sections = _PATTERNS[hint]
    texts = [*_texts(sections, seed=hint, more=_OTHER)]

    found = [[match.span() for match in matches(rule, hint, text)] for text in texts]
    assert found == [[match.span() for match in rule.finditer(text)] for text in texts]
    assert sum(map(len, found)) > 10


def _texts(sections: str, seed: int, more: Sequence[str] = ()) -> Iterator[str]:
    """Yield texts in which the words of a rule, in any case, stand among whatever may be beside them."""
    draw = random.Random(seed)  # noqa: S311 - the same texts at every run.
    words = [word for name in sections.split("|") for word in _words_of(name) if more or word.isascii()]
    between = more or _BETWEEN
    for _ in range(1000):
        size = draw.randint(2, 40)
        parts = (draw.choice((draw.choice(words), draw.choice(between), draw.choice(_BETWEEN))) for _ in range(size))
        yield "".join(draw.choice((part, f"{part} ", part.upper(), part.title())) for part in parts)


def _words_of(section: str) -> Iterator[str]:
    """Yield the words of a section, its signs of regular expressions left out."""
    for form in alternatives(section).split("|"):
        word = re.sub(r"\(\?[:=]|[\\()\[\]?]", "", form)
        if word:
            yield word
