"""Hints: whatever a rule can find, the one pass before it announces."""

import pytest

from classifier.names.hints import Hint, hints_of
from classifier.names.rules import find_by_rules


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
