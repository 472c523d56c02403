"""What every kind of destination is asked, and how it answers."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from privacy_service.addresses import AddressRefused, Reach
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.models import Ability, Law, Wish
from workspaces.models import Workspace

REACH = Reach("PRIVACY_SUBJECTS_NETWORKS")
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0

Options = Mapping[str, Any]
Secrets = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """One person, by every identifier that is known of them. It never leaves this process but to a destination."""

    identifiers: tuple[Identifier, ...] = field(repr=False)

    def named_by(self, kinds: Iterable[Kind]) -> "Subject":
        """Return the same person by these kinds of identifier alone, and by none that names nobody."""
        wanted = frozenset(kinds)
        return Subject(tuple(one for one in self.identifiers if one.kind in wanted and one.normal))

    def values(self, kind: Kind) -> list[str]:
        """Return their identifiers of one kind."""
        return [one.value for one in self.identifiers if one.kind is kind]


@dataclass(frozen=True, slots=True)
class Done:
    """A system has forgotten somebody: what its API answered, and how much that was, by names that are nobody's."""

    code: int = 200
    counts: Mapping[str, int] = field(default_factory=dict)


class NotDone(Exception):
    """A system has not done what it was asked. The message is written by us: its own could hold anything."""

    def __init__(self, problem: str, code: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.code = code


class TryAgain(NotDone):
    """It may do it later."""

    def __init__(self, problem: str, code: int | None = None, after_seconds: float | None = None) -> None:
        super().__init__(problem, code)
        self.after_seconds = after_seconds


class Working(NotDone):
    """It has taken the request, and works on it: it is asked again how far it is, however often that takes."""

    def __init__(self, problem: str, code: int | None = None, *, after_seconds: float) -> None:
        super().__init__(problem, code)
        self.after_seconds = after_seconds


class Refused(NotDone):
    """It will not do it however often it is asked: a person has to look."""


class CannotTell(NotDone):
    """This kind of system cannot be asked how much it holds."""


class NeedsPerson(NotDone):
    """No program can do it."""


class OptionsRefused(ValueError):
    """A destination's options that cannot be: which, and what to write instead."""

    def __init__(self, *, option: str, advice: str) -> None:
        super().__init__(f"{option}: {advice}")
        self.option = option
        self.advice = advice


class Driver(Protocol):
    """One destination, ready to be asked. Both calls may be repeated: what is gone is gone."""

    def find(self, subject: Subject) -> Mapping[str, int]:
        """Return how much it holds, by names that are nobody's; raise NotDone."""
        ...

    def delete(self, subject: Subject) -> Done:
        """Have it forget the person; raise NotDone."""
        ...


@runtime_checkable
class Exports(Protocol):
    """A destination that can hand out what it holds about one person."""

    def export(self, subject: Subject) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield each record with the place it lies at, such as a table's name; raise NotDone."""
        ...


@runtime_checkable
class Lists(Protocol):
    """A destination that can name everybody it knows."""

    def people(self, kinds: Iterable[Kind]) -> Iterator[tuple[Identifier, ...]]:
        """Yield each person by all their identifiers of these kinds, streamed; one may come twice. Raise NotDone."""
        ...


@runtime_checkable
class InWorkspace(Protocol):
    """A destination whose options mean something else in each workspace."""

    def in_workspace(self, workspace: Workspace) -> "Driver":
        """Return the same for a workspace; raise OptionsRefused."""
        ...


@runtime_checkable
class Suppresses(Protocol):
    """A system that can be told to take in no more about somebody; both calls may be repeated."""

    def suppress(self, subject: Subject) -> Done:
        """Have it take in no more; raise NotDone."""
        ...

    def unsuppress(self, subject: Subject) -> Done:
        """Have it take them in again; raise NotDone."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """One wish as a system that takes its time knows it: under which id, by which law and until when."""

    id: UUID
    law: Law
    due_at: datetime
    answer_to: str = ""  # Where it may say that it has news; empty where this service has no public address.
    wish: Wish = Wish.DELETE_ONLY


@runtime_checkable
class Follows(Protocol):
    """A system that takes its time: it is asked once, then how far it is."""

    def follow(self, subject: Subject, errand: Errand) -> Done:
        """Have it forget the person, or return that it has; raise Working while it has not, else NotDone."""
        ...


@runtime_checkable
class HandsOutLater(Protocol):
    """A system that takes its time to hand out what it holds: it is asked once, then whether it is done."""

    def hand_out(self, subject: Subject, errand: Errand) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield each record with the place it lies at; raise Working while it is not done, else NotDone."""
        ...


@runtime_checkable
class ForgetsMany(Protocol):
    """A destination that looks through all it holds, and so forgets many people no slower than one."""

    def delete_many(self, subjects: Sequence[Subject]) -> Sequence[Done | NotDone]:
        """Have it forget these people, and return the answer for each; raise NotDone where one holds for all."""
        ...


@runtime_checkable
class Samples(Protocol):
    """A destination that can show some of its records, so that their fields are known."""

    def sample(self, rows: int) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield so many records of each place at most, each with the place; raise NotDone."""
        ...


@dataclass(frozen=True, slots=True)
class DestinationKind:
    """A kind of system: its name, what it is in a line, and how options and secrets become a driver."""

    name: str
    label: str
    open: Callable[[Options, Secrets], Driver]  # Raises OptionsRefused, before anything is connected to.
    secrets: tuple[str, ...] = ()  # The names of what is encrypted and never shown again.
    most: int = 100  # So many people it is asked about before its answers are kept.
    is_exclusive: bool = False  # Whether two workers that ask it at the same time would undo each other's work.
    at_once: int = 1  # How many people it is asked about at the same time, each in a thread without a database.
    asks_a_person: bool = False  # No program reaches it: a person sees to it, and says so.


def abilities(driver: Driver) -> frozenset[Ability]:
    """Return what a system can do; a driver names in `lacks` what it cannot though it has the words for it."""
    optional: dict[Ability, tuple[type, ...]] = {
        Ability.EXPORT: (Exports, HandsOutLater),
        Ability.LIST: (Lists,),
        Ability.SUPPRESS: (Suppresses,),
    }
    able = {ability for ability, protocol in optional.items() if isinstance(driver, protocol)}
    return frozenset({Ability.FIND, Ability.DELETE} | able) - getattr(driver, "lacks", frozenset())


def address_of(host: str, port: int) -> str:
    """Return a host's address to connect to; raise Refused where it is not allowed, TryAgain where there is none."""
    try:
        return REACH.addresses_of(host, port)[0]
    except AddressRefused as refused:
        message = f"Its address is not allowed: {refused}"
        raise Refused(message) from None
    except OSError:
        message = "Its host has no address now."
        raise TryAgain(message) from None


PLACE = re.compile(r"\{([^{}]*)\}")
_BRACES = frozenset("{}")


def places_in(template: str) -> frozenset[Kind]:
    """Return the kinds of identifier that a template such as `/users/{user_id}` needs; raise OptionsRefused."""
    named = {match[1] for match in PLACE.finditer(template)}
    unknown = sorted(named - set(Kind))
    if unknown or not _BRACES.isdisjoint(PLACE.sub("", template)):
        message = f"`{template}` may hold identifiers in braces, such as {{user_id}}, and none but: {', '.join(Kind)}."
        raise OptionsRefused(option="template", advice=message)
    return frozenset(Kind(name) for name in named)


def filled(template: str, subject: Subject, quote: Callable[[str], str]) -> list[str]:
    """Return the template with the person's identifiers in it, once for each of them where they have several."""
    results = [template]
    for kind in sorted(places_in(template)):
        place = f"{{{kind}}}"
        results = [text.replace(place, quote(value)) for text in results for value in subject.values(kind)]
    return results


def object_of(value: Any, option: str, allowed: Iterable[str]) -> dict[str, Any]:
    """Return an option that must be an object with no member but these; raise OptionsRefused."""
    names = list(allowed)
    if not isinstance(value, dict):
        raise OptionsRefused(option=option, advice=f"write an object with {', '.join(names)}.")
    if unknown := sorted(set(value) - set(names)):
        raise OptionsRefused(
            option=f"{option}.{unknown[0]}", advice=f"there is no such option; allowed: {', '.join(names)}."
        )
    return value


def text_of(value: Any, option: str) -> str:
    """Return an option that must be a text; raise OptionsRefused."""
    if not isinstance(value, str) or not value:
        raise OptionsRefused(option=option, advice="write a text.")
    return value
