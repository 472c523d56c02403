"""The thorough names tier: texts in several languages in, names and the characters they cover out."""

# ruff: noqa: RUF001 - full-width letters and other scripts are what some of these texts are about.

import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from classifier.entities import Entity
from classifier.exceptions import ClassifierError, NamesUnavailable
from classifier.names import thorough
from classifier.names.thorough import MODEL_FOLDER, find_names, load_model
from classifier.names.windows import OVERLAP_PIECES, WINDOW_PIECES, Window, cut
from classifier.names.wordpiece import Word
from classifier.spans import settle_overlaps

Found = list[tuple[str, str]]

PERSONS = [
    ("Please call Mary Johnson back.", ["Mary Johnson"]),
    ("Guten Tag, mein Name ist Jürgen Müller.", ["Jürgen Müller"]),
    ("Bonjour, je m'appelle Chloé Lefèvre.", ["Chloé Lefèvre"]),
    ("Hola, soy María de la Cruz.", ["María de la Cruz"]),
    ("Buongiorno, mi chiamo Giuseppe Verdi.", ["Giuseppe Verdi"]),
    ("Nazywam się Łukasz Wałęsa.", ["Łukasz Wałęsa"]),
    ("Olá, meu nome é João Silva.", ["João Silva"]),
    ("Miles O'Brien met Jean-Luc Picard.", ["Miles O'Brien", "Jean-Luc Picard"]),
    ("my name is john miller and i need help", ["john miller"]),
    ("I asked Dr. Susan Brown and Uncle Robert about it.", ["Dr. Susan Brown", "Uncle Robert"]),
    ("It was signed by Martin King Jr. last week.", ["Martin King Jr"]),
    ("The parcel is for Zoe\u0301 Smith\u0301.", ["Zoe\u0301 Smith\u0301"]),
    ("😂 Anna Schmidt😂 laughed 😂", ["Anna Schmidt"]),
    ("Please call Ｍａｒｙ Ｊｏｈｎｓｏｎ back.", ["Ｍａｒｙ Ｊｏｈｎｓｏｎ"]),
    ("Привет, меня зовут Иван Петров.", ["Иван Петров"]),
    ("私の名前は田中です。", ["田中"]),
]
PLACES = [
    (
        "Send it to 12 Main Street, Apt 4, Springfield, IL 62704 please.",
        ["12 Main Street, Apt 4, Springfield, IL 62704"],
    ),
    ("Ich wohne in der Goethestraße 5, 10115 Berlin.", ["Goethestraße 5, 10115 Berlin"]),
    ("Vivo en la Calle Mayor 23, Madrid.", ["Calle Mayor 23, Madrid"]),
    ("J'habite 10 rue de la Paix à Paris.", ["10 rue de la Paix", "Paris"]),
]
NOTHING = [
    "",
    "   ",
    "12345",
    "62704",
    "😂😂",
    "\x00\x07",
    "The job failed because the disk was full.",
    "On Monday the build of March was green again.",
    "Der Server antwortet nicht.",
    "El servidor no responde desde el lunes.",
    "UTC and RFC6960 are supported.",
    "Lot 62704 was shipped with 12 parts.",
    "How to Create a Tracking Plan",
    "Grupy: Sp.k. S.K.A. PSA oraz LTD",
]
SENTENCE = "The night report of the plant says that all pumps ran well and nothing had to be repaired. "


def found(text: str, context: str | None = None) -> Found:
    (spans,) = map(settle_overlaps, find_names([text], None if context is None else [context]))
    return [(str(span.entity), text[span.start : span.end]) for span in spans]


def numbered(count: int) -> list[Word]:
    return [Word(start, start + 1, (5,)) for start in range(count)]


@pytest.mark.parametrize(("text", "names"), PERSONS)
def test_a_person_is_found(text: str, names: list[str]) -> None:
    assert found(text) == [("PERSON", name) for name in names]


@pytest.mark.parametrize(("text", "names"), PLACES)
def test_an_address_is_found_whole(text: str, names: list[str]) -> None:
    assert found(text) == [("LOCATION", name) for name in names]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_name_stays(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("Springfield", "billingCity", [("LOCATION", "Springfield")]),
        ("12 Main St", "street", [("LOCATION", "12 Main St")]),
        ("smith", "last_name", [("PERSON", "smith")]),
        ("active", "status", []),
        ("", "city", []),
    ],
)
def test_the_name_of_a_field_tells_what_a_bare_value_is(text: str, context: str, expected: Found) -> None:
    assert found(text, context) == expected


def test_a_context_counts_for_its_own_text() -> None:
    spans = find_names(["Springfield", "Please call Mary Johnson back."], ["city", ""])

    assert [[(span.start, span.end) for span in each] for each in spans] == [[(0, 11)], [(12, 24)]]


def test_there_are_as_many_contexts_as_texts() -> None:
    with pytest.raises(ValueError, match="shorter"):
        find_names(["a", "b"], ["c"])


