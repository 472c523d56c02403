"""Which values of a document stand in one object, so that they can tell what their neighbours are."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from classifier.keys import KeyTable, Rule
from classifier.names.records import Member, find_in_record
from classifier.payloads.json_gaps import GAPS, Step
from classifier.payloads.json_walk import Walked
from classifier.spans import Span

# For how many sets of places where something was found that is remembered of a shape.
MOST_WANTED = 16


@dataclass(slots=True)
class _Container:
    """An object or a list: whether its values stand with those of what holds it, and which parts they are."""

    parent: int
    is_list: bool
    joins: bool
    members: list[int] = field(default_factory=list)


def groups_of(parts: Sequence[str], table: KeyTable, rule: Rule) -> dict[int, int]:
    """Return for each value, by its part, the group it stands in: one object, or what lies below dark fields in it.

    In `[{"k": 1, "v": "Anna"}, {"k": 2, "v": "1980-01-02"}]` the list is the object.
    """
    containers = _Reader(parts, table, rule).containers
    heads = [0] * len(containers)
    for at, one in enumerate(containers):
        is_object_of_its_own = containers[one.parent].is_list and not one.is_list and len(one.members) > 1
        heads[at] = heads[one.parent] if one.joins and not is_object_of_its_own else at
    return {member: heads[at] for at, one in enumerate(containers) for member in one.members}


class _Reader:
    """Walk a document once more, noting where its values stand."""

    def __init__(self, parts: Sequence[str], table: KeyTable, rule: Rule) -> None:
        self.containers: list[_Container] = [_Container(0, is_list=True, joins=False)]
        self._open: list[tuple[int, KeyTable, Rule]] = []
        self._current, self._rules, self._rule = 0, table, rule
        self._through(GAPS[parts[0]][1])
        for at, name, gap in zip(range(1, len(parts), 2), parts[1::2], parts[2::2], strict=True):
            is_key, steps = GAPS[gap]
            if is_key:
                self._rule = self._rules[name]
            else:
                self.containers[self._current].members.append(at)
            self._through(steps)

    def _through(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            if step == "}" or step == "]":  # noqa: PLR1714 - as in the walk.
                self._current, self._rules, self._rule = self._open.pop()
            elif step == "{" or step == "[":  # noqa: PLR1714
                self._enter(is_list=step == "[")

    def _enter(self, *, is_list: bool) -> None:
        joins = self._rule.is_dark or self.containers[self._current].is_list
        self._open.append((self._current, self._rules, self._rule))
        self.containers.append(_Container(self._current, is_list, joins))
        self._current = len(self.containers) - 1
        if is_list:
            self._rule = self._rule.elements
        else:
            self._rules = self._rule.children


def add_told_by_neighbours(
    found: dict[int, list[Span]], texts: Sequence[str], walked: Walked, table: KeyTable, rule: Rule
) -> bool:
    """Add to what was found in leaves what their neighbours tell about them; say whether they told anything."""
    wanted = _wanted(found, texts, walked, table, rule)
    if not wanted:
        return False
    index_of = {at: index for index, (at, _) in enumerate(walked.leaves)}
    told = False
    for members in _members(found, texts, walked, index_of, wanted):
        places = sorted(members)
        for place, span in find_in_record([members[at] for at in places]):
            found.setdefault(index_of[places[place]], []).append(span)
            told = True
    return told


def _wanted(
    found: Collection[int], texts: Sequence[str], walked: Walked, table: KeyTable, rule: Rule
) -> frozenset[int]:
    """Return the groups that hold something known and something that asks its neighbours.

    That hangs on where something was found alone, so that it is the same for all documents of a shape.
    """
    places = (*found,)
    wanted = walked.wanted.get(places)
    if wanted is None:
        if len(walked.wanted) >= MOST_WANTED:
            walked.wanted.clear()
        wanted = walked.wanted[places] = _groups_that_tell(_known(found, walked), texts, walked, table, rule)
    return wanted


def _groups_that_tell(
    known: list[int], texts: Sequence[str], walked: Walked, table: KeyTable, rule: Rule
) -> frozenset[int]:
    """Most documents hold nothing known, and in most others what is known stands in other objects than what is not."""
    if not known:
        return frozenset()
    groups = walked.groups
    if not groups:
        groups.update(groups_of(texts, table, rule))
    about = {groups[at] for at in known}
    asking = (groups[at] for at, leaf_rule in walked.leaves if leaf_rule.asks_neighbours)
    return frozenset(group for group in asking if group in about)


def _known(found: Collection[int], walked: Walked) -> list[int]:
    """Return the parts of which something is known."""
    leaves = walked.leaves
    return [at for at, rule in walked.hidden if rule.entity is not None] + [
        leaves[index][0] for index in found if index < len(leaves)
    ]


def _members(
    found: dict[int, list[Span]], texts: Sequence[str], walked: Walked, index_of: dict[int, int], wanted: frozenset[int]
) -> Iterable[dict[int, Member]]:
    """Return the members of the wanted groups, by their parts; a document within a string is read by itself."""
    by_group: dict[int, dict[int, Member]] = {group: {} for group in wanted}
    for at, rule in walked.hidden:
        if walked.groups[at] in wanted:
            by_group[walked.groups[at]][at] = Member(texts[at], rule.entity)
    for at, rule in walked.leaves:
        if walked.groups[at] in wanted:
            spans = found.get(index_of[at], ())
            by_group[walked.groups[at]][at] = Member(texts[at], None, spans, rule.is_dark, rule.in_person)
    return by_group.values()
