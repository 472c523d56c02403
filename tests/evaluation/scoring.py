"""What the command `classify` finds in labelled texts, and what the scorer makes of it."""

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management import CommandError

from classifier import ClassifierError, Tier
from classifier.bulk import Bulk, Format
from classifier.management.base import tier_options
from classifier.management.labels import label_of
from tests.evaluation.corpora import Corpus


@dataclass(frozen=True, slots=True)
class Score:
    """What the scorer says about a tier on some texts, and how long the tier took."""

    corpus: Corpus
    tier: str
    figures: dict[str, Any]
    seconds: float
    # Of texts in which there is nobody: the characters hidden for nothing, by label and recognizer.
    for_nothing: dict[tuple[str, str], int] = field(default_factory=dict)


def available_tiers() -> dict[str, str]:
    """Return for each tier why it cannot be used, or nothing."""
    return {tier: _trouble(tier) for tier in Tier}


def _trouble(tier: str) -> str:
    try:
        Bulk(tier_options(tier)).spans_of("Is there a name of somebody in here?")
    except (ClassifierError, CommandError) as error:
        return str(error)
    return ""


def score(corpus: Corpus, tier: str, scorer: Path, predictions: Path) -> Score:
    """Let a tier read the texts as the command would, and the scorer judge it."""
    started = time.perf_counter()
    with corpus.path.open("rb") as texts, predictions.open("wb") as answers:
        answers.writelines(Bulk(tier_options(tier), name_of=label_of).classify(texts, Format.JSONL))
    seconds = time.perf_counter() - started
    command = [sys.executable, str(scorer), str(corpus.path), str(predictions), "--json"]
    judged = subprocess.run(command, capture_output=True, check=True, text=True)
    return Score(corpus, tier, json.loads(judged.stdout), seconds, _for_nothing(corpus.path, predictions))


def _for_nothing(texts: Path, predictions: Path) -> dict[tuple[str, str], int]:
    """Return how many characters were hidden by what, if no text has a label at all."""
    if any(json.loads(line)["spans"] for line in texts.read_bytes().splitlines()):
        return {}
    hidden: Counter[tuple[str, str]] = Counter()
    for line in predictions.read_bytes().splitlines():
        for span in json.loads(line)["spans"]:
            hidden[span["label"], span["recognizer"]] += span["end"] - span["start"]
    return dict(hidden.most_common())
