"""Recognizers of presidio-analyzer: those that need no language model, as a plug-in.

PRIVACY_RECOGNIZERS=classifier.plugins.presidio:predefined=en
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from classifier.entities import Entity
from classifier.spans import Span

# What Presidio calls otherwise than we do. Its URL is any address, ours only one with credentials in it.
NAMES: Mapping[str, str] = {"MEDICAL_LICENSE": "NATIONAL_ID", "US_BANK_NUMBER": "BANK_ACCOUNT", "URL": ""}
# Below it are shapes that any number has, which Presidio itself believes only beside a telling word.
THRESHOLD = 0.4


class PresidioRecognizers:
    """Ask some of Presidio's recognizers about each text."""

    name = "presidio"

    def __init__(
        self, recognizers: Sequence[Any], names: Mapping[str, str] = NAMES, threshold: float = THRESHOLD
    ) -> None:
        """Take recognizers that work without the artefacts of a language model; skip those of kinds unknown to us."""
        self._entities = dict(_known(recognizers, names))
        self._threshold = threshold
        self._recognizers = [one for one in recognizers if self._kinds_of(one)]
        self.entities = frozenset(self._entities.values())

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return what they find, each kind under our name for it."""
        return [[span for one in self._recognizers for span in self._spans(one, text)] for text in texts]

    def _spans(self, recognizer: Any, text: str) -> Iterable[Span]:
        for result in recognizer.analyze(text, self._kinds_of(recognizer), None) or ():
            if result.score >= self._threshold:
                entity = self._entities[result.entity_type]
                yield Span(result.start, result.end, entity, result.score, self.name)

    def _kinds_of(self, recognizer: Any) -> list[str]:
        return [kind for kind in recognizer.supported_entities if kind in self._entities]


def predefined(language: str = "en") -> PresidioRecognizers:
    """Return every pattern recognizer that Presidio predefines for a language."""
    # An extra, not a dependency.
    from presidio_analyzer import (  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415
        PatternRecognizer,
        RecognizerRegistry,
    )

    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language])
    return PresidioRecognizers([one for one in registry.recognizers if isinstance(one, PatternRecognizer)])


def _known(recognizers: Iterable[Any], names: Mapping[str, str]) -> Iterable[tuple[str, Entity]]:
    known = {str(entity) for entity in Entity}
    for kind in (kind for one in recognizers for kind in one.supported_entities):
        if (name := names.get(kind, kind)) in known:
            yield kind, Entity(name)
