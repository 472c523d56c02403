"""Hiding everything, for when nobody could decide: asks no recognizer, no key and no operator."""

import re
from urllib.parse import unquote_plus

from classifier.payloads.csv_body import cells_of, sniff_delimiter, splice
from classifier.payloads.json_gaps import GAPS
from classifier.payloads.json_paths import renamed_keys
from classifier.payloads.json_syntax import check_json, read_string, write_string
from classifier.payloads.json_walk import check_depth, split
from classifier.payloads.types import PayloadKind

REDACTED = "[REDACTED]"

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\- ]{0,63}")
_LONG_NUMBER = re.compile(r"[0-9]{4}")
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")


def redact_everything(text: str, kind: PayloadKind, max_depth: int) -> str:
    """Return a body of the same kind that tells nothing but its structure."""
    match kind:
        case PayloadKind.JSON:
            return _redact_json(text, max_depth)
        case PayloadKind.NDJSON:
            lines = enumerate(text.split("\n"), 1)
            return "\n".join(_redact_line(line, max_depth, number) for number, line in lines)
        case PayloadKind.CSV:
            return _redact_csv(text)
        case PayloadKind.FORM:
            return "&".join(map(_redact_pair, text.split("&")))
        case PayloadKind.TEXT:
            return REDACTED


def is_plain_name(name: str) -> bool:
    """Say whether a key can only be a field name, never a value."""
    return _PLAIN_NAME.fullmatch(name) is not None and _LONG_NUMBER.search(name) is None


def _redact_line(line: str, max_depth: int, number: int) -> str:
    return _redact_json(line, max_depth, first_line=number) if line.strip(" \t\r") else line


def _redact_json(text: str, max_depth: int, *, first_line: int = 1) -> str:
    check_json(text, max_depth, first_line=first_line)
    parts = split(text)
    check_depth(parts[::2], max_depth)
    names: dict[int, str] = {}
    for at in range(1, len(parts), 2):
        if not GAPS[parts[at + 1]][0]:
            parts[at] = REDACTED
        elif not is_plain_name(read_string(parts[at])):
            names[at] = REDACTED
    for at, name in renamed_keys(parts, names):
        parts[at] = write_string(name)
    for at in range(0, len(parts), 2):
        # A gap without a step holds no number: most of them, and the substitution is dear.
        if GAPS[parts[at]][1]:
            parts[at] = _NUMBER.sub("0", parts[at])
    return '"'.join(parts)


def _redact_csv(text: str) -> str:
    delimiter = sniff_delimiter(text)
    # The first row too: nobody can say here whether it names the columns or is a table's first person.
    return splice(text, [(cell, REDACTED) for cell in cells_of(text, delimiter) if cell.text], delimiter)


def _redact_pair(raw: str) -> str:
    name, equals, _ = raw.partition("=")
    is_plain = is_plain_name(unquote_plus(name))
    return (name if is_plain else REDACTED if name else "") + equals + (REDACTED if equals else "")
