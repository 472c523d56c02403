"""What proof confirms in a masked body, and what came from the original: nobody had found it, or nobody replaced it.

It reads the body by itself: a step of masking that went wrong must not go wrong here too.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from urllib.parse import unquote_plus

from classifier.leaks import readable
from classifier.leaves import SEPARATOR, find_patterns
from classifier.payloads.csv_body import cells_of, sniff_delimiter
from classifier.payloads.json_batch import batches
from classifier.payloads.json_body import is_document
from classifier.payloads.json_gaps import MINIMUM_DIGITS
from classifier.payloads.json_syntax import read_string
from classifier.payloads.json_walk import plain_number, split
from classifier.payloads.opened import opened_in
from classifier.payloads.types import PayloadKind
from classifier.policies import CompiledPolicy, unhidden
from classifier.tiers import Search

_NUMBER = re.compile(rf"-?[0-9][0-9.eE+-]{{{MINIMUM_DIGITS - 1},}}")
# With an exponent, in which it stood in the original where nothing else spells it so.
_EXPONENT = re.compile(r"(?<![0-9.])[0-9][0-9.]*+[eE][+-]?[0-9]++")


class Origin:
    """The body as it came, in which a value is looked up as it was written and as it is meant."""

    __slots__ = ("_meant", "_shown", "_told", "kind", "text")

    def __init__(self, text: str, kind: PayloadKind, shown: Collection[str] = ()) -> None:
        """Keep the body for this call; what is shown on purpose counts as not in it."""
        self.text, self.kind, self._shown = text, kind, shown
        self._meant: str | None = None
        self._told: set[str] | None = None

    def tells(self, value: str, search: Search) -> bool:
        """Say whether a value is found by itself, or by words beside it: beside it now there may be `<US_SSN>`."""
        if find_patterns([value]):
            return True
        if self._told is None:
            texts = _texts(self.text, self.kind, search)
            found = find_patterns(texts)
            self._told = {texts[at][span.start : span.end] for at, spans in found.items() for span in spans}
        return value in self._told

    def holds(self, value: str) -> bool:
        """Say whether the value stood there, and is not shown on purpose."""
        if value in self._shown:
            return False
        if value in self.text:
            return True
        if self._meant is None:
            meant = readable(self.text, self.kind)
            self._meant = SEPARATOR.join((meant, *map(plain_number, _EXPONENT.findall(meant))))
        return value in self._meant


def proven_left(origin: Origin, after: str, search: Search, tables: CompiledPolicy) -> Counter[str]:
    """Count what proof confirms in the masked body and what stood in the original: chance makes numbers as well.

    All texts of the body are searched together, whatever field they stand in. Only an owner may leave one readable:
    then what an allowed value covers does not count, nor a text that stands in opened fields as often as anywhere.
    """
    texts = Counter(_texts(after, origin.kind, search))
    left = _left_in(texts, origin, tables, search)
    if not left or tables.own is None:
        return left
    # In the original a field may be opened by a name that is hidden now, in the masked body what is blocked is gone.
    opened = opened_in(after, origin.kind, search) | opened_in(origin.text, origin.kind, search)
    return _left_in(texts - opened, origin, tables, search, is_own=True)


def _left_in(
    texts: Collection[str], origin: Origin, tables: CompiledPolicy, search: Search, *, is_own: bool = False
) -> Counter[str]:
    def is_left(value: str) -> bool:
        return origin.holds(value) and origin.tells(value, search)

    left: Counter[str] = Counter()
    for batch in batches(texts, len):
        found = find_patterns(batch)
        if is_own and tables.own is not None:
            found = tables.own.add_to(found, batch)
        for at, spans in found.items():
            left.update(unhidden(tables, batch[at], spans, is_left))
    return left


def _texts(body: str, kind: PayloadKind, search: Search) -> list[str]:
    """Return every text of a body as it is meant, and those of documents within them, whatever an owner allows."""
    match kind:
        case PayloadKind.JSON | PayloadKind.NDJSON:
            return _in_document(body, search)
        case PayloadKind.CSV:
            texts = [cell.text for cell in cells_of(body, sniff_delimiter(body))]
        case PayloadKind.FORM:
            texts = [unquote_plus(text) for pair in body.split("&") for text in pair.split("=", 1)]
        case PayloadKind.TEXT:
            texts = [body]
    return _read_further(texts, search)


def _in_document(document: str, search: Search) -> list[str]:
    """Return the strings of a document, names of fields as well, and its long numbers; lines of documents are one."""
    parts = split(document)
    numbers = [*map(plain_number, _NUMBER.findall(SEPARATOR.join(parts[::2])))]
    if "\\" not in document:
        return numbers + parts[1::2]
    return numbers + _read_further(map(read_string, parts[1::2]), search.inside())


def _read_further(texts: Iterable[str], search: Search) -> list[str]:
    """Return texts, and of those that are documents themselves what stands in them."""
    read: list[str] = []
    for text in texts:
        read += _in_document(text, search) if is_document(text, search) else [text]
    return read
