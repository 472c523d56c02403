"""Documents of one shape, as the events of one sender are: walked once, whatever values they hold."""

from collections.abc import Callable
from operator import itemgetter

from classifier.keys import MAX_CACHED_LENGTH, KeyTable, Rule
from classifier.payloads.json_gaps import GAPS, MINIMUM_DIGITS
from classifier.payloads.json_walk import Walked, walk

# A larger document hardly comes twice in one shape.
MOST_PARTS = 400
# How many shapes are remembered for each table, and for each shape how many sets of names.
MOST_SHAPES, MOST_NAMES = 256, 16
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
# With fewer names there is little to remember.
FEWEST_NAMES = 2

# The rule that holds for the whole document, the limits, and the punctuation.
Form = tuple[int, int, int, bytes]
Names = tuple[str, ...]
Shape = tuple[Rule, Callable[[list[str]], Names], dict[Names, Walked]]


def walk_shape(
    parts: list[str], table: KeyTable, rule: Rule, max_depth: int, minimum_digits: int = MINIMUM_DIGITS
) -> Walked:
    """Sort the values of a valid document as `walk` does, from memory where one of its shape was met before.

    What is remembered are names of fields that hold nothing personal, and punctuation: of numbers only their lengths.
    """
    if len(parts) > MOST_PARTS:
        return next(walk(parts, table, rule, max_depth, minimum_digits)).settled(parts)
    form = id(rule), max_depth, minimum_digits, '"'.join(parts[::2]).encode().translate(_DIGITS)
    shape: Shape | None = table.shapes.get(form)
    if shape is not None and shape[0] is rule:
        _, names_of, known = shape
        walked = known.get(names_of(parts))
        if walked is not None:
            return walked.settled(parts)
    walked = next(walk(parts, table, rule, max_depth, minimum_digits))
    if not walked.keys:
        _remember(parts, walked, table, rule, form)
    return walked.settled(parts)


def _remember(parts: list[str], walked: Walked, table: KeyTable, rule: Rule, form: Form) -> None:
    places = [at for at in range(1, len(parts), 2) if GAPS[parts[at + 1]][0]]
    if len(places) < FEWEST_NAMES or any(len(parts[at]) > MAX_CACHED_LENGTH for at in places):
        return
    if len(table.shapes) >= MOST_SHAPES:
        table.shapes.clear()
    shape: Shape | None = table.shapes.get(form)
    # A rule that was forgotten may have left its place in memory to another.
    if shape is None or shape[0] is not rule:
        shape = table.shapes[form] = rule, itemgetter(*places), {}
    _, names_of, known = shape
    if len(known) >= MOST_NAMES:
        known.clear()
    known[names_of(parts)] = walked
