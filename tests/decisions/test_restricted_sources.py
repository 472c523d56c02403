"""A restricted source: whoever is shown nothing of it does not even get it masked."""

import pytest
from django.utils import timezone

from privacy_service.decisions.engine import decide, situation_at
from privacy_service.decisions.questions import answered
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.exceptions import AccessDenied, SourceRestricted
from privacy_service.rollout import release
from tests.asking import through_hot_path
from tests.factories import make_key, make_source
from workspaces.grants import add_grant
from workspaces.models import Membership, Source, User, Workspace
from workspaces.roles import Role
from workspaces.sources import change_source
from workspaces.terms import Terms

KEPT_OUT = Decision(Effect.DENY, Reason.SOURCE_RESTRICTED)


@pytest.fixture
def payroll(released_workspace: Workspace) -> Source:
    """Return a restricted source."""
    return change_source(make_source(released_workspace, "payroll", env="prod"), restricted=True)


def test_a_member_who_is_shown_nothing_of_it_is_kept_out(payroll: Source, bob: User) -> None:
    assert decide(AccessRequest(bob, payroll.workspace, payroll)) == KEPT_OUT


def test_everything_else_is_masked_for_them_as_before(payroll: Source, bob: User) -> None:
    open_source = make_source(payroll.workspace, "web")

    effects = [decide(AccessRequest(bob, payroll.workspace, one)).effect for one in (None, open_source)]

    assert effects == [Effect.MASK, Effect.MASK]


@pytest.mark.parametrize("name", ["alice", "carol"])
def test_whoever_sees_everything_reads_it(payroll: Source, name: str, request: pytest.FixtureRequest) -> None:
    reader = request.getfixturevalue(name)

    assert decide(AccessRequest(reader, payroll.workspace, payroll)).effect is Effect.PASS


@pytest.mark.parametrize(
    ("terms", "effect"),
    [
        ({"entities": ("EMAIL_ADDRESS",)}, Effect.MASK),
        ({"labels": {"env": "prod"}}, Effect.PASS),
        ({"labels": {"env": "lab"}}, Effect.DENY),
        ({"colours": ("green",)}, Effect.MASK),
    ],
)
def test_a_grant_that_shows_some_of_it_lets_its_holder_in(
    payroll: Source, bob: User, terms: dict[str, object], effect: Effect
) -> None:
    add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, Terms(**terms))  # type: ignore[arg-type]

    assert decide(AccessRequest(bob, payroll.workspace, payroll)).effect is effect


def test_before_the_release_it_keeps_nobody_out(payroll: Source, bob: User) -> None:
    release.override(payroll.workspace, setting=False)

    assert decide(AccessRequest(bob, payroll.workspace, payroll)).reason is Reason.NOT_RELEASED


def test_it_was_open_at_a_moment_before_it_was_restricted(released_workspace: Workspace, bob: User) -> None:
    source = make_source(released_workspace, "payroll")
    before = timezone.now()

    change_source(source, restricted=True)

    moments = [situation_at(AccessRequest(bob, released_workspace, source), at) for at in (before, timezone.now())]
    assert [answered(moment)[0].reason for moment in moments if moment] == [
        Reason.ROLE_LACKS_PII,
        Reason.SOURCE_RESTRICTED,
    ]


def test_the_masking_api_refuses_with_what_to_do(payroll: Source, bob: User) -> None:
    sent = {"Authorization": f"Bearer {make_key(payroll.workspace)}", "Content-Type": "application/json"}
    sent |= {"X-Actor": str(bob.email), "PII-Source": "payroll"}

    reply = through_hot_path("POST", "/v1/workspaces/acme/mask", b'{"email": "dora@example.com"}', sent)

    assert (reply.status, reply.json["reason"]) == (403, "source-restricted")
    assert b"dora" not in reply.body


def test_the_refusal_says_which_of_both_it_was() -> None:
    stranger = Decision(Effect.DENY, Reason.NOT_A_MEMBER)

    assert type(KEPT_OUT.refusal) is SourceRestricted
    assert type(stranger.refusal) is AccessDenied
