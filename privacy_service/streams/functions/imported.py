"""A function of a package, as the worker runs it: records in, outcomes out, whatever its code does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.base import DROPPED, Each
from privacy_service.streams.packages.loading import Loaded, where
from privacy_service.streams.packages.manifest import Declared
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble
from privacy_service.streams.schemas import Type, mismatch


class Unfit(ValueError):
    """A value is not of the type that the manifest says; the words name its place in that type."""


@dataclass(frozen=True, slots=True)
class _Imported:
    """One function with what its package says of it."""

    call: Callable[[Any], Any]
    declared: Declared
    folder: Path

    def __call__(self, record: Record) -> Outcome:
        """Return what becomes of a record."""
        try:
            value = value_of(record.value, self.declared.takes)
        except Unfit as unfit:
            return Failed(Trouble.UNREADABLE, str(unfit))
        try:
            answer = self.call(value)
        except Exception as error:  # noqa: BLE001 - the stream goes on, and its words may quote the record.
            return Failed(Trouble.BROKEN, f"{type(error).__name__} {where(error, self.folder)}")
        try:
            return self._outcome(record, answer)
        except Unfit as unfit:
            return Failed(Trouble.BROKEN, f"{self.declared.name} returned something else than it declares: {unfit}")

    def _outcome(self, record: Record, answer: Any) -> Outcome:
        match self.declared.operator:
            case Operator.FILTER:
                if not isinstance(answer, bool):
                    message = "a filter returns True or False"
                    raise Unfit(message)
                return (record,) if answer else DROPPED
            case Operator.FILTER_MAP if answer is None:
                return DROPPED
            case Operator.FLAT_MAP:
                if not isinstance(answer, list | tuple):
                    message = "a flat-map returns a list"
                    raise Unfit(message)
                return tuple(self._with(record, each) for each in answer)
        return (self._with(record, answer),)

    def _with(self, record: Record, answer: Any) -> Record:
        return replace(record, value=bytes_of(answer, self.declared.gives))


def imported(loaded: Loaded, name: str) -> Function:
    """Return a function of a package."""
    declared = loaded.package.functions[name]
    return Each(_Imported(loaded.functions[name], declared, loaded.package.folder.resolve()))


def value_of(record: bytes, of: Type) -> Any:
    """Return what a function gets of a record: its text, its bytes, or what its JSON says; raise Unfit."""
    if of["type"] == "bytes":
        return record
    try:
        text = record.decode()
        if of["type"] == "string":
            return text
        value = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError:
        message = "the record is not UTF-8"
        raise Unfit(message) from None
    except (ValueError, RecursionError):
        message = "the record is no JSON"
        raise Unfit(message) from None
    return _checked(value, of)


def bytes_of(answer: Any, of: Type) -> bytes:
    """Return the record that a function's answer is; raise Unfit."""
    if of["type"] == "bytes":
        if not isinstance(answer, bytes):
            message = "it is no bytes"
            raise Unfit(message)
        return answer
    _checked(answer, of)
    try:
        text = answer if of["type"] == "string" else _written(answer)
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        message = "it cannot be written as JSON in UTF-8"
        raise Unfit(message) from None


def _written(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _checked(value: Any, of: Type) -> Any:
    found = mismatch(value, of)
    if found:
        raise Unfit(found)
    return value


def _no_constant(_: str) -> None:
    raise ValueError
