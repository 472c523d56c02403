"""The distribution as somebody else installs it: a wheel that is whole, and a client that needs httpx alone."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("privacy_service", "workspaces", "classifier")
_NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc")
_SOMEBODY_ELSES = """
import sys
from celery import Celery, current_app
theirs = Celery("theirs")
before = set(sys.modules)
import privacy_service.client
new = set(sys.modules) - before
print(current_app.main, *sorted({name.split(".")[0] for name in new} & {"django", "celery", "kombu"}))
print(*sorted(name for name in new if name.startswith("privacy_service.") and ".client" not in name))
"""
_MASKS = """
import sys
import httpx
from privacy_service.client import PrivacyClient, Reading, Unavailable
try:
    PrivacyClient("http://127.0.0.1:1", key="key").mask(Reading("acme", "bob"), b"{}")
except Unavailable as error:
    print(error.reason, *sorted({name.split(".")[0] for name in sys.modules} & {"django", "celery", "redis", "orjson"}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Build the wheel from a copy of the checkout, as building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / "source" / package, ignore=_NOT_SHIPPED)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, folder / "source")
    command = [sys.executable, "-c", "from setuptools.build_meta import build_wheel; build_wheel('../built')"]
    finished = subprocess.run(command, cwd=folder / "source", check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    [built] = (folder / "built").glob("*.whl")
    yield built
    shutil.rmtree(folder)


def test_the_wheel_holds_every_file_of_the_packages_and_no_other_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    there = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert held == there
    assert {"privacy_service/py.typed", "classifier/field_names.tsv", "classifier/names/model/names.int8.onnx"} <= held


def test_beside_httpx_the_client_needs_nothing(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    for needed in _needed_by("httpx"):
        _link(needed, tmp_path)
    # -S and -I: neither this environment's packages nor the checkout are there, only what was put beside the client.
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{_MASKS}"
    finished = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)

    assert (finished.stdout.split(), finished.stderr) == (["unreachable"], "")


def test_importing_the_client_leaves_somebody_elses_celery_app_and_settings_alone() -> None:
    bare = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    finished = subprocess.run(
        [sys.executable, "-c", _SOMEBODY_ELSES], cwd=ROOT, env=bare, check=True, capture_output=True, text=True
    )

    assert finished.stdout.split() == ["theirs"]


def _needed_by(name: str) -> set[str]:
    """Return a distribution and all that it needs."""
    found, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        needs = map(Requirement, distribution(one).requires or ())
        waiting += [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return found


def _link(name: str, folder: Path) -> None:
    """Put a distribution's packages into a folder."""
    installed = distribution(name)
    tops = {file.parts[0] for file in installed.files or () if file.parts[0] not in {"..", "__pycache__"}}
    for top in tops:
        (folder / top).symlink_to(Path(str(installed.locate_file(top))))
