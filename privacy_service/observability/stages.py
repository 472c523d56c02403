"""Who is told how long each stage of a request took, beside the metrics."""

from collections.abc import Callable

Stages = tuple[tuple[str, float], ...]
WATCHERS: list[Callable[[Stages], None]] = []
"""They are told of a request's stages, in order, with their seconds; nobody is, unless traces are recorded."""
