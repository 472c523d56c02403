"""The page on accuracy: what it says of figures that meet their targets, and of those that do not."""

from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.corpora import VARIABLE, Corpus, folder
from tests.evaluation.report import is_met, page, told
from tests.evaluation.scoring import Score, available_tiers, score

SCORER = """
import json, sys
gold, predicted = ([json.loads(line) for line in open(path)] for path in sys.argv[1:3])
labels = {"EMAIL": {"char": {"r": 0.75}, "exact": {"r": 0.5, "gold": 2}}, "AGE": {"char": {}, "exact": {"gold": 0}}}
print(json.dumps({"texts": len(gold), "leak_direct": 0.25, "leak_typed_direct": len(predicted[0]["spans"]) / 10,
                  "over": None, "ent_leak_direct": 0.0, "labels": labels}))
"""


def figures(direct: float | None, typed: float | None, over: float) -> dict[str, Any]:
    """Return what the scorer says, as far as targets are concerned."""
    return {"leak_direct": direct, "leak_typed_direct": typed, "over": over}


@pytest.mark.parametrize(
    ("direct", "typed", "over", "expected"),
    [
        (0.01, 0.02, 0.03, True),
        (0.0101, 0.02, 0.03, False),
        (0.01, 0.021, 0.03, False),
        (0.01, 0.02, 0.031, False),
        (None, None, 0.03, True),
    ],
)
def test_a_target_is_met_when_every_figure_is(
    direct: float | None, typed: float | None, over: float, *, expected: bool
) -> None:
    assert is_met(figures(direct, typed, over), (1, 2, 3)) is expected


def test_the_command_reads_the_texts_and_the_scorer_judges_them(tmp_path: Path) -> None:
    scorer, texts = tmp_path / "score.py", tmp_path / "x.dev.jsonl"
    scorer.write_text(SCORER)
    texts.write_text('{"id":"1","text":"a@b.co 123-45-6789","spans":[]}\n')

    one = score(Corpus("x", texts, is_own=True, targets={}), "patterns", scorer, tmp_path / "predictions")

    assert one.figures["texts"] == 1
    assert one.figures["leak_typed_direct"] == 0.2
    assert one.for_nothing == {("NATIONAL_ID", "us_ssn"): 11, ("EMAIL", "email"): 6}


def test_where_a_text_has_labels_nothing_is_counted_as_hidden_for_nothing(tmp_path: Path) -> None:
    scorer, texts = tmp_path / "score.py", tmp_path / "x.dev.jsonl"
    scorer.write_text(SCORER)
    texts.write_text('{"id":"1","text":"a@b.co","spans":[{"start":0,"end":6,"label":"EMAIL"}]}\n')

    one = score(Corpus("x", texts, is_own=True, targets={}), "patterns", scorer, tmp_path / "predictions")

    assert one.for_nothing == {}


def test_the_page_sets_figures_beside_targets_and_names_what_is_missing(tmp_path: Path) -> None:
    labels = {"EMAIL": {"char": {"r": 0.75}, "exact": {"r": 0.5, "gold": 2}}}
    found = figures(0.25, 0.5, 0.01) | {"texts": 10, "ent_leak_direct": 1.0, "labels": labels}
    corpus = Corpus("tweets", tmp_path, is_own=True, targets={"fast": (25, 30, 5)})

    text = page(
        [Score(corpus, "fast", found, 2.0, {("IBAN", "iban"): 26})],
        {"fast": "", "thorough": "no model"},
        date="D",
        commit="C",
    )

    assert "on D at commit C." in text
    assert "- The tier `thorough` was not measured: no model" in text
    assert "| tweets * | fast | 10 | 25.0 | 50.0 | 1.0 | 100.0 | 25 / 30 / 5 | **no** | 5 |" in text
    assert "| tweets | EMAIL | 2 | 25.0, 50.0 |" in text
    assert "| tweets | fast | IBAN | iban | 26 |" in text


def test_a_run_says_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = Score(Corpus("tweets", tmp_path, is_own=False, targets={}), "fast", figures(0.25, None, 0.01), 2.0)

    assert told(one) is one
    assert capsys.readouterr().err == "tweets, fast: leak_direct 25.0, leak_typed_direct -, over 1.0 (2 s)\n"


def test_patterns_are_always_there() -> None:
    assert available_tiers()["patterns"] == ""


def test_without_a_scorer_a_sentence_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))

    with pytest.raises(SystemExit, match=f"There is no scorer .* Set {VARIABLE} to the folder"):
        folder()
