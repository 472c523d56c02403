"""The questions of a decision, in order: one list decides, is explained, and is tried by the cases of a policy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from classifier import Policy
from privacy_service.decisions.facts import Facts
from privacy_service.decisions.policies import showing
from privacy_service.decisions.types import Decision, Effect, Reason
from workspaces.standing import Sight


class Situation:
    """What the questions are asked about; each fact is looked up when a question first needs it."""

    def __init__(
        self,
        at: datetime,
        *,
        is_live: Callable[[], bool],
        facts: Callable[[], Facts],
        operators: Callable[[Facts], Policy],
    ) -> None:
        self.at = at
        self._is_live = is_live
        self._facts = facts
        self._operators = operators

    @cached_property
    def is_live(self) -> bool:
        """Say whether the feature is released to the workspace."""
        return self._is_live()

    @cached_property
    def facts(self) -> Facts:
        """Return the reader's standing and the workspace's rules."""
        return self._facts()

    @cached_property
    def sight(self) -> Sight:
        """Return what the reader's roles and grants show."""
        return self.facts.standing.sight(self.facts.source, self.at)

    @property
    def is_restricted(self) -> bool:
        """Say whether the source keeps out whoever is shown nothing of it."""
        return self.facts.source is not None and self.facts.source.is_restricted

    @cached_property
    def operators(self) -> Policy:
        """Return what hides each kind from somebody who may see none."""
        return self._operators(self.facts)

    @cached_property
    def shown(self) -> Policy:
        """Return the same with what partial grants show left readable; itself where there are none."""
        return showing(self.operators, self.sight)


class Name(StrEnum):
    """What the API calls a question."""

    RELEASED = "is-released"
    MEMBER = "is-member"
    SEES_ALL = "sees-everything"
    SEES_SOME = "sees-some"
    RESTRICTED = "is-restricted"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: asked in words, answered from a situation; one of its answers ends the run with a decision."""

    name: Name
    words: str
    ask: Callable[[Situation], bool]
    ends_on: bool
    conclude: Callable[[Situation], Decision]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answer."""

    question: Question
    answer: bool

    @property
    def decides(self) -> bool:
        """Say whether this answer ended the run."""
        return self.answer is self.question.ends_on


def answered(situation: Situation) -> tuple[Decision, list[Asked]]:
    """Return the decision and the questions that led there; the first answer wins, the last line hides."""
    run: list[Asked] = []
    for question in QUESTIONS:
        asked = Asked(question, question.ask(situation))
        run.append(asked)
        if asked.decides:
            return question.conclude(situation), run
    return _hidden(situation), run


def _not_released(_: Situation) -> Decision:
    return Decision(Effect.PASS, Reason.NOT_RELEASED)


def _denied(_: Situation) -> Decision:
    return Decision(Effect.DENY, Reason.NOT_A_MEMBER)


def _passed(situation: Situation) -> Decision:
    sight = situation.sight
    reason = Reason.BREAK_GLASS if sight.is_emergency else Reason.ROLE_GRANTS_PII
    return Decision(Effect.PASS, reason, valid_until=sight.valid_until)


def _hidden_in_part(situation: Situation) -> Decision:
    version, until = situation.facts.policy_version, situation.sight.valid_until
    return Decision(Effect.MASK, Reason.GRANT_COVERS_PART, situation.shown, version, until)


def _restricted(_: Situation) -> Decision:
    return Decision(Effect.DENY, Reason.SOURCE_RESTRICTED)


def _hidden(situation: Situation) -> Decision:
    return Decision(Effect.MASK, Reason.ROLE_LACKS_PII, situation.operators, situation.facts.policy_version)


QUESTIONS = (
    Question(
        Name.RELEASED,
        "Is the feature released to this workspace?",
        lambda situation: situation.is_live,
        ends_on=False,
        conclude=_not_released,
    ),
    Question(
        Name.MEMBER,
        "Is the reader a member of this workspace?",
        lambda situation: situation.facts.standing.is_member,
        ends_on=False,
        conclude=_denied,
    ),
    Question(
        Name.SEES_ALL,
        "Does a role or grant show the reader every kind of personal data here?",
        lambda situation: situation.sight.everything,
        ends_on=True,
        conclude=_passed,
    ),
    Question(
        Name.SEES_SOME,
        "Does a grant show the reader some kinds of it?",
        lambda situation: situation.shown is not situation.operators,
        ends_on=True,
        conclude=_hidden_in_part,
    ),
    Question(
        Name.RESTRICTED,
        "Is the source kept from whoever no role or grant shows any of its personal data?",
        lambda situation: situation.is_restricted,
        ends_on=True,
        conclude=_restricted,
    ),
)
