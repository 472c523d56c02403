"""A package's own tests: what goes into each function and what must come out, a table in `tests.yaml`.

A case has an `input` and what becomes of it: one `output`, several `outputs`, `dropped: true` or, for what a function
cannot work with, `fails`, the trouble's word. A text stands for itself, all else for its JSON.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from privacy_service.streams.errors import FlowError
from privacy_service.streams.functions.imported import imported
from privacy_service.streams.packages.loading import load
from privacy_service.streams.packages.manifest import Package
from privacy_service.streams.parts import Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble

FILE_NAME = "tests.yaml"
_EXPECTED = ("output", "outputs", "dropped", "fails")


@dataclass(frozen=True, slots=True)
class Tried:
    """One case, and what was wrong, empty where nothing was."""

    function: str
    case: str
    wrong: str = ""


def try_out(package: Package) -> list[Tried]:
    """Try all the cases of a package; raise FlowError where it has none, or where its code cannot be loaded."""
    loaded = load(package)
    file = package.folder / FILE_NAME
    if not file.is_file():
        message = f"{package} has no tests: write them into {file} (docs/streams.md)."
        raise FlowError(message)
    functions = Part.of_file(file).members(optional=tuple(package.functions))
    missing = [name for name in package.functions if not functions.get(name, Part([], str(file))).value]
    tried = [Tried(name, "", "it has no case") for name in missing]
    for name, cases in functions.items():
        tried += _tried(name, imported(loaded, name), cases)
    return tried


def _tried(name: str, function: Function, cases: Part) -> Iterator[Tried]:
    for number, case in enumerate(cases.each(), 1):
        said = case.members(required=("input",), optional=("name", *_EXPECTED))
        given = [each for each in _EXPECTED if each in said]
        if len(given) != 1:
            case.refuse(f"a case has one of {', '.join(_EXPECTED)}.")
        title = said["name"].text() if "name" in said else f"case {number}"
        outcome = function([Record(_bytes(said["input"].value))])[0]
        yield Tried(name, title, _wrong(outcome, _wanted(given[0], said[given[0]])))


def _wanted(kind: str, part: Part) -> Trouble | list[Any]:
    """Return the trouble that is expected, or the records."""
    match kind:
        case "fails":
            return part.one_of(Trouble)
        case "outputs":
            return [each.value for each in part.each()]
        case "dropped":
            if not part.truth():
                part.refuse("say `dropped: true`, or what comes out.")
            return []
    return [part.value]


def _wrong(outcome: Outcome, wanted: Trouble | list[Any]) -> str:
    """Say what is not as expected; the values are the test's own."""
    if isinstance(outcome, Failed):
        got, is_so = f"fails: {outcome.trouble} ({outcome.words})", outcome.trouble is wanted
    else:
        got, is_so = _shown([record.value for record in outcome]), _same(outcome, wanted)
    expected = f"fails: {wanted}" if isinstance(wanted, Trouble) else _shown(map(_bytes, wanted))
    return "" if is_so else f"expected {expected}, got {got}"


def _same(records: tuple[Record, ...], wanted: Trouble | list[Any]) -> bool:
    if isinstance(wanted, Trouble):
        return False
    return len(records) == len(wanted) and all(map(_is_same, (record.value for record in records), wanted))


def _is_same(value: bytes, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return value == wanted.encode()
    try:
        same: bool = json.loads(value) == wanted
    except ValueError:
        return False
    return same


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value, ensure_ascii=False).encode()


def _shown(values: Iterable[bytes]) -> str:
    return ", ".join(value.decode(errors="replace") for value in values) or "nothing"
