"""A migrated SQLite database, kept from run to run: migrating is most of what a single test takes."""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import django
from django.apps import apps

_KEPT = Path(__file__).resolve().parents[1] / ".pytest_cache" / "migrated"


def place(path: Path) -> None:
    """Begin a database with the tables of an earlier run, where no migration has changed since."""
    if (kept := _template()).exists():
        shutil.copyfile(kept, path)


def keep(path: Path) -> None:
    """Keep a database, just migrated, for later runs; those of other migrations go."""
    kept = _template()
    if kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    for other in kept.parent.glob("*.sqlite3"):
        other.unlink(missing_ok=True)
    # Two processes may keep theirs at once: each writes a file of its own, and the last one stands.
    written = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(written)) as target:
        source.backup(target)
    written.replace(kept)


def _template() -> Path:
    """Return where the database of these migrations is kept, by what its tables depend on."""
    digest = hashlib.sha256(django.__version__.encode())
    for config in apps.get_app_configs():
        for migration in sorted(Path(config.path, "migrations").glob("*.py")):
            digest.update(migration.read_bytes())
    return _KEPT / f"{digest.hexdigest()[:20]}.sqlite3"
