"""The thorough names tier: persons, places and organisations by an ONNX model, offline and on a CPU."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from classifier.entities import Entity
from classifier.exceptions import NamesUnavailable
from classifier.keys import words_of
from classifier.names import fast
from classifier.names.decoding import RECOGNIZER, has_foreign_letter, spans_of
from classifier.names.evidence import Fame, fame_of
from classifier.names.gate import words_of_value
from classifier.names.sentences import Stretch, stretches
from classifier.names.trust import LONGEST_CHAT, is_chat
from classifier.names.windows import Window, cut
from classifier.names.wordpiece import Word
from classifier.spans import Span, settle_overlaps

if TYPE_CHECKING:
    from classifier.names.inference import NamesModel

MODEL_FOLDER = Path(__file__).parent / "model"
# A longer value is running text, which tells by itself.
MAX_BARE_LENGTH = 80
MAX_CONTEXT_LENGTH = 64
# A name so sure is looked for in the rest of its text.
SURE_SCORE = 0.8
FEWEST_WORDS = 3
# A sentence is read in which the fast tier found something or came near it: in hundredths of a weight, as `model` has
# them. A short text, which may be a remark in any style, is left out only where it came nowhere near.
NEAR, NEAR_IN_SHORT = -500, -900
MINIMUM_REPEATED_LENGTH = 3

# Two Latin letters, without which there is nothing that the model could read.
_READABLE = re.compile(r"[A-Za-z\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff\uff21-\uff5a]{2}")
_LETTERS = re.compile(r"[^\W\d_]+")

# Kernels differ between processors, and a broken model finds nothing without saying so.
SELF_TEST: tuple[tuple[str, list[tuple[Entity, str]]], ...] = (
    (
        "Please send the parcel to Mary Johnson, 12 Main Street, Springfield.",
        [(Entity.PERSON, "Mary Johnson"), (Entity.LOCATION, "12 Main Street, Springfield")],
    ),
    ("Guten Tag, mein Name ist Jürgen Müller.", [(Entity.PERSON, "Jürgen Müller")]),
    ("The job failed because the disk was full, so it will be tried again in ten minutes.", []),
)


def find_names(texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[list[Span]]:
    """Return the names in each text, in order and without overlaps.

    A context is the name of the field whose value the text is: "Springfield" alone says little,
    `city` before it says all. An error never quotes a text.
    """
    return _find(_MODEL.get(), texts, contexts)


class _SharedModel:
    """The model of this process, loaded when it is first asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: NamesModel | None = None

    def get(self) -> "NamesModel":
        with self._lock:
            if self._model is None:
                self._model = load_model(MODEL_FOLDER)
            return self._model


_MODEL = _SharedModel()


def load_model(folder: Path) -> "NamesModel":
    """Return the model of a folder, refusing one that does not work on this machine."""
    try:
        inference = import_module("classifier.names.inference")
    except ImportError:
        message = "The thorough names tier needs onnxruntime and numpy; install them or choose the fast tier."
        raise NamesUnavailable(message) from None
    try:
        model: NamesModel = inference.NamesModel(folder)
        works = [_told(model, text) for text, _ in SELF_TEST] == [expected for _, expected in SELF_TEST]
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the files, the tier is not there.
        message = f"The model of the thorough names tier cannot be loaded ({type(error).__name__}); install it again."
        raise NamesUnavailable(message) from None
    if not works:
        message = "The model of the thorough names tier fails its self-test on this machine; choose the fast tier."
        raise NamesUnavailable(message)
    return model


def _told(model: "NamesModel", text: str) -> list[tuple[Entity, str]]:
    return [(span.entity, text[span.start : span.end]) for span in settle_overlaps(_find(model, [text], None)[0])]


def _find(model: "NamesModel", texts: Sequence[str], contexts: Sequence[str] | None) -> list[list[Span]]:
    pairs = zip(texts, contexts or [""] * len(texts), strict=True)
    return [_read(model, text, context) for text, context in pairs]


