"""The docs say what the code says: settings, reasons, metrics, endpoints, entities, dependencies."""

import re
import tomllib
from pathlib import Path

import pytest
from django.urls import URLPattern

from classifier import ENTITIES, Entity
from privacy_service import exceptions, urls
from privacy_service.decisions.types import Reason
from privacy_service.observability import metrics
from workspaces.keys import Scope
from workspaces.permissions import DESCRIPTIONS, Permission

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
LONGEST_README = 120


def errors() -> list[type[exceptions.PrivacyError]]:
    """Return the whole tree of errors."""
    found = [exceptions.PrivacyError]
    for error in found:
        found.extend(error.__subclasses__())
    return found


def test_every_setting_that_is_read_is_documented_and_no_other() -> None:
    code = [(ROOT / "privacy_service" / name).read_text() for name in ("settings.py", "schedule.py", "processes.py")]
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', "\n".join(code)))
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (DOCS / "configuration.md").read_text(), re.MULTILINE))

    assert documented == read


def test_every_error_is_documented_with_its_status_and_reason() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)`", (DOCS / "api.md").read_text(), re.MULTILINE)

    assert sorted((int(status), reason) for status, reason in rows) == sorted((e.status, e.reason) for e in errors())


def test_the_tree_of_errors_draws_every_error() -> None:
    drawn = re.findall(r"(\w+) +(\d{3})  ([a-z-]+)", exceptions.__doc__ or "")

    assert sorted(drawn) == sorted((e.__name__, str(e.status), e.reason) for e in errors())


def test_every_reason_of_a_decision_is_documented() -> None:
    line = next(line for line in (DOCS / "api.md").read_text().splitlines() if line.startswith("Of a decision:"))

    assert re.findall(r"`([a-z-]+)`", line) == [reason.value for reason in Reason]


def test_every_metric_is_documented() -> None:
    rows = re.findall(r"^\| `(privacy_[a-z_]+)`", (DOCS / "api.md").read_text(), re.MULTILINE)

    assert sorted(rows) == sorted(metrics.names())


def as_documented(pattern: URLPattern) -> str:
    """Return a path as docs/api.md writes it: the id of what the path is about is `{id}`."""
    plain = re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
    return f"/{plain}".replace("{pk}", "{id}")


def test_every_path_of_the_api_is_documented() -> None:
    text = (DOCS / "api.md").read_text()
    paths = [as_documented(one) for one in urls.urlpatterns if isinstance(one, URLPattern)]

    assert [path for path in paths if not re.search(rf"{re.escape(path)}[`?]", text)] == []


@pytest.mark.parametrize("scope", Scope)
def test_every_scope_is_documented(scope: Scope) -> None:
    assert f"`{scope}`" in (DOCS / "api.md").read_text()


def test_every_permission_is_described() -> None:
    assert set(DESCRIPTIONS) == set(Permission)


@pytest.mark.parametrize("entity", Entity)
def test_every_entity_is_documented(entity: Entity) -> None:
    assert f"| `{entity}` |" in (DOCS / "entities.md").read_text()


def test_every_part_of_a_kind_is_documented() -> None:
    lines = [line for line in (DOCS / "entities.md").read_text().splitlines() if line.startswith("- `")]
    documented = {part: whole for line in lines for whole, *parts in [re.findall(r"`(\w+)`", line)] for part in parts}

    assert documented == {part: info.part_of for part, info in ENTITIES.items() if info.part_of}


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = project["dependencies"] + project["optional-dependencies"]["embedded"]
    names = {re.split(r"[\[<>=]", one)[0] for one in listed}
    reasons = (DOCS / "dependencies.md").read_text()

    assert sorted(name for name in names if name not in reasons) == []


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    readme = (ROOT / "README.md").read_text()
    targets = re.findall(r"\]\(([^)#]+)\)", readme)

    assert len(readme.splitlines()) < LONGEST_README
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_document_links_only_to_what_is_there() -> None:
    broken = [
        (page.name, target)
        for page in DOCS.rglob("*.md")
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("page", ["README.md", "docs/subjects.md", "docs/consent.md"])
def test_a_page_about_laws_says_that_it_is_no_legal_advice(page: str) -> None:
    assert re.search(r"\b(no|not) legal\s+advice", (ROOT / page).read_text())


def test_each_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w./]+)`(?: (\w+))?", (DOCS / "threat-model.md").read_text())
    missing = [(path, word) for path, word in named if not (ROOT / path).exists() or not _is_told(ROOT / path, word)]

    assert len(named) > 40
    assert missing == []


def _is_told(path: Path, word: str) -> bool:
    return not word or "_" not in word or word in path.read_text()


def test_each_test_that_the_checklist_names_is_there() -> None:
    shown = [row.split("|")[4] for row in (DOCS / "checklist.md").read_text().splitlines() if row.startswith("| ")]
    named = [found for cell in shown for found in re.findall(r"`(tests/[^`]+)`((?: [a-z_]+_[a-z_]+,?)*)", cell)]

    gone = [path for path, _ in named if not (ROOT / path).exists()]
    parts = [(path, part) for path, said in named for part in said.replace(",", " ").split() if path not in gone]
    unknown = [(path, part) for path, part in parts if part not in (ROOT / path).read_text()]

    assert (gone, unknown, len(named) > 200) == ([], [], True)
