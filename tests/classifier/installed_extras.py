"""The adapters with the real packages, which the suite does not install: `make test-extras`."""

from importlib import import_module

from classifier.entities import Entity
from classifier.plugins import load
from classifier.plugins.spacy import SpacyNames
from classifier.spans import Span


def test_presidios_own_pattern_recognizers_become_a_plugin() -> None:
    (plugin,) = load(["classifier.plugins.presidio:predefined=en"])

    (spans,) = plugin.find(["my card is 4111 1111 1111 1111"])

    assert [(span.start, span.end, span.entity) for span in spans] == [(11, 30, Entity.CREDIT_CARD)]


def test_a_pipeline_of_spacy_becomes_a_plugin() -> None:
    pipeline = import_module("spacy").blank("en")
    pipeline.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Ada Byron"}])

    assert SpacyNames(pipeline).find(["I met Ada Byron.", ""]) == [[Span(6, 15, Entity.PERSON, 0.85, "spacy")], []]
