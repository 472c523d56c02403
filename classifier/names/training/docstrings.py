"""Technical English about nobody: what Python's standard library says of itself, read where it is installed."""

import ast
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# Not the library's own texts, or not English.
_LEFT_OUT = frozenset(("test", "tests", "idle_test", "site-packages", "dist-packages", "lib2to3", "turtledemo"))
_SMALL_WORD = re.compile(r"(?<![\w.%(&`'\"])[a-z]{3,}(?![\w.(=`'\"])")
SHORTEST, LONGEST = 20, 200
# A word is English where several modules use it.
FEWEST_MODULES = 2


@cache
def _modules() -> tuple[tuple[str, ...], ...]:
    """Return the first paragraphs of every docstring, module by module."""
    library = Path(sysconfig.get_path("stdlib"))
    paths = sorted(library.rglob("*.py"))
    return tuple(tuple(_paragraphs(path)) for path in paths if _LEFT_OUT.isdisjoint(path.relative_to(library).parts))


def _paragraphs(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def sentences() -> list[str]:
    """Return each of them once, in order."""
    found = {text for module in _modules() for text in module if SHORTEST <= len(text) <= LONGEST}
    return sorted(found)


def words() -> frozenset[str]:
    """Return the words that several modules write in small letters."""
    counts = Counter(word for module in _modules() for word in set(_SMALL_WORD.findall(" ".join(module))))
    return frozenset(word for word, count in counts.items() if count >= FEWEST_MODULES)
