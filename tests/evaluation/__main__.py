"""Measure every tier on every labelled text and write `docs/accuracy.md`: `make eval`."""

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.environment import development

PAGE = Path("docs/accuracy.md")


def main() -> None:
    """Set up Django's settings, measure, write the page and print it."""
    arguments = _arguments()
    os.environ.update(development() | {"DJANGO_SETTINGS_MODULE": "privacy_service.settings"})
    import django  # noqa: PLC0415 - the environment comes first.

    django.setup()
    from tests.evaluation import corpora, report, scoring  # noqa: PLC0415 - as above.

    source = corpora.folder()
    troubles = scoring.available_tiers()
    with tempfile.TemporaryDirectory(prefix="privacy-eval-") as name:
        folder = Path(name)
        scores = [
            report.told(scoring.score(corpus, tier, source / "score.py", folder / "predictions.jsonl"))
            for corpus in corpora.corpora(source, folder)
            for tier, trouble in troubles.items()
            if not trouble and tier in arguments.tiers and corpus.name.startswith(arguments.only)
        ]
    text = report.page(scores, troubles, date=datetime.now(UTC).strftime("%Y-%m-%d"), commit=_commit())
    if not arguments.only:
        PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation", description=__doc__)
    parser.add_argument("--tiers", nargs="+", default=["patterns", "fast", "thorough"])
    parser.add_argument("--only", default="", help="texts whose name begins so; the page is then printed, not written")
    return parser.parse_args()


def _commit() -> str:
    """Return the commit measured, and whether something else was."""
    commit = _git("rev-parse", "--short", "HEAD").strip()
    changed = [
        line for line in _git("status", "--porcelain", "--untracked-files=no").splitlines() if "docs/" not in line
    ]
    return f"`{commit}`" + (" with uncommitted changes" if changed else "")


def _git(*arguments: str) -> str:
    command = ("git", *arguments)
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


if __name__ == "__main__":
    main()
