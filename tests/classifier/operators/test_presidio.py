"""Presidio's engine runs our operators, and agrees with them."""

import re
from pathlib import Path

import pytest
from presidio_anonymizer import AnonymizerEngine, DeanonymizeEngine
from presidio_anonymizer.entities import OperatorConfig as PresidioConfig
from presidio_anonymizer.entities import OperatorResult, RecognizerResult

import classifier
from classifier import Entity, TokensRefused
from classifier.operators import OURS, Markers
from classifier.operators.token import Untoken
from tests.classifier.operators.cases import KEYRING, VALUES, compiled

PARAMS: dict[str, dict[str, object]] = {
    "shape": {},
    "last4": {},
    "hash": {"key": KEYRING.subkey("hash")},
    "token": {"keyring": KEYRING},
    "marker": {},
    "generalize": {},
    "synthetic": {"key": KEYRING.subkey("synthetic")},
}


def _engine() -> AnonymizerEngine:
    engine = AnonymizerEngine()  # type: ignore[no-untyped-call]
    for operator in OURS:
        engine.add_anonymizer(operator)
    return engine


@pytest.mark.parametrize("name", PARAMS)
def test_the_engine_hides_as_we_do(name: str) -> None:
    engine, differing = _engine(), []
    for entity, value in VALUES:
        found = [RecognizerResult(entity, 0, len(value), 1.0)]
        theirs = engine.anonymize(value, found, {"DEFAULT": PresidioConfig(name, PARAMS[name])})
        if theirs.text != compiled(name, entity)(value):
            differing.append(entity)

    assert differing == []


@pytest.mark.parametrize("name", [*PARAMS, "encrypt"])
def test_the_engine_exposes_nothing_of_two_neighbours_that_it_merges(name: str) -> None:
    numbers = "123-45-6789 987-65-4321"
    found = [RecognizerResult("US_SSN", 0, 11, 1.0), RecognizerResult("US_SSN", 12, 23, 1.0)]
    params = PARAMS.get(name, {"key": b"sixteen bytes..."})

    seen = _engine().anonymize(numbers, found, {"DEFAULT": PresidioConfig(name, params)}).text

    assert [part for part in ("123", "6789", "987") if part in seen] == []
    assert ("4321" in seen) == (name == "last4")


def test_markers_of_the_engine_are_numbered_once_its_text_is_whole() -> None:
    text, markers = "a@b.co b@c.de a@b.co", Markers({Entity.EMAIL_ADDRESS: "document"})
    found = [RecognizerResult("EMAIL_ADDRESS", at, at + 6, 1.0) for at in (0, 7, 14)]

    seen = _engine().anonymize(
        text, found, {"DEFAULT": PresidioConfig("marker", {"markers": markers})}, merge_entities_with_spaces=False
    )

    assert markers.numbered(seen.text) == "[EMAIL_ADDRESS_1] [EMAIL_ADDRESS_2] [EMAIL_ADDRESS_1]"


def test_the_deanonymizer_opens_tokens_and_refuses_others() -> None:
    engine = DeanonymizeEngine()  # type: ignore[no-untyped-call]
    engine.add_deanonymizer(Untoken)
    config = {"DEFAULT": PresidioConfig("token", {"keyring": KEYRING})}
    token = KEYRING.seal(Entity.PERSON, "alice")

    plain = engine.deanonymize(token, [OperatorResult(0, len(token), "PERSON")], config)

    assert plain.text == "alice"
    with pytest.raises(TokensRefused):
        engine.deanonymize("alice", [OperatorResult(0, 5, "PERSON")], config)


def test_presidio_is_known_to_the_operators_alone() -> None:
    package = Path(classifier.__file__).parent
    elsewhere = [path for path in package.rglob("*.py") if path.parent.name != "operators"]

    assert [
        path.name for path in elsewhere if re.search(r"^(?:from|import) presidio", path.read_text(), re.MULTILINE)
    ] == []
