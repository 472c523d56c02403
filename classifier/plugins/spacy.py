"""The names that a spaCy pipeline finds, as a plug-in.

PRIVACY_RECOGNIZERS=classifier.plugins.spacy:pipeline=en_core_web_sm
"""

from collections.abc import Mapping, Sequence
from typing import Any

from classifier.entities import Entity
from classifier.spans import Span

# The labels of spaCy's own pipelines (OntoNotes, WikiNER) that stand for personal data.
LABELS: Mapping[str, str] = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "NORP": "NRP",
    "ORG": "ORGANIZATION",
}
# spaCy says no probability; the shape of a name suggests, it does not prove.
SCORE = 0.85


class SpacyNames:
    """Ask a pipeline about many texts at once."""

    name = "spacy"

    def __init__(self, pipeline: Any, labels: Mapping[str, str] = LABELS) -> None:
        """Take a loaded pipeline, and what its labels mean; labels of kinds unknown to us are skipped."""
        known = {str(entity) for entity in Entity}
        self._pipeline = pipeline
        self._labels = {label: Entity(name) for label, name in labels.items() if name in known}
        self.entities = frozenset(self._labels.values())

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the named entities of each text."""
        return [[*self._spans(document)] for document in self._pipeline.pipe(texts)]

    def _spans(self, document: Any) -> list[Span]:
        return [
            Span(one.start_char, one.end_char, self._labels[one.label_], SCORE, self.name)
            for one in document.ents
            if one.label_ in self._labels and one.end_char > one.start_char
        ]


def pipeline(name: str) -> SpacyNames:
    """Return the names of an installed pipeline."""
    import spacy  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415 - an extra, not a dependency.

    return SpacyNames(spacy.load(name, exclude=["parser", "lemmatizer", "attribute_ruler"]))
