"""Write the lists and the weights of the fast tier: `python -m classifier.names.training`.

Needs faker and python-crfsuite; takes some minutes on one core and gives the same files for the same versions.
"""

import gzip
import hashlib
import os
import sys
import tempfile
import zlib
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

from classifier.names.features import Word, describe, features_of, variants_of
from classifier.names.gazetteers import COMMON, NAMES, known_of
from classifier.names.training.lexicon import build
from classifier.names.training.sentences import Example, Writer, vocabulary

DATA = Path(__file__).parent.parent / "data"
SEED = 20240501
ITERATIONS = 90
# Weights are kept in hundredths; what rounds to nothing is dropped.
SCALE = 100
SMALLEST = 4
# Part of the names and words must be unknown to the lists, as they are in life.
UNKNOWN_NAMES, UNKNOWN_WORDS = 38, 25
OPTIONS = {
    "c1": 0.25,
    "c2": 0.02,
    "max_iterations": ITERATIONS,
    "feature.minfreq": 4,
    "feature.possible_transitions": True,
}


class Lists:
    """What lists know of a word while we learn: some of what they know is hidden."""

    def __init__(self, table: dict[str, str]) -> None:
        """Hide the same words in every run."""
        self._table = table

    def __call__(self, word: str) -> str:
        """Return the letters of the lists that hold a word, as if some lists were shorter."""
        draw = zlib.crc32(word.encode("utf-8")) % 100
        letters = known_of(self._table, word)
        if draw < UNKNOWN_WORDS:
            letters = letters.replace(COMMON, "")
        if (draw * 7 + 3) % 100 < UNKNOWN_NAMES:
            letters = "".join(letter for letter in letters if letter not in NAMES)
        return letters or known_of({}, word)


def main() -> None:
    """Build the lists, write the sentences, learn the weights and store both."""
    table = build(vocabulary())
    store("lists.txt.gz", _as_text(table))
    lists = Lists(table)
    trainer: Any = import_module("pycrfsuite").Trainer(algorithm="lbfgs", params=OPTIONS, verbose=True)
    known_identities = vocabulary()
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    for at, example in enumerate(Writer(SEED).examples()):
        if at * share % 1 < share:
            trainer.append(features_of(words_of(example, lists, known_identities)), example.labels)
    with tempfile.NamedTemporaryFile(suffix=".crf") as file:
        trainer.train(file.name)
        tagger: Any = import_module("pycrfsuite").Tagger()
        tagger.open(file.name)
        store("weights.txt.gz", weights_as_text(tagger.info()))


def words_of(example: Example, lists: Lists, identities: set[str]) -> list[Word]:
    """Return the words of an example; only words of the templates are learned by heart, never a person's name."""
    texts = [token.text for token in example.tokens]
    words = [describe(text, variant, lists) for text, variant in zip(texts, variants_of(texts), strict=True)]
    return [
        _unnamed(word) if word.identity[:1].isalpha() and word.identity not in identities else word for word in words
    ]


def _unnamed(word: Word) -> Word:
    named = f"w={word.identity}"
    own = tuple(name for name in word.own if name != named)
    near = tuple(name for name in word.near if name != named)
    return Word(word.kind, own, near, "")


def _as_text(table: dict[str, str]) -> str:
    groups: dict[str, list[str]] = defaultdict(list)
    for word, letters in table.items():
        groups[letters].append(word)
    return "\n".join(f"{letters}\t{' '.join(words)}" for letters, words in sorted(groups.items()))


def weights_as_text(info: Any) -> str:
    """Return labels, transitions and features as lines, weights in hundredths."""
    labels = sorted(info.labels)
    lines = ["\t".join(labels)]
    lines += ["\t".join(str(round(info.transitions.get((a, b), 0.0) * SCALE)) for b in labels) for a in labels]
    features: dict[str, dict[int, int]] = defaultdict(dict)
    for (name, label), weight in info.state_features.items():
        if abs(weight * SCALE) >= SMALLEST:
            features[name][labels.index(label)] = round(weight * SCALE)
    for name in sorted(features):
        pairs = " ".join(f"{label}:{weight}" for label, weight in sorted(features[name].items()))
        lines.append(f"{name}\t{pairs}")
    return "\n".join(lines)


def store(name: str, text: str) -> None:
    """Write a data file, its digest first; the same text gives the same bytes."""
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    packed = gzip.compress(f"{digest}\n{text}".encode(), compresslevel=9, mtime=0)
    (DATA / name).write_bytes(packed)


def with_fixed_hashes() -> None:
    """Start anew with fixed hashes where they are random: Faker draws from sets, whose order follows them."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        command = [sys.executable, "-m", "classifier.names.training", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606 - our own words.


if __name__ == "__main__":
    with_fixed_hashes()
    main()
