"""A system that no program reaches: a person deletes, and says so."""

from typing import NoReturn

from privacy_service.subjects.destinations.base import (
    CannotTell,
    DestinationKind,
    NeedsPerson,
    Options,
    Secrets,
    Subject,
    object_of,
    text_of,
)
from privacy_service.subjects.models import Ability


class Manual:
    """What a person is asked to do."""

    lacks = frozenset({Ability.FIND})

    def __init__(self, options: Options, secrets: Secrets) -> None:
        del secrets
        self.steps = text_of(object_of(options, "options", ("steps",)).get("steps"), "steps")

    def find(self, subject: Subject) -> NoReturn:
        """Say that this cannot be told."""
        del subject
        message = "A person looks there."
        raise CannotTell(message)

    def delete(self, subject: Subject) -> NoReturn:
        """Leave it to a person."""
        del subject
        message = "A person deletes there, and says so here."
        raise NeedsPerson(message)


MANUAL = DestinationKind("manual", "A person deletes there", Manual, asks_a_person=True)
