"""What a GLiNER model finds, as a plug-in.

PRIVACY_RECOGNIZERS=classifier.plugins.gliner:model=/models/gliner-pii
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from classifier.entities import Entity
from classifier.spans import Span

# What the model is asked for, in its words.
LABELS: Mapping[str, Entity] = {
    "person": Entity.PERSON,
    "username": Entity.USERNAME,
    "address": Entity.LOCATION,
    "location": Entity.LOCATION,
    "date of birth": Entity.DATE_OF_BIRTH,
    "passport number": Entity.PASSPORT,
    "driver license number": Entity.DRIVER_LICENSE,
    "national id number": Entity.NATIONAL_ID,
    "bank account number": Entity.BANK_ACCOUNT,
    "medical record number": Entity.MEDICAL_RECORD,
}
THRESHOLD = 0.5
# GLiNER reads some 384 words and drops the rest in silence, so that longer texts are cut, with an overlap.
WINDOW_WORDS, OVERLAP_WORDS = 200, 20

_WORD = re.compile(r"\w+|[^\w\s]")


class GlinerNames:
    """Ask a model about every stretch of every text."""

    name = "gliner"

    def __init__(self, model: Any, labels: Mapping[str, Entity] = LABELS, threshold: float = THRESHOLD) -> None:
        """Take a loaded model, what to ask it for, and how sure it must be."""
        self._model = model
        self._labels = dict(labels)
        self._threshold = threshold
        self.entities = frozenset(self._labels.values())

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return what the model finds in each text."""
        windows = [(index, start, end) for index, text in enumerate(texts) for start, end in windows_of(text)]
        pieces = [texts[index][start:end] for index, start, end in windows]
        found: list[list[Span]] = [[] for _ in texts]
        if pieces:
            answers = self._model.inference(pieces, list(self._labels), threshold=self._threshold)
            for (index, start, _), answer in zip(windows, answers, strict=True):
                found[index] += self._spans(answer, start)
        return found

    def _spans(self, answer: Sequence[Mapping[str, Any]], offset: int) -> list[Span]:
        return [
            Span(offset + one["start"], offset + one["end"], self._labels[one["label"]], one["score"], self.name)
            for one in answer
        ]


def windows_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield stretches that the model can read, which overlap, so that no name is cut in all of them."""
    words = [match.span() for match in _WORD.finditer(text)]
    for first in range(0, max(1, len(words) - OVERLAP_WORDS), WINDOW_WORDS - OVERLAP_WORDS):
        window = words[first : first + WINDOW_WORDS]
        if window:
            yield window[0][0], window[-1][1]


def model(path: str) -> GlinerNames:
    """Return the model of a folder; nothing is fetched from anywhere."""
    from gliner import GLiNER  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415 - an extra.

    return GlinerNames(GLiNER.from_pretrained(path, local_files_only=True))
