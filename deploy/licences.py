"""List the licence of each package that runs, from the packages themselves: `make licences` writes docs/licences.md."""

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "deploy" / "locks" / "run.txt"
TABLE = ROOT / "docs" / "licences.md"

# Of packages that only other Pythons or systems install, as their own metadata say.
_ELSEWHERE = {"async-timeout": "Apache-2.0", "tzdata": "Apache-2.0", "colorama": "BSD-3-Clause"}
_HEAD = """# Licences

What `deploy/locks/run.txt` installs, under which licence, as each package says itself.
Made by `make licences`; a test keeps it complete.

| package | licence |
| --- | --- |
"""


def packages() -> list[str]:
    """Return the names of what is locked, once each: some have a version for each Python."""
    return [*dict.fromkeys(re.findall(r"^([A-Za-z0-9._-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE))]


def licence_of(name: str) -> str:
    """Return what a package says of its licence; empty where it says nothing."""
    try:
        told = metadata.metadata(name).json
    except metadata.PackageNotFoundError:
        return _ELSEWHERE.get(name, "")
    classified = [one.rpartition(" :: ")[2] for one in told.get("classifier", ()) if one.startswith("License ::")]
    said = told.get("license_expression") or " or ".join(classified) or told.get("license") or ""
    return str(said).partition("\n")[0]


def table() -> str:
    """Return the page."""
    return _HEAD + "".join(f"| {name} | {licence_of(name)} |\n" for name in packages())


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"{TABLE.relative_to(ROOT)}: {len(packages())} packages\n")
