"""The tables of a policy for a second look at what was masked: what notes what is hidden, and tells what is left."""

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
