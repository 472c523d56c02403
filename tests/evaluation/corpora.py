"""The texts to measure with: files of labelled texts kept elsewhere, and those of our own making."""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.evaluation.biographies import biographies
from tests.evaluation.drafts import Document
from tests.evaluation.events import all_renamed, otherwise, renamed, telling
from tests.evaluation.office_pl import office_documents
from tests.evaluation.things import things

VARIABLE = "PRIVACY_EVAL_DIR"
DEFAULT_FOLDER = "../shared/eval"
SUFFIX = ".dev.jsonl"

# At most so much readable, so much under a wrong kind, so much hidden for nothing, in percent; None is not asked.
Target = tuple[float | None, float | None, float]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Some labelled texts, and what a tier should reach on them."""

    name: str
    path: Path
    is_own: bool
    targets: dict[str, Target]


def _targets(fast: Target, thorough: Target) -> dict[str, Target]:
    return {"fast": fast, "thorough": thorough}


TARGETS = {
    "events_telling": _targets((1, 2, 1), (1, 2, 1)),
    "events_otherwise": _targets((1, 2, 1), (1, 2, 1)),
    "events_renamed": _targets((12, 15, 3), (5, 8, 3)),
    "events_all_renamed": _targets((12, 15, 3), (5, 8, 3)),
    "events_of_things": _targets((None, None, 1), (None, None, 3)),
    "presidio_synth": _targets((25, 30, 3), (6, 10, 3)),
    "ambient_standard": _targets((20, 25, 10), (4, 9, 9)),
    "ambient_adversarial": _targets((20, 25, 10), (4, 9, 9)),
    "lifebench_phone": _targets((25, 30, 3), (8, 10, 4)),
    "biographies": _targets((25, 30, 3), (8, 12, 4)),
    "meddocan_es": _targets((25, 35, 4), (6, 13, 4)),
    "wnut17": _targets((40, 45, 4), (20, 25, 10)),
    "btc_tweets": _targets((25, 30, 5), (5, 7, 10)),
    "office_pl": _targets((30, 40, 3), (12, 20, 5)),
    "pl_negative": _targets((None, None, 0.5), (None, None, 3)),
}
OWN: dict[str, Callable[[], Iterable[Document]]] = {
    "events_telling": telling,
    "events_otherwise": otherwise,
    "events_renamed": renamed,
    "events_all_renamed": all_renamed,
    "events_of_things": things,
    "biographies": biographies,
    "office_pl": office_documents,
}


def folder() -> Path:
    """Return where the scorer and its files lie, or stop with a sentence."""
    path = Path(os.environ.get(VARIABLE, DEFAULT_FOLDER))
    if not (path / "score.py").is_file():
        message = f"There is no scorer (score.py) in {path}. Set {VARIABLE} to the folder that holds it and its data."
        raise SystemExit(message)
    return path


def corpora(source: Path, written: Path) -> list[Corpus]:
    """Return the files of a folder, and our own texts, which are written to another one."""
    found = [_corpus(path.name.removesuffix(SUFFIX), path) for path in sorted((source / "data").glob(f"*{SUFFIX}"))]
    return found + [_corpus(name, _write(written / f"{name}{SUFFIX}", make())) for name, make in OWN.items()]


def _corpus(name: str, path: Path) -> Corpus:
    return Corpus(name, path, name in OWN, TARGETS.get(name, {}))


def _write(path: Path, documents: Iterable[Document]) -> Path:
    lines = (json.dumps(asdict(document)) + "\n" for document in documents)
    path.write_text("".join(lines), encoding="utf-8")
    return path
