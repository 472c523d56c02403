"""The tables of a policy for a second look at what was masked: what notes what is hidden, and what hides nothing."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from classifier.entities import Entity
from classifier.leaks import SHOWING
from classifier.policies.tables import CompiledPolicy
from classifier.spans import PROOF, Span


class WatchedPolicy(CompiledPolicy):
    """The same for one call, which notes what it hides."""

    __slots__ = ("watch",)

    def __init__(self, tables: CompiledPolicy) -> None:
        """Take over the tables; what is constant is asked for too, so that it is noted."""
        _take_over(self, tables)
        self.watch = tables.new_watch()

    def hide(self, entity: Entity, text: str, label: str = "") -> str:
        """Hide a value, and note it."""
        hide = self.hide_of(entity, label)
        if hide is None:
            return text
        answer = hide(text)
        self.watch.note(self.hider_of(entity, label), text, answer)
        return answer

    def hide_number(self, entity: Entity, text: str) -> str:
        """Hide a number, and note it."""
        answer = super().hide_number(entity, text)
        self.watch.note(self.hider_of(entity, ""), text, answer)
        return answer


class Witness(CompiledPolicy):
    """The same for a body that is masked already: hides nothing, and counts what proof says should have been."""

    __slots__ = ("_came_from_original", "left")

    def __init__(self, tables: CompiledPolicy, came_from_original: Callable[[str], bool]) -> None:
        """Take over the tables; what proof finds counts only where it came from the original."""
        _take_over(self, tables)
        self.markers = None
        self._came_from_original = came_from_original
        self.left: Counter[str] = Counter()

    def settle(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """Count what is to be hidden and still stands, and hide none of it."""
        self.left.update(unhidden(self, text, spans, self._came_from_original))
        return []

    def hide_spans(self, text: str, spans: Sequence[Span], counts: Counter[Entity]) -> str:
        """Count the same of a text, and not by the steps that may have gone wrong."""
        del counts
        self.settle(text, spans)
        return text

    def hide(self, entity: Entity, text: str, label: str = "") -> str:
        """Leave a value as it is: what a field alone tells is no proof."""
        del entity, label
        return text

    def hide_number(self, entity: Entity, text: str) -> str:
        """Leave a number as it is."""
        del entity
        return text


def unhidden(
    tables: CompiledPolicy, text: str, spans: Sequence[Span], came_from_original: Callable[[str], bool]
) -> Iterator[str]:
    """Yield the kinds of what proof finds in a text and the policy hides, where it came from the original."""
    proven = [span for span in spans if span.score in PROOF and came_from_original(text[span.start : span.end])]
    for whole in CompiledPolicy.settle(tables, text, spans) if proven else ():
        is_shown = tables.hider_of(whole.entity, whole.recognizer).operator in SHOWING
        if not is_shown and any(whole.start <= span.start and span.end <= whole.end for span in proven):
            yield whole.entity.value


def _take_over(new: CompiledPolicy, tables: CompiledPolicy) -> None:
    for name in CompiledPolicy.__slots__:
        setattr(new, name, getattr(tables, name))
    new.constants = {}
