"""Collect what the console says, bring its translations up to date and compile them: `make words`.

With Babel instead of gettext's own programs, so that a machine without root can do it.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = ROOT / "privacy_service" / "console"
LOCALES = ("de", "es")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
}
# Written by hand, so that a catalog that says the same is the same file.
_MADE = datetime(2026, 11, 26, tzinfo=UTC)


def messages() -> Catalog:
    """Return everything that the console's code and templates say."""
    catalog = Catalog(fuzzy=False)
    for path, source in _sources():
        found = extract.extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"})
        for _line, message, _comments, _context in found:
            catalog.add(message, locations=[(path.relative_to(ROOT).as_posix(), 1)])
    return catalog


def _sources() -> Iterator[tuple[Path, str]]:
    for path in sorted(CONSOLE.rglob("*.py")):
        yield path, path.read_text(encoding="utf-8")
    for path in sorted(CONSOLE.rglob("*.html")):
        yield path, _as_code(path)


def _as_code(path: Path) -> str:
    """Return what a template says as calls; templatize leaves other words behind, which are no Python."""
    text = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return "\n".join(re.findall(r" (n?gettext\(.*?\)) ", f" {text} ", re.DOTALL))


def path_of(locale: str, suffix: str = "po") -> Path:
    """Return where a language's translations are."""
    return CONSOLE / "locale" / locale / "LC_MESSAGES" / f"django.{suffix}"


def read(locale: str) -> Catalog:
    """Return a language's translations."""
    with path_of(locale).open("rb") as file:
        return pofile.read_po(file, locale=locale)


def main() -> None:
    """Write and compile every language, and say what is not translated yet."""
    said = messages()
    for locale in LOCALES:
        path_of(locale).parent.mkdir(parents=True, exist_ok=True)
        catalog = read(locale) if path_of(locale).exists() else Catalog(locale=locale, fuzzy=False)
        catalog.update(said, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        catalog.creation_date = catalog.revision_date = _MADE
        catalog.header_comment = f"# What the console says, in {locale}; `make words` keeps it up to date."
        with path_of(locale).open("wb") as file:
            pofile.write_po(file, catalog, width=120, sort_output=True, no_location=True)
        with path_of(locale, "mo").open("wb") as file:
            mofile.write_mo(file, catalog)
        missing = [str(one.id) for one in catalog if one.id and not all(_texts(one.string))]
        sys.stdout.write(f"{locale}: {len(catalog)} messages, {len(missing)} to translate\n")
        for message in missing:
            sys.stdout.write(f"    {message}\n")


def _texts(string: object) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, tuple | list) else (str(string or ""),)


if __name__ == "__main__":
    main()
