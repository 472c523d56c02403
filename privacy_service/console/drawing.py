"""A flow as a drawing: topics and services in columns from left to right, what goes where as lines between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from privacy_service.streams.standing import Standing

_TOPIC_WIDTH, _SERVICE_WIDTH, _GAP = 166, 184, 34
_TOPIC_HEIGHT, _HEAD, _LINE, _ROOM = 48, 38, 20, 18
_MARGIN = 2
_LONGEST_TOPIC, _LONGEST_SERVICE, _LONGEST_STEP = 18, 22, 16


@dataclass(slots=True)
class Box:
    """A topic, or a service with its steps."""

    name: str
    is_service: bool
    title: str
    below: str = ""  # Of a topic: who reads it.
    standing: Standing | None = None
    column: int = 0
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0
    lines: list["Line"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a service, as it stands in its box."""

    name: str
    y: int
    succeeded: int | None
    failed: int | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn, and the same in words."""

    width: int
    height: int
    boxes: Sequence[Box]
    paths: Sequence[tuple[str, str]]  # Of each a curve, and the tip of its arrow.
    words: str


def drawing_of(services: Sequence[Standing], access: Mapping[str, str]) -> Drawing:
    """Return the drawing of a flow's services, and of the topics between them."""
    boxes = _placed(services, access)
    columns: dict[int, list[Box]] = {}
    for box in boxes.values():
        columns.setdefault(box.column, []).append(box)
    x, height = _MARGIN, 0
    for column in sorted(columns):
        width = _SERVICE_WIDTH if any(box.is_service for box in columns[column]) else _TOPIC_WIDTH
        height = max(height, _stack(columns[column], x, width))
        x += width + _GAP
    for stacked in columns.values():
        _centre(stacked, height)
    paths = [_path(boxes[start], boxes[end]) for start, end in _edges(services)]
    return Drawing(x - _GAP + _MARGIN, height + 2 * _MARGIN, list(boxes.values()), paths, _words(services))


def _placed(services: Sequence[Standing], access: Mapping[str, str]) -> dict[str, Box]:
    """Return every box in its column: a service right of what it reads, a topic right of the first that writes it."""
    boxes: dict[str, Box] = {}
    made = {sink for one in services for sink in one.sinks}
    left = list(services)
    while left:
        known = [one for one in left if all(f"t:{topic}" in boxes or topic not in made for topic in one.sources)]
        service = (known or left)[0]  # In a circle nobody is first: then the one that is written first.
        left.remove(service)
        for topic in service.sources:
            boxes.setdefault(f"t:{topic}", _topic(topic, access, 0))
        column = 1 + max(boxes[f"t:{topic}"].column for topic in service.sources)
        boxes[f"s:{service.service}"] = _service(service, column)
        for topic in service.sinks:
            boxes.setdefault(f"t:{topic}", _topic(topic, access, column + 1))
    return boxes


def _topic(name: str, access: Mapping[str, str], column: int) -> Box:
    below = access.get(name, "")
    return Box(name, False, _cut(name, _LONGEST_TOPIC), below, column=column, height=_TOPIC_HEIGHT)  # noqa: FBT003 - it is no service.


def _service(one: Standing, column: int) -> Box:
    height = _HEAD + _LINE * max(1, len(one.steps)) + 6
    return Box(one.service, True, _cut(one.service, _LONGEST_SERVICE), "", one, column, height=height)  # noqa: FBT003 - it is one.


def _stack(boxes: Iterable[Box], x: int, width: int) -> int:
    """Put boxes below one another, and return how high that is."""
    y = _MARGIN
    for box in boxes:
        box.x, box.y, box.width = x, y, width
        y += box.height + _ROOM
    return y - _ROOM - _MARGIN


def _centre(boxes: Sequence[Box], height: int) -> None:
    """Move a column to the middle of the drawing, and write the steps into its services."""
    used = boxes[-1].y + boxes[-1].height - _MARGIN
    for box in boxes:
        box.y += (height - used) // 2
        for number, step in enumerate(box.standing.steps if box.standing else ()):
            at = box.y + _HEAD + _LINE * number + 12
            box.lines.append(Line(_cut(step.name, _LONGEST_STEP), at, step.succeeded, step.failed))


def _edges(services: Sequence[Standing]) -> list[tuple[str, str]]:
    into = [(f"t:{topic}", f"s:{one.service}") for one in services for topic in one.sources]
    return into + [(f"s:{one.service}", f"t:{topic}") for one in services for topic in one.sinks]


def _path(start: Box, end: Box) -> tuple[str, str]:
    """Return an arrow from the right side of a box to the left side of another."""
    from_x, from_y = start.x + start.width, start.y + start.height // 2
    to_x, to_y = end.x - 7, end.y + end.height // 2
    bend = max(_GAP // 2, abs(to_x - from_x) // 3)
    curve = f"M{from_x} {from_y}C{from_x + bend} {from_y} {to_x - bend} {to_y} {to_x} {to_y}"
    return curve, f"M{to_x + 6} {to_y}l-8 -4v8z"


def _words(services: Sequence[Standing]) -> str:
    """Return what the drawing shows, one service after the other."""
    return "; ".join(
        " → ".join(
            [
                ", ".join(one.sources),
                f"{one.service} ({', '.join(step.name for step in one.steps)})",
                ", ".join(one.sinks),
            ]
        )
        for one in services
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
