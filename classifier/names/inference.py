"""The ONNX model: from the pieces of windows to the chance that each word is part of a name."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from classifier.entities import Entity
from classifier.names.decoding import ENTITIES
from classifier.names.windows import Window
from classifier.names.wordpiece import Word, WordPiece

BEGIN, END = 2, 3
_LABELS = {
    Entity.PERSON: ("GIVEN_NAME", "SURNAME"),
    Entity.LOCATION: ("BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS", "ZIP_CODE", "CITY", "STATE"),
    Entity.ORGANIZATION: ("ORG",),
}
# Letters that do not decompose into one with an accent; the model was taught so. Full-width forms hide nothing.
_PLAIN_LETTERS = {
    **str.maketrans("łŁøØđĐı", "lLoOdDi"),
    **{0xFF01 + offset: 0x21 + offset for offset in range(94)},
}

# Written against a name, they would make it an unknown word.
_PICTURES = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]")


class NamesModel:
    """The model with its tokenizer, shared by threads and never changed."""

    __slots__ = ("_columns", "_session", "_tokenizer")

    def __init__(self, folder: Path) -> None:
        """Read the model, its vocabulary and its labels from a folder."""
        options = onnxruntime.SessionOptions()
        # Workers are processes; a model that took all cores for one of them would stall the others.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        weights = (folder / "names.int8.onnx").read_bytes()
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        self._tokenizer = WordPiece((folder / "vocab.txt").read_text("utf-8").splitlines())
        labels = json.loads((folder / "labels.json").read_text("utf-8"))
        self._columns = np.array([[label[2:] in _LABELS[kind] for kind in ENTITIES] for label in labels], np.float32)

    def words(self, text: str) -> Iterator[Word]:
        """Yield the words of a text with the ids of their pieces."""
        if text.isascii():
            return self._tokenizer.words(text)
        return self._tokenizer.words(_PICTURES.sub(" ", text.translate(_PLAIN_LETTERS)))

    def chances(self, window: Window) -> list[list[float]]:
        """Return a row a word, with the chance of each entity."""
        row = [BEGIN, *(number for word in window.words for number in word.ids), END]
        ids = np.array([row], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (logits,) = self._session.run(["logits"], inputs)
        weights = np.exp(logits - logits.max(-1, keepdims=True))
        grouped = (weights @ self._columns) / weights.sum(-1, keepdims=True)
        return _by_word(grouped[0], window.words)


def _by_word(pieces: np.ndarray[Any, np.dtype[np.float32]], words: Sequence[Word]) -> list[list[float]]:
    """Average over the pieces of each word."""
    lengths = np.array([len(word.ids) for word in words])
    ends = np.cumsum(lengths)
    sums = np.add.reduceat(pieces[1 : ends[-1] + 1], ends - lengths)
    chances: list[list[float]] = (sums / lengths[:, None]).tolist()
    return chances
