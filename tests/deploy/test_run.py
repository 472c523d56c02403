"""`make run`: what it knows of a database before Django is there."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from deploy import run


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout with a lock file and a migration."""
    migrations = tmp_path / "workspaces" / "people" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "0001_initial.py").touch()
    locks = tmp_path / "deploy" / "locks"
    locks.mkdir(parents=True)
    (locks / "run.txt").write_text("django==5.2\n")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    return tmp_path


def test_a_new_migration_is_another_schema(root: Path) -> None:
    before = run._schema()
    (root / "workspaces" / "people" / "migrations" / "0002_more.py").touch()

    assert run._schema() != before


def test_an_upgraded_dependency_may_bring_migrations(root: Path) -> None:
    before = run._schema()
    (root / "deploy" / "locks" / "run.txt").write_text("django==5.3\n")

    assert run._schema() != before


def test_other_files_are_none(root: Path) -> None:
    before = run._schema()
    (root / "workspaces" / "models.py").touch()

    assert run._schema() == before


def test_a_database_tells_what_it_was_migrated_to(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = root / "a folder ? with # signs" / "db.sqlite3"
    file.parent.mkdir()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"PRAGMA user_version = {run._schema()}")

    assert run._schema_of_database() == run._schema()


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/db.sqlite3", "postgresql://somebody@db.example/privacy", "sqlite:///relative.sqlite3"]
)
def test_a_database_elsewhere_or_of_another_kind_tells_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    assert run._schema_of_database() is None
