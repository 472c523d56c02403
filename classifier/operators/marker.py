"""`marker`: `[PERSON_1]`, numbered in the order in which values first appear.

What the operators see comes in no particular order, so while a body is masked a stand-in marks each
place; once the text is whole, its stand-ins are numbered from first to last.
"""

import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

from classifier.operators.base import Hider, Params, check_choice, entity_of

SCOPES = ("document", "batch")
_STAND_IN = re.compile(r"mk([0-9a-f]{16})x([0-9]+)x")


class Markers:
    """The values that one call or batch has met: held for it alone, never shown."""

    __slots__ = ("_call", "_counts", "_numbers", "_places", "_scopes", "_values")

    def __init__(self, scopes: Mapping[str, str]) -> None:
        """Begin with no value; the scope of an entity says where its numbers start anew."""
        self._scopes = scopes
        self._places: dict[tuple[str, str], int] = {}
        self._values: list[tuple[str, str]] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._counts: Counter[str] = Counter()
        # Nobody can write a stand-in into a body beforehand; letters and digits need no escape anywhere.
        self._call = secrets.token_hex(8)

    def hide(self, entity: str, text: str) -> str:
        """Return the stand-in of a value."""
        value = entity, text
        place = self._places.setdefault(value, len(self._values))
        if place == len(self._values):
            self._values.append(value)
        return f"mk{self._call}x{place}x"

    def hides(self) -> dict[str, Callable[[str], str]]:
        """Return the function that hides each entity."""
        return {entity: partial(self.hide, entity) for entity in self._scopes}

    def numbered(self, text: str) -> str:
        """Return a text with its stand-ins numbered, further than in the texts before."""
        return _STAND_IN.sub(self._marker, text) if self._call in text else text

    def end_document(self) -> None:
        """Begin to count anew for the entities that are numbered for each document."""
        self._numbers = {value: number for value, number in self._numbers.items() if self._is_of_batch(value[0])}
        self._counts = Counter({entity: count for entity, count in self._counts.items() if self._is_of_batch(entity)})

    def end_body(self) -> None:
        """Forget the values of a body that is numbered throughout; a batch goes on counting."""
        self.end_document()
        self._places.clear()
        self._values.clear()

    def _is_of_batch(self, entity: str) -> bool:
        return self._scopes.get(entity) == "batch"

    def _marker(self, stand_in: re.Match[str]) -> str:
        if stand_in.group(1) != self._call:
            return stand_in.group()
        value = self._values[int(stand_in.group(2))]
        if value not in self._numbers:
            self._counts[value[0]] += 1
            self._numbers[value] = self._counts[value[0]]
        return f"[{value[0]}_{self._numbers[value]}]"


class Marker(Hider):
    """Replace a value by a numbered marker; without a call that counts, by one that has no number."""

    name = "marker"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the stand-in that the call's markers will number."""
        markers, entity = (params or {}).get("markers"), entity_of(params)
        return markers.hide(entity, text) if isinstance(markers, Markers) else f"[{entity}]"

    def validate(self, params: Params | None = None) -> None:
        """Refuse an unknown scope."""
        check_choice((params or {}).get("scope", SCOPES[0]), SCOPES, "scope")
