"""Migrations add first and remove later: while a release goes out, the version before it goes on working beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

PACKAGES = ("workspaces", "privacy_service", "classifier")

# Nobody ran a version before these: what they did is no example.
BEFORE_THE_FIRST_RELEASE = {"workspaces": 6, "rollout": 5, "decisions": 5}

# What nothing uses any more, with the first release that did not: {"decisions.0007_x: RemoveField policy.old": "0.2"}.
UNUSED_SINCE: dict[str, str] = {}

_REMOVES = (
    operations.RemoveField,
    operations.DeleteModel,
    operations.RenameField,
    operations.RenameModel,
    operations.AlterModelTable,
)
_STOP_FIRST = "stop using it in one release, remove it in the next, and say so in UNUSED_SINCE"
_GIVE_DEFAULT = "the version before writes rows without it: let it be null, or give it a db_default"
_NARROWS = "the version before may write what this refuses: add it in the release after the code that keeps to it"


@dataclass(frozen=True, slots=True)
class Finding:
    """An operation that the version before would not survive, and what to do instead."""

    operation: str
    instead: str


def findings(migration: Migration, state: ProjectState) -> Iterator[Finding]:
    """Say what in a migration breaks the version before; the state is the one it begins with."""
    made: set[str] = set()
    for operation in migration.operations:
        instead = "" if _is_about(operation, made) else _objection(operation, migration.app_label, state)
        name = f"{migration}: {type(operation).__name__} {_target(operation)}"
        if instead and name not in UNUSED_SINCE:
            yield Finding(name, instead)
        if isinstance(operation, operations.CreateModel):
            made.add(operation.name_lower)
        operation.state_forwards(migration.app_label, state)


def _is_about(operation: Operation, made: set[str]) -> bool:
    """Say whether an operation is about a table that the same migration makes: nobody uses it yet."""
    return getattr(operation, "model_name_lower", "") in made


def _objection(operation: Operation, app: str, state: ProjectState) -> str:
    if isinstance(operation, _REMOVES):
        return _STOP_FIRST
    if isinstance(operation, operations.AddField):
        return "" if _is_harmless(operation.field) else _GIVE_DEFAULT
    if isinstance(operation, operations.AlterField):
        return _NARROWS if _is_narrower(state, app, operation) else ""
    if isinstance(operation, operations.AddConstraint | operations.AlterUniqueTogether):
        return _NARROWS
    return ""


def _is_harmless(field: "models.Field[Any, Any]") -> bool:
    return field.null or field.many_to_many or field.has_db_default()


def _is_narrower(state: ProjectState, app: str, operation: operations.AlterField) -> bool:
    before, after = state.models[app, operation.model_name_lower].fields[operation.name], operation.field
    shorter = (after.max_length or 0) < (before.max_length or 0)
    another = type(before) is not type(after)
    return shorter or another or (before.null and not after.null) or (after.unique and not before.unique)


def _target(operation: Operation) -> str:
    model = getattr(operation, "model_name_lower", getattr(operation, "name_lower", ""))
    return f"{model}.{operation.name}" if hasattr(operation, "model_name") and hasattr(operation, "name") else model


def ours() -> Iterator[tuple[Migration, ProjectState]]:
    """Yield each migration of ours that is held to the rule, with the state it begins with."""
    loader = MigrationLoader(connection)
    own = {config.label for config in apps.get_app_configs() if config.name.partition(".")[0] in PACKAGES}
    for key, migration in loader.disk_migrations.items():
        app, name = key
        if app in own and int(name[:4]) > BEFORE_THE_FIRST_RELEASE.get(app, 0):
            yield migration, loader.project_state(key, at_end=False)


@pytest.mark.django_db
def test_no_migration_breaks_the_version_before_it() -> None:
    found = [finding for migration, state in ours() for finding in findings(migration, state)]

    assert found == []


def migration(*made: Operation) -> Migration:
    """Return a migration that does this."""

    class Next(Migration):
        operations = made

    return Next("0002_next", "shop")


def shop() -> ProjectState:
    """Return what the version before works with."""
    state = ProjectState()
    key, name = models.BigAutoField(primary_key=True), models.CharField(max_length=20, null=True)
    operations.CreateModel("Order", [("id", key), ("name", name)]).state_forwards("shop", state)
    return state


def text(max_length: int = 20, **more: Any) -> "models.Field[Any, Any]":
    """Return a field."""
    return models.CharField(max_length=max_length, **more)


@pytest.mark.parametrize(
    "operation",
    [
        operations.AddField("order", "note", text(null=True)),
        operations.AddField("order", "note", text(default="", db_default="")),
        operations.AddField("order", "others", models.ManyToManyField("shop.order")),
        operations.AlterField("order", "name", text(null=True, max_length=40)),
        operations.AddIndex("order", models.Index(fields=["name"], name="by_name")),
        operations.CreateModel("Bill", [("id", models.BigAutoField(primary_key=True))]),
    ],
)
def test_what_only_adds_is_welcome(operation: Operation) -> None:
    assert list(findings(migration(operation), shop())) == []


@pytest.mark.parametrize(
    ("operation", "instead"),
    [
        (operations.RemoveField("order", "name"), _STOP_FIRST),
        (operations.DeleteModel("Order"), _STOP_FIRST),
        (operations.RenameField("order", "name", "title"), _STOP_FIRST),
        (operations.RenameModel("Order", "Purchase"), _STOP_FIRST),
        (operations.AlterModelTable("order", "orders"), _STOP_FIRST),
        (operations.AddField("order", "note", text(default="")), _GIVE_DEFAULT),
        (operations.AlterField("order", "name", text()), _NARROWS),
        (operations.AlterField("order", "name", text(null=True, max_length=10)), _NARROWS),
        (operations.AlterField("order", "name", text(null=True, unique=True)), _NARROWS),
        (operations.AlterField("order", "name", models.TextField(null=True)), _NARROWS),
        (
            operations.AddConstraint("order", models.UniqueConstraint(fields=["name"], name="one_name")),
            _NARROWS,
        ),
    ],
)
def test_what_the_version_before_would_not_survive_is_found(operation: Operation, instead: str) -> None:
    assert [finding.instead for finding in findings(migration(operation), shop())] == [instead]


def test_a_table_that_the_same_migration_makes_may_have_what_it_likes() -> None:
    made = operations.CreateModel("Bill", [("id", models.BigAutoField(primary_key=True))])
    one = models.UniqueConstraint(fields=["id"], name="one_bill")

    together = migration(
        made, operations.AddField("bill", "note", text(default="")), operations.AddConstraint("bill", one)
    )

    assert list(findings(together, shop())) == []
