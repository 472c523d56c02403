"""The release in the reader's words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation
from pytest_django import Settings

from privacy_service.console.standing import SENTENCES, change_name, gate_words, move_name, place_name, window_name
from privacy_service.console.templatetags.console import moment
from privacy_service.rollout.gates import Gate, GateName, GateState, measure
from privacy_service.rollout.models import ReleaseMove
from privacy_service.rollout.release import FORCED_WORDS, STANDING_WORDS

GATES = Path(__file__).resolve().parents[2] / "privacy_service" / "rollout" / "gates.py"


def test_what_gates_say_is_what_is_translated(db: None) -> None:
    del db
    written = GATES.read_text(encoding="utf-8")

    assert [one for one in SENTENCES if one not in written] == []
    assert {gate.sentence for gate in measure().gates} <= set(SENTENCES)


def test_a_gate_writes_its_figures_as_the_readers_language_does() -> None:
    sentence, figures = SENTENCES[0], {"errors": 2, "requests": 1000, "limit": "0.10%"}
    gate = Gate(GateName.ERROR_RATE, GateState.RED, 0.002, 0.001, sentence, figures)

    assert gate_words(gate) == gate.words == "2 of 1000 answers were errors; at most 0.10% may be"
    with translation.override("de"):
        assert gate_words(gate) == "Fehler unter 1000 Antworten: 2; erlaubt sind höchstens 0,10%"


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (60, "the last 60 seconds", "die letzten 60 Sekunden"),
        (900, "the last 15 minutes", "die letzten 15 Minuten"),
    ],
)
def test_the_window_is_told_in_the_readers_language(
    seconds: int, english: str, german: str, settings: Settings
) -> None:
    settings.PRIVACY_RELEASE_WINDOW_SECONDS = seconds
    told = [window_name()]
    with translation.override("de"):
        told.append(window_name())

    assert told == [english, german]


@pytest.mark.parametrize(
    ("words", "german"),
    [
        ("beta", "Beta"),
        ("dial 12.5", "Regler auf 12,5 %"),
        ("override acme on", "acme: erzwungen an"),
        ("override acme clear", "acme: nach Stufe und Regler"),
        ("something new", "something new"),
    ],
)
def test_a_change_is_told_in_the_readers_language(words: str, german: str) -> None:
    with translation.override("de"):
        assert change_name(words) == german


def test_every_word_of_the_history_has_one_in_the_readers_language() -> None:
    with translation.override("de"):
        told = {word: place_name(word) for word in (*FORCED_WORDS.values(), *STANDING_WORDS.values(), "held", "free")}

    assert [word for word, said in told.items() if said == word] == []


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "1 Dec 2026, 09:05 UTC"),
        ("de", "1. Dez. 2026, 09:05 UTC"),
        ("es", "1 dic 2026, 09:05 UTC"),
    ],
)
def test_a_moment_is_written_as_the_language_writes_dates(language: str, told: str) -> None:
    with translation.override(language):
        assert moment(datetime(2026, 12, 1, 9, 5, tzinfo=UTC)) == told


def test_a_move_says_from_where_to_where() -> None:
    moved = ReleaseMove(workspace_slug="acme", before="customer", after="beta tester")

    assert move_name(moved) == "acme: customer → beta tester"
    assert move_name(ReleaseMove(before="off", after="dial 25")) == "Off → dial at 25 %"
