"""How far a search goes: the tiers, cheapest first, and what loads the ones that read names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Self

from classifier.exceptions import TierUnavailable
from classifier.spans import Span

if TYPE_CHECKING:
    # It searches with these tiers itself.
    from classifier.matchers import CompiledMatchers

FindNames = Callable[[Sequence[str]], list[list[Span]]]


class Tier(StrEnum):
    """Name how thoroughly running text is searched; each tier also does what those before it do."""

    PATTERNS = "patterns"
    FAST = "fast"
    THOROUGH = "thorough"


# What must be there for a tier, in the words of the error when it is not.
_NEEDS = {
    "fast": "reinstall the classifier: its weights are missing or damaged",
    "thorough": "install onnxruntime and numpy, and the model of classifier.names",
}


@dataclass(frozen=True, slots=True)
class Search:
    """Say how a body is searched: to which tier, how deep it may nest, and by which rules of an owner."""

    tier: Tier
    max_depth: int
    own: "CompiledMatchers | None" = None

    def inside(self) -> Self:
        """Return the search of a body that stands inside this one."""
        return self.below(1)

    def below(self, depth: int) -> Self:
        """Return the search of what stands so deep in this one."""
        return replace(self, max_depth=max(1, self.max_depth - depth))


def name_finder(tier: Tier) -> FindNames | None:
    """Return what reads names at this tier; thorough asks the fast one itself, to weigh what both say."""
    return None if tier is Tier.PATTERNS else _loaded(tier.value)


@cache
def _loaded(name: str) -> FindNames:
    """Load a names tier at its first use; a tier that cannot be loaded is an error, never silently less."""
    try:
        finder: FindNames = import_module(f"classifier.names.{name}").find_names
    except Exception as error:  # noqa: BLE001 - whatever broke, nothing may be searched with less.
        cause = type(error).__name__
    else:
        return finder
    message = f"The {name} tier cannot be loaded ({cause}): {_NEEDS[name]}."
    raise TierUnavailable(message)
