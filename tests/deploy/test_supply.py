"""What the service is made of is pinned with hashes, licensed and known."""

import re
import tomllib

from deploy import licences
from tests.deploy.checking import ROOT


def test_every_locked_package_has_a_hash() -> None:
    for lock in sorted((ROOT / "deploy" / "locks").glob("*.txt")):
        entries = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)

        assert [entry.split()[0] for entry in entries if entry.strip() and "--hash=sha256:" not in entry] == []


def test_every_package_that_runs_has_a_licence_on_the_page() -> None:
    rows = dict(re.findall(r"^\| (\S+) \| (.+) \|$", licences.TABLE.read_text(), re.MULTILINE))
    rows.pop("package", None)
    assert rows.pop("---") == "---"

    assert list(rows) == licences.packages(), "run `make licences`"
    assert [name for name, licence in rows.items() if len(licence.strip()) < 2] == []


def test_no_licence_obliges_whoever_runs_the_service_to_give_away_its_code() -> None:
    strong = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)

    assert [row for row in licences.TABLE.read_text().splitlines() if strong.search(row.replace("LGPL", ""))] == []


def test_every_direct_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    written = (ROOT / "docs" / "dependencies.md").read_text()
    extras = [one for several in project["optional-dependencies"].values() for one in several]
    names = {re.split(r"[\[<>=;! ]", one)[0] for one in [*project["dependencies"], *extras]}

    assert [name for name in sorted(names) if not re.search(rf"\b{re.escape(name)}\b", written)] == []
