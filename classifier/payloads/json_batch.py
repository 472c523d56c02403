"""Many small documents masked together: the values of all are searched at once, at half the cost of one by one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from classifier.entities import Entity
from classifier.exceptions import InvalidEncoding, InvalidPayload, LeakFound, TooDeep
from classifier.payloads.json_body import Inspected, mask_json, read_json, search_values, write_json
from classifier.payloads.json_slices import LARGE
from classifier.payloads.json_syntax import BYTE_ORDER_MARK, check_json, decode_utf8
from classifier.payloads.types import Masked
from classifier.policies import CompiledPolicy
from classifier.tiers import Search

# What is wrong with a document, by which the others are none the worse.
Refused = InvalidEncoding | InvalidPayload | LeakFound | TooDeep

# So many characters are searched together: more win nothing, and the processor forgets what it read.
BATCH = 1 << 16


@dataclass(slots=True)
class Document:
    """One document of a batch: what is counted in it, the line it begins in, and what was read of it."""

    text: str
    counts: Counter[Entity] = field(default_factory=Counter)
    first_line: int = 1
    inspected: Inspected | None = None

    def length(self) -> int:
        """Return how many characters it has."""
        return len(self.text)

    @property
    def is_apart(self) -> bool:
        """Say whether it is masked by itself, as what is large is cut into slices."""
        return len(self.text) > LARGE

    def read(self, policy: CompiledPolicy, search: Search) -> None:
        """Check the document and sort its values, unless it is masked by itself; one that is broken is an error."""
        if not self.is_apart and search.own is None:
            check_json(self.text, search.max_depth, first_line=self.first_line)
            self.inspected = read_json(self.text, policy, search)

    def masked(self, policy: CompiledPolicy, search: Search) -> str:
        """Return the document, once its batch was searched, with its personal data hidden."""
        if self.inspected is None:
            return mask_json(self.text, policy, self.counts, search, first_line=self.first_line)
        return write_json(self.text, self.inspected, policy, self.counts, search)


Thing = TypeVar("Thing")


def search_together(documents: Iterable[Document], search: Search) -> None:
    """Search the values of documents that were read."""
    read = [document.inspected for document in documents if document.inspected is not None]
    if read:
        search_values(read, search)


def batches(things: Iterable[Thing], length_of: Callable[[Thing], int]) -> Iterator[Sequence[Thing]]:
    """Yield a few documents or texts at a time, which are searched together."""
    batch: list[Thing] = []
    size = 0
    for thing in things:
        batch.append(thing)
        size += length_of(thing)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def mask_each(payloads: Iterable[bytes], policy: CompiledPolicy, search: Search) -> Iterator[Masked | Refused]:
    """Yield each payload masked as a body of its own, or what is wrong with it."""
    places = count()
    for batch in batches(map(_Payload, payloads), Document.length):
        for payload in batch:
            payload.read(policy, search)
        search_together(batch, search)
        for payload in batch:
            policy.turn_to(next(places))
            yield payload.answer(policy, search)


class _Payload(Document):
    """A document that came as bytes, and is answered whatever is wrong with it."""

    __slots__ = ("_body", "_mark", "_refused")

    def __init__(self, body: bytes) -> None:
        self._body, self._mark = body, ""
        self._refused: Refused | None = None
        try:
            text = decode_utf8(body)
        except InvalidEncoding as error:
            self._refused, text = error.with_traceback(None), ""
        if text.startswith(BYTE_ORDER_MARK):
            self._mark, text = BYTE_ORDER_MARK, text[1:]
        super().__init__(text)

    def read(self, policy: CompiledPolicy, search: Search) -> None:
        try:
            if self._refused is None:
                super().read(policy, search)
        except (InvalidPayload, TooDeep) as error:
            self._refused = error.with_traceback(None)

    def answer(self, policy: CompiledPolicy, search: Search) -> Masked | Refused:
        """Return the payload masked, once its batch was searched."""
        if self._refused is None:
            try:
                return self._masked(policy.finished(self.masked(policy, search)))
            except (InvalidPayload, TooDeep) as error:
                self._refused = error.with_traceback(None)
        return self._refused

    def _masked(self, text: str) -> Masked:
        body = self._body if text is self.text else (self._mark + text).encode("utf-8")
        return Masked(body, dict(self.counts))
