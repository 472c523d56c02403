"""The word lists of our own, and the cities that time zones are named after."""

import zoneinfo
from functools import cache
from importlib.resources import files


def words_of_section(section: str) -> list[str]:
    """Return the words of a section; an underscore stands for a space."""
    return _sections()[section]


@cache
def _sections() -> dict[str, list[str]]:
    text = files("classifier.names.training").joinpath("templates", "words.txt").read_text("utf-8")
    sections: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            words = (
                word if section.endswith("locales") or section == "translations" else word.replace("_", " ")
                for word in line.split()
            )
            sections.setdefault(section, []).extend(words)
    return sections


def zone_cities() -> list[str]:
    """Return the cities that time zones are named after."""
    zones = [zone.split("/") for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc")]
    return sorted({parts[-1].replace("_", " ") for parts in zones if parts[-1].replace("_", " ").isalpha()})
