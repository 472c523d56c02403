"""Why somebody sees what they see: the questions of a decision with their answers, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from privacy_service.decisions.engine import situation_now
from privacy_service.decisions.questions import Name, answered
from privacy_service.decisions.types import AccessRequest, Decision
from workspaces.models import Source, User, Workspace


@dataclass(frozen=True, slots=True)
class Step:
    """One question, its answer, and whether the run ended with it."""

    question: str
    answer: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision and the questions that led there."""

    decision: Decision
    steps: Sequence[Step]

    @property
    def is_left_over(self) -> bool:
        """Say whether no answer ended the run, so that the last line hid what is personal."""
        return not any(step.decides for step in self.steps)


def explained(workspace: Workspace, user: User, source: Source | None) -> Explained:
    """Return what would be decided for somebody now; nothing is recorded, for nothing is shown."""
    decision, run = answered(situation_now(AccessRequest(user, workspace, source)))
    steps = [Step(_QUESTIONS[asked.question.name](), asked.answer, asked.decides) for asked in run]
    return Explained(decision, steps)


_QUESTIONS = {
    Name.RELEASED: lambda: _("Is access control on for this workspace?"),
    Name.MEMBER: lambda: _("Is this person an active member?"),
    Name.SEES_ALL: lambda: _("Does a role or grant show every kind of personal data here?"),
    Name.SEES_SOME: lambda: _("Does a grant show some kinds of it?"),
    Name.RESTRICTED: lambda: _("Is the source kept from whoever sees none of its personal data?"),
}