def test_a_name_that_was_found_is_found_again() -> None:
    text = "Please call Mary Johnson back. " + SENTENCE * 2 + "Thanks! Johnson"

    assert found(text)[-1] == ("PERSON", "Johnson")


@pytest.mark.parametrize("words_before", range(WINDOW_PIECES - OVERLAP_PIECES - 4, WINDOW_PIECES + 4, 7))
def test_a_name_at_the_border_of_a_window_is_found_once_and_whole(words_before: int) -> None:
    filler = (SENTENCE * 20).split()
    before = " ".join(filler[: words_before - 14])
    text = f"{before}. Yesterday it was Mary Johnson who called. {SENTENCE * 4}"

    assert found(text) == [("PERSON", "Mary Johnson")]


def test_windows_overlap_and_their_cores_do_not() -> None:
    windows = list(cut(numbered(3 * WINDOW_PIECES)))

    assert [window.core_start for window in windows[1:]] == [window.core_end for window in windows[:-1]]
    assert all(len(window.words) <= WINDOW_PIECES for window in windows)
    assert (windows[0].core_start, windows[-1].core_end) == (0, 3 * WINDOW_PIECES)


def test_what_a_text_holds_does_not_hang_on_its_neighbours() -> None:
    texts = [text for text, _ in PERSONS + PLACES] + NOTHING

    together = find_names(texts)

    assert together == [find_names([text])[0] for text in texts]
    assert together == find_names(texts[::-1])[::-1]


def test_threads_share_the_model() -> None:
    texts = [text for text, _ in PERSONS]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(find_names, [texts] * 8))

    assert answers == [find_names(texts)] * 8


def test_a_span_says_how_sure_the_model_is_and_who_found_it() -> None:
    ((span,),) = find_names(["Please call Mary Johnson back."])

    assert (span.recognizer, 0.9 < span.score <= 1.0) == ("names-thorough", True)


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NamesUnavailable, match="cannot be loaded"):
        load_model(tmp_path)


def test_a_broken_model_is_refused(tmp_path: Path) -> None:
    for name in ("vocab.txt", "labels.json"):
        shutil.copy(MODEL_FOLDER / name, tmp_path)
    (tmp_path / "names.int8.onnx").write_bytes(b"not a model")

    with pytest.raises(NamesUnavailable, match="cannot be loaded"):
        load_model(tmp_path)


def test_a_model_that_finds_the_wrong_things_is_refused(tmp_path: Path) -> None:
    shutil.copytree(MODEL_FOLDER, tmp_path / "model")
    labels = tmp_path / "model" / "labels.json"
    labels.write_text(labels.read_text().replace("GIVEN_NAME", "OTHER").replace("SURNAME", "OTHER"))

    with pytest.raises(NamesUnavailable, match="self-test"):
        load_model(tmp_path / "model")


def test_a_missing_runtime_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "classifier.names.inference", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)

    with pytest.raises(NamesUnavailable, match="onnxruntime"):
        load_model(MODEL_FOLDER)


def test_no_error_quotes_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thorough, "MODEL_FOLDER", tmp_path)
    monkeypatch.setattr(thorough, "_MODEL", thorough._SharedModel())

    with pytest.raises(ClassifierError) as caught:
        find_names(["Mary Johnson"])

    assert "Mary" not in f"{caught.value!r}{caught.value.__cause__}{caught.value.__context__}"


def test_pages_of_other_scripts_and_numbers_are_not_read() -> None:
    model = thorough._MODEL.get()
    text = "Привет, как дела? " * 200 + "1234 " * 2000 + "Please call Mary Johnson back."

    windows = list(thorough._windows(model, text, [(0, len(text))]))

    assert [text[window.words[-1].start :] for window in windows] == ["."]
    assert found(text) == [("PERSON", "Mary Johnson")]


class _Counting:
    """The model, with a note of what it was asked to read."""

    def __init__(self) -> None:
        self.model = thorough._MODEL.get()
        self.read: list[str] = []

    def words(self, text: str) -> Iterator[Word]:
        self.text = text
        return self.model.words(text)

    def chances(self, window: Window) -> list[list[float]]:
        self.read.append(self.text[window.words[0].start : window.words[-1].end])
        return self.model.chances(window)


def test_sentences_that_come_nowhere_near_a_name_are_not_read() -> None:
    plain = "The job failed because the disk was full, so it will be tried again in ten minutes. " * 3
    counting = _Counting()

    spans = thorough._find(cast("Any", counting), [f"{plain}Mary Johnson restarted it. {plain}"], None)[0]

    assert counting.read == ["Mary Johnson restarted it."]
    assert [span.entity for span in settle_overlaps(spans)] == [Entity.PERSON]


def test_a_text_that_reads_like_chat_is_read_whole() -> None:
    counting = _Counting()

    thorough._find(cast("Any", counting), ["omg did u see what happened to my order lol, it never came"], None)

    assert counting.read == ["omg did u see what happened to my order lol, it never came"]
