"""`rename`: gives fields of a JSON record other names, or another place; their values keep their spelling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.base import NO_JSON, BuiltIn, Each, Place, leading_to
from privacy_service.streams.functions.json_text import Unreadable, closed, opened, put, renamed, taken
from privacy_service.streams.parts import Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble


@dataclass(frozen=True, slots=True)
class Move:
    """From where to where."""

    source: Sequence[str]
    target: Sequence[str]
    words: str

    @property
    def stays(self) -> bool:
        """Say whether the field stays in its object."""
        return self.source[:-1] == self.target[:-1]


def make(options: Part, place: Place) -> Function:
    """Read which fields get which names."""
    del place
    fields = options.members(required=("fields",))["fields"]
    moves = [
        Move(leading_to(old), leading_to(each.text()), f"{old} to {each.text()}")
        for old, each in fields.named().items()
    ]
    if not moves:
        fields.refuse("name what to rename, such as `email: address`.")
    return Each(lambda record: _all_done(record, moves))


def _all_done(record: Record, moves: Sequence[Move]) -> Outcome:
    try:
        text = record.value.decode()
        opened(text)
    except (UnicodeDecodeError, Unreadable):
        return NO_JSON
    for move in moves:
        try:
            text = _done(text, move)
        except Unreadable:
            return Failed(Trouble.REFUSED, f"{move.words}: something stands there already, or the way is no object")
    return (replace(record, value=text.encode()),)


def _done(text: str, move: Move) -> str:
    """Return the record with one field moved; unchanged where it has none of that name."""
    if move.stays:
        return _renamed_within(text, move.source, move.target[-1])
    without, value = taken(text, move.source)
    return text if value is None else put(without, move.target, value)


def _renamed_within(text: str, steps: Sequence[str], other: str) -> str:
    members = opened(text)
    name, *deeper = steps
    if name not in members or (deeper and not members[name].startswith("{")):
        return text
    if deeper:
        return closed(members | {name: _renamed_within(members[name], deeper, other)})
    if other in members and other != name:
        raise Unreadable
    return closed(renamed(members, name, other))


RENAME = BuiltIn("rename", Operator.MAP, make)
