"""Time Presidio on our input: run by the Python of the peers' own environment, which has nothing of this project.

Reads `{"event", "texts", "note", "model", "rounds"}` as JSON and prints medians in microseconds as JSON.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import spacy  # type: ignore[import-not-found, unused-ignore]
from presidio_analyzer import (  # type: ignore[import-not-found, unused-ignore]
    AnalyzerEngine,
    LocalRecognizer,
    RecognizerRegistry,
)
from presidio_analyzer.nlp_engine import SpacyNlpEngine  # type: ignore[import-not-found, unused-ignore]
from presidio_anonymizer import AnonymizerEngine


class Loaded(SpacyNlpEngine):  # type: ignore[misc, unused-ignore]
    """A spaCy pipeline that is already there."""

    def __init__(self, pipeline: Any) -> None:
        """Take the pipeline for English."""
        super().__init__()
        self.nlp = {"en": pipeline}


def _analyzer(pipeline: Any, *, is_pattern_only: bool) -> AnalyzerEngine:
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    if is_pattern_only:
        registry.recognizers = [one for one in registry.recognizers if "Spacy" not in type(one).__name__]
    assert all(isinstance(one, LocalRecognizer) for one in registry.recognizers)
    return AnalyzerEngine(registry=registry, nlp_engine=Loaded(pipeline), supported_languages=["en"])


def _mask(analyzer: AnalyzerEngine, anonymizer: AnonymizerEngine, value: Any) -> Any:
    """Return a value with each of its texts masked, leaf by leaf."""
    if isinstance(value, str):
        return anonymizer.anonymize(value, analyzer.analyze(value, "en")).text
    if isinstance(value, dict):
        return {key: _mask(analyzer, anonymizer, one) for key, one in value.items()}
    return [_mask(analyzer, anonymizer, one) for one in value] if isinstance(value, list) else value


def _microseconds(act: Callable[[], object], rounds: int) -> float:
    act()
    costs = []
    for _ in range(rounds):
        started = time.process_time()
        act()
        costs.append(time.process_time() - started)
    return statistics.median(costs) * 1e6


def _acts(analyzer: AnalyzerEngine, given: dict[str, Any]) -> dict[str, Callable[[], object]]:
    anonymizer = AnonymizerEngine()  # type: ignore[no-untyped-call, unused-ignore]
    return {
        "event": lambda: json.dumps(_mask(analyzer, anonymizer, json.loads(given["event"]))),
        "texts": lambda: _mask(analyzer, anonymizer, given["texts"]),
        "note": lambda: _mask(analyzer, anonymizer, given["note"]),
    }


def main() -> None:
    """Measure both configurations on everything."""
    given = json.load(sys.stdin)
    pipelines = {"patterns": spacy.blank("en")} | ({"spacy": spacy.load(given["model"])} if given["model"] else {})
    medians: dict[str, dict[str, float]] = {}
    for name, pipeline in pipelines.items():
        acts = _acts(_analyzer(pipeline, is_pattern_only=name == "patterns"), given)
        medians[name] = {what: _microseconds(act, given["rounds"]) for what, act in acts.items()}
    json.dump(medians, sys.stdout)


if __name__ == "__main__":
    main()
