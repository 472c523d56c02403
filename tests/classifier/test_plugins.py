"""Recognizers of a deployment: they add finds, never overrule a proof, and break the mask when they break."""

import re
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from classifier import ClassifierFailed, Entity, Finding, PayloadKind, Span, classify
from classifier.plugins import GROUP, PLUGINS, PluginError, Plugins, TextRecognizer, load
from classifier.plugins.gliner import GlinerNames, windows_of
from classifier.plugins.presidio import PresidioRecognizers
from classifier.plugins.spacy import SpacyNames
from tests.classifier.finding import found, masked

CANARY = "Zaphod Beeblebrox"


class Names:
    """Find two capitalised words side by side, as a deployment's own recognizer might."""

    name = "names"
    entities = frozenset({Entity.PERSON})

    def __init__(self, argument: str = r"[A-Z][a-z]+ [A-Z][a-z]+") -> None:
        """Take another pattern, if one is given."""
        self._pattern = re.compile(argument)

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return them, very sure of it."""
        return [[Span(*m.span(), Entity.PERSON, 1.0, "x") for m in self._pattern.finditer(text)] for text in texts]


class Answering:
    """Answer always the same."""

    name = "answering"
    entities = frozenset({Entity.PERSON})

    def __init__(self, answer: Any) -> None:
        """Say what."""
        self._answer = answer

    def find(self, texts: Sequence[str]) -> Any:
        """Return it, or raise it with the text inside, as foreign code may."""
        if isinstance(self._answer, type):
            raise self._answer(texts[0])
        return self._answer


@pytest.fixture
def use() -> Iterator[Any]:
    """Return the way to put recognizers into use, and take them out afterwards."""
    before = PLUGINS._recognizers
    yield lambda *recognizers: PLUGINS.use(recognizers)
    PLUGINS.use(before)


def test_what_a_plugin_finds_is_found_in_every_kind_of_body(use: Any) -> None:
    use(Names())

    assert masked('{"note":"saw Ada Byron","x":[1,"Bo Diddley"]}') == '{"note":"saw <PERSON>","x":[1,"<PERSON>"]}'
    assert masked("Ada Byron", kind=PayloadKind.TEXT) == "<PERSON>"
    assert masked("id,x\n1,Ada Byron\n", kind=PayloadKind.CSV) == "id,x\n1,<PERSON>\n"
    assert masked("q=Ada+Byron", kind=PayloadKind.FORM) == "q=<PERSON>"


def test_findings_name_the_plugin_and_stay_below_a_proof(use: Any) -> None:
    use(Names())

    findings = classify(b"Ada Byron", kind=PayloadKind.TEXT)

    assert findings == (Finding("", Entity.PERSON, 0.94, "names", 0, 9),)


def test_a_plugin_never_overrules_a_proven_number(use: Any) -> None:
    use(Names(r"[0-9-]+"))

    assert found("123-45-6789") == [("US_SSN", "123-45-6789")]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (ValueError, "ValueError"),
        (MemoryError, "MemoryError"),
        ([], "it did not answer for every text"),
        (None, "TypeError"),
        ([[Span(0, 99, Entity.PERSON, 0.5, "x")]], "ValueError"),
        ([[Span(-1, 3, Entity.PERSON, 0.5, "x")]], "ValueError"),
        ([[Span(0, 3, Entity.AGE, 0.5, "x")]], "ValueError"),
        ([["PERSON"]], "AttributeError"),
    ],
)
def test_a_plugin_that_breaks_breaks_the_mask_and_quotes_nothing(use: Any, answer: Any, cause: str) -> None:
    use(Answering(answer))

    with pytest.raises(ClassifierFailed) as failure:
        masked(f'{{"note":"{CANARY}"}}')

    assert str(failure.value) == f"The recognizer 'answering' failed ({cause}); nothing was masked."
    assert failure.value.__cause__ is failure.value.__context__ is None


def test_a_recognizer_is_loaded_by_its_place_and_given_an_argument() -> None:
    plain, other = load([f"{__name__}:Names", f"{__name__}:Names=[0-9]+"])

    assert [plain.find(["Ada Byron 1"]), other.find(["Ada Byron 1"])] == [
        [[Span(0, 9, Entity.PERSON, 1.0, "x")]],
        [[Span(10, 11, Entity.PERSON, 1.0, "x")]],
    ]


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("no.such.module:x", "ModuleNotFoundError: No module named 'no'"),
        (f"{__name__}:Nothing", "AttributeError"),
        (f"{__name__}:CANARY", "TypeError"),
        ("builtins:dict", "AttributeError"),
    ],
)
def test_a_recognizer_that_cannot_be_loaded_stops_the_start(name: str, cause: str) -> None:
    with pytest.raises(PluginError, match=rf"^The recognizer '{re.escape(name)}' cannot be loaded \({cause}"):
        load([name])


def test_installed_packages_register_recognizers_by_entry_point(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "acme-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[{GROUP}]\nacme = {__name__}:Names\n")
    monkeypatch.syspath_prepend(tmp_path)

    recognizers = load()

    assert [recognizer.name for recognizer in recognizers] == ["names"]


def test_the_names_of_those_in_use_are_known() -> None:
    plugins = Plugins()
    plugins.use([Names()])

    assert plugins.names == ("names",)


class Analyzer:
    """Answer as a recognizer of presidio-analyzer does."""

    supported_entities = ("US_SSN", "ALIEN_ID", "URL")

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object) -> list[Any]:
        """Return two results, one of them weak."""
        del text, nlp_artifacts
        return [
            SimpleNamespace(entity_type=kind, start=0, end=2, score=score) for kind in entities for score in (0.5, 0.05)
        ]


def test_presidios_recognizers_are_asked_for_the_kinds_we_know() -> None:
    plugin: TextRecognizer = PresidioRecognizers([Analyzer()])

    assert plugin.entities == {Entity.US_SSN}
    assert plugin.find(["ab"]) == [[Span(0, 2, Entity.US_SSN, 0.5, "presidio")]]


def test_the_names_of_a_spacy_pipeline_become_spans() -> None:
    entity = SimpleNamespace(start_char=0, end_char=3, label_="PERSON")
    money = SimpleNamespace(start_char=4, end_char=5, label_="MONEY")
    pipeline = SimpleNamespace(pipe=lambda texts: [SimpleNamespace(ents=[entity, money]) for _ in texts])

    plugin: TextRecognizer = SpacyNames(pipeline)

    assert plugin.find(["Ada 1"]) == [[Span(0, 3, Entity.PERSON, 0.85, "spacy")]]


def test_long_texts_reach_gliner_in_overlapping_windows() -> None:
    text = " ".join(f"w{number}" for number in range(500))

    windows = [text[start:end].split() for start, end in windows_of(text)]

    assert [(window[0], window[-1]) for window in windows] == [("w0", "w199"), ("w180", "w379"), ("w360", "w499")]


def test_what_gliner_finds_in_a_window_counts_from_the_start_of_the_text() -> None:
    def inference(pieces: list[str], labels: list[str], threshold: float) -> list[list[dict[str, Any]]]:
        del labels, threshold
        return [
            [{"start": m.start(), "end": m.end(), "label": "person", "score": 0.9} for m in re.finditer("Ada", piece)]
            for piece in pieces
        ]

    text = "x " * 300 + "Ada"
    plugin: TextRecognizer = GlinerNames(SimpleNamespace(inference=inference))

    assert plugin.find(["", text]) == [[], [Span(600, 603, Entity.PERSON, 0.9, "gliner")]]
