"""What must hold of every masked body: nothing planted is left, its form is kept, masking again changes nothing."""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from classifier import ClassifierError, Keyring, OperatorConfig, PayloadKind, Policy, Tier, mask, unmask
from tests.fuzzing.planted import Planted

KEYRING = Keyring.derive(b"only-for-fuzzing-0123456789abcdef", workspace_id="fuzzing")
REDACTING = Policy("redacting")
SEALING = Policy("sealing", default=OperatorConfig("token"), keyring=KEYRING)


def faults_of(one: Planted) -> list[str]:
    """Return what does not hold; a body that is refused shows nothing, and is no fault."""
    try:
        hidden = mask(one.body, REDACTING, kind=one.kind, tier=one.tier).payload
    except ClassifierError:
        return []
    said = _readable(one.kind, hidden)
    faults = [f"a planted value is left: {one.body!r}" for value in one.values if value in said]
    if _form_of(one.kind, hidden) != _form_of(one.kind, one.body):
        faults.append(f"another form: {one.body!r}")
    if one.tier is Tier.PATTERNS and _hidden(mask(hidden, REDACTING, kind=one.kind, tier=one.tier).payload) != _hidden(
        hidden
    ):
        faults.append(f"masked again it changes: {one.body!r}")
    sealed = mask(one.body, SEALING, kind=one.kind, tier=one.tier).payload
    if _meaning_of(one.kind, unmask(sealed, KEYRING, kind=one.kind).payload) != _meaning_of(one.kind, one.body):
        faults.append(f"unmasked it is another: {one.body!r}")
    return faults


def _hidden(body: bytes) -> bytes:
    """Leave out which kind each placeholder names: under a telling key the second masking calls it by the key's.

    Names are looked for in a sentence, which reads otherwise once a value in it is hidden.
    """
    return _PLACEHOLDER.sub(b"<>", body)


_PLACEHOLDER = re.compile(rb"<[A-Z_]+>|%3C[A-Z_]+%3E")


def _readable(kind: PayloadKind, body: bytes) -> str:
    """Return a body as its reader understands it, beside how it is written: no escape hides a value."""
    text = body.decode()
    if kind in {PayloadKind.JSON, PayloadKind.NDJSON}:
        return text + "\n".join(map(str, _documents(kind, text)))
    return text + unquote_plus(text) if kind is PayloadKind.FORM else text


def _documents(kind: PayloadKind, text: str) -> list[Any]:
    return [json.loads(line) for line in (text.split("\n") if kind is PayloadKind.NDJSON else [text]) if line.strip()]


def _meaning_of(kind: PayloadKind, body: bytes) -> Any:
    """Return what a body says; escapes are spelled anew in a string in which something was hidden."""
    if kind in {PayloadKind.JSON, PayloadKind.NDJSON}:
        return _documents(kind, body.decode())
    return parse_qsl(body.decode(), keep_blank_values=True) if kind is PayloadKind.FORM else body


def _form_of(kind: PayloadKind, body: bytes) -> Any:
    """Return what must stay: keys and types, rows and columns, names."""
    text = body.decode()
    if kind in {PayloadKind.JSON, PayloadKind.NDJSON}:
        return [_skeleton(document) for document in _documents(kind, text)]
    if kind is PayloadKind.CSV:
        return [len(row) for row in csv.reader(io.StringIO(text, newline=""))]
    if kind is PayloadKind.FORM:
        return [name for name, _ in parse_qsl(text, keep_blank_values=True)]
    return None


def _skeleton(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _skeleton(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [_skeleton(inner) for inner in value]
    return type(value)
