"""What personal data is still in something that was masked: kinds, folded field paths and counts; never a value."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

import orjson

import classifier
from classifier import Entity, Finding, PayloadKind, Tier
from classifier.keys import KEY
from classifier.payloads.csv_body import cells_of, sniff_delimiter
from classifier.tokens import TOKEN
from privacy_service.enforcement.enforce import limits, refusals_translated
from privacy_service.enforcement.paths import ANY, folded

Left = Counter[tuple[str, str]]
# What a find reads, or None where that cannot be told.
Read = Callable[[Finding], str | None]

# A marker or a replacement, and signs that are no letters or digits: what most operators leave.
_HIDDEN = re.compile(r"(?:<[A-Z][A-Z0-9_ ]*>|\[[A-Z][A-Z0-9_,]*\]|[\W_])*")
_MOST_SHOWN = 4  # Letters and digits that `last4` leaves, after what it hides.
# Under a telling field anything is found; there, these are what a keyed hash or a masked number leaves.
_UNDER_A_FIELD = re.compile(r"[0-9a-f]{16,64}|0")


def left_in(body: bytes, kind: PayloadKind, tier: Tier, readable: Collection[Entity] = ()) -> Left:
    """Count what is found in a masked body and is no stand-in, but for kinds that may be read; raise InvalidBody."""
    with refusals_translated():
        findings = classifier.classify(body, kind=kind, limits=limits(), tier=tier)
    if not findings:
        return Counter()
    read, path_of = _reader(body, kind), paths_of(body, kind)
    return Counter(
        (finding.entity.value, path_of(finding))
        for finding in findings
        if finding.entity not in readable and not _is_stand_in(finding, read(finding))
    )


def _is_stand_in(finding: Finding, value: str | None) -> bool:
    if value is None:
        return False  # What cannot be read again may be anything.
    value = TOKEN.sub("", value)
    if _HIDDEN.fullmatch(value) or _is_last_four(value):
        return True
    return finding.recognizer == KEY and _UNDER_A_FIELD.fullmatch(value) is not None


def _is_last_four(value: str) -> bool:
    shown = [at for at, sign in enumerate(value) if sign.isalnum()]
    return len(shown) <= _MOST_SHOWN and any(sign in value[: shown[0]] for sign in "*#")


def _reader(body: bytes, kind: PayloadKind) -> Read:
    text = body.decode("utf-8")
    match kind:
        case PayloadKind.JSON:
            return _in_document(orjson.loads(text))
        case PayloadKind.NDJSON:
            return _in_document([orjson.loads(line) if line.strip() else None for line in text.split("\n")])
        case PayloadKind.CSV:
            cells = {f"/{cell.row}/{cell.column}": cell.text for cell in cells_of(text, sniff_delimiter(text))}
            return lambda finding: _part(cells.get(finding.path), finding)
    return lambda finding: _part(text, finding) if not finding.path else None


def _in_document(document: Any) -> Read:
    return lambda finding: _part(_leaf(document, finding.path.split("/")[1:]), finding)


def _leaf(value: Any, segments: Iterable[str]) -> Any:
    """Follow a pointer, also into documents that stand in strings."""
    for segment in segments:
        key = segment.replace("~1", "/").replace("~0", "~")
        try:
            inner = orjson.loads(value) if isinstance(value, str) else value
            value = inner[int(key)] if isinstance(inner, list) else inner[key]
        except (ValueError, KeyError, IndexError, TypeError):
            return None
    return value


def _part(leaf: Any, finding: Finding) -> str | None:
    if leaf is None or isinstance(leaf, bool | list | dict):
        return None
    return str(leaf)[finding.start : finding.end]


def paths_of(body: bytes, kind: PayloadKind) -> Callable[[Finding], str]:
    """Return what names the field of a find in this body, folded so that it names no person."""
    if kind is not PayloadKind.CSV:
        return lambda finding: folded(finding.path) or "/"
    text = body.decode("utf-8")
    first = {str(cell.column): cell.text for cell in cells_of(text, sniff_delimiter(text)) if cell.row == 0}

    def column_of(finding: Finding) -> str:
        column = finding.path.split("/")[2]
        name = folded(f"/{first.get(column, '').replace('/', '~1')}")
        return f"/{ANY}/{column}" if name in {"/", f"/{ANY}"} else f"/{ANY}{name}"

    return column_of
