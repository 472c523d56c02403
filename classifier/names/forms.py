"""The words that stand beside names, read from the package's data as parts of patterns."""

from functools import cache
from importlib.resources import files


def alternatives(section: str) -> str:
    """Return the alternatives of a section, ready to stand in a group of a pattern."""
    return "|".join(_sections()[section])


@cache
def _sections() -> dict[str, list[str]]:
    text = files("classifier.names").joinpath("data", "forms.txt").read_text("utf-8")
    sections: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = line.strip("[]")
            sections[section] = []
        elif section:
            sections[section].append(line)
    return sections