def _read(model: "NamesModel", text: str, context: str) -> list[Span]:
    """Read a text twice, by the fast tier and by the model, and believe what both say or one is sure of."""
    told, guessed, near = fast.read(text, least=NEAR if len(text) > LONGEST_CHAT else NEAR_IN_SHORT)
    if guessed is None or not _READABLE.search(text):
        return told + (guessed or [])
    if not context and _is_told_without(text, guessed):
        return told + guessed
    prefix = _prefix(text, context)
    places = [place for place in near if _may_be_a_name(text[slice(*place)])]
    places += ((span.start, span.end) for span in (*told, *guessed))
    read = [(0, len(prefix) + len(text))] if prefix or is_chat(text) else stretches(text, places)
    unread = [span for span in guessed if has_foreign_letter(text, span)]
    return [*told, *unread, *_repeated(text, _by_model(model, text, prefix, guessed, read))]


def _may_be_a_name(word: str) -> bool:
    """Say whether a word is more than a number, or an everyday word written small."""
    return not word.isdigit() and not (word.islower() and fame_of(word) is Fame.EVERYDAY)


def _is_told_without(text: str, guessed: Sequence[Span]) -> bool:
    """Say whether the model knows less of a value than lists do: of a few words without a context, as in events."""
    words = words_of_value(text)
    if words is None:
        return False
    return bool(guessed) or len(words) < FEWEST_WORDS or all(fame_of(word) is Fame.EVERYDAY for word in words)


def _by_model(
    model: "NamesModel", text: str, prefix: str, guessed: Sequence[Span], read: Sequence[Stretch]
) -> list[Span]:
    """Return the names in these stretches of a text with its prefix."""
    shift, whole = len(prefix), prefix + text
    second = [replace(span, start=span.start + shift, end=span.end + shift) for span in guessed]
    found: list[Span] = []
    for window in _windows(model, whole, read):
        # One at a time: the model weighs the numbers of all that it reads together, and a text must not hang on others.
        spans = spans_of(whole, window.words, model.chances(window), second)
        found += [span for span in spans if window.owns(span)]
    return settle_overlaps(_without(shift, found))


def _windows(model: "NamesModel", text: str, read: Sequence[Stretch]) -> Iterator[Window]:
    starts = [start for start, _ in read]

    def stretch_of(word: Word) -> int:
        at = bisect_right(starts, word.start) - 1
        return at if at >= 0 and word.start < read[at][1] else -1

    for at, words in groupby(model.words(text) if read else (), stretch_of):
        for window in cut(words) if at >= 0 else ():
            # Tables of numbers and pages of other scripts cost nothing.
            if _READABLE.search(text, window.words[0].start, window.words[-1].end):
                yield window


def _prefix(text: str, context: str) -> str:
    """Return the name of a field as words before its value, where the value is short."""
    if not context or len(text) > MAX_BARE_LENGTH:
        return ""
    name = " ".join(words_of(context[:MAX_CONTEXT_LENGTH]))
    return f"{name}: " if name else ""


def _without(prefix: int, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans as they stand in the text without its prefix."""
    for span in spans:
        if span.end > prefix:
            start = max(span.start - prefix, 0)
            yield Span(start, span.end - prefix, span.entity, span.score, span.recognizer)


def _repeated(text: str, spans: Iterable[Span]) -> list[Span]:
    """Add the places where a part of a person's name stands again and nothing was found."""
    found = list(spans)
    parts = {
        match.group(): span.score
        for span in found
        if span.entity is Entity.PERSON and span.score >= SURE_SCORE
        for match in _LETTERS.finditer(text, span.start, span.end)
        if match.group()[0].isupper() and len(match.group()) >= MINIMUM_REPEATED_LENGTH
    }
    if not parts:
        return found
    words = list(_LETTERS.finditer(text))
    # What the text also writes small is a word that the name borrows: Mark, Rose, Will.
    small = {match.group() for match in words if match.group()[0].islower()}
    covered = bytearray(len(text))
    for span in found:
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    return found + [
        Span(match.start(), match.end(), Entity.PERSON, parts[match.group()], RECOGNIZER)
        for match in words
        if match.group() in parts and match.group().lower() not in small and not covered[match.start()]
    ]
