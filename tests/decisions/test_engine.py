"""The decision: each question, its answer, and what it costs."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection
from pytest_django import DjangoAssertNumQueries

from classifier import REDACT_EVERYTHING, Entity, Policy
from privacy_service.decisions import models
from privacy_service.decisions.engine import decide
from privacy_service.decisions.policies import operators_for
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.rollout import release
from privacy_service.rollout.models import Flag
from tests.factories import make_member, make_policy, make_user, make_workspace
from workspaces.authentication import Stranger
from workspaces.grants import add_member, grant, revoke
from workspaces.keys import create_service_account
from workspaces.models import Membership, User, Workspace
from workspaces.permissions import Permission
from workspaces.roles import KIND_ROLES, Role


def test_before_the_release_everybody_reads_what_they_read_before(workspace: Workspace, mallory: User) -> None:
    decision = decide(AccessRequest(mallory, workspace))

    assert decision == Decision(Effect.PASS, Reason.NOT_RELEASED)


def test_somebody_who_is_no_member_is_denied(released_workspace: Workspace, mallory: User) -> None:
    decision = decide(AccessRequest(mallory, released_workspace))

    assert decision == Decision(Effect.DENY, Reason.NOT_A_MEMBER)


def test_somebody_whom_nobody_knows_is_denied(released_workspace: Workspace) -> None:
    decision = decide(AccessRequest(Stranger("who@example.com"), released_workspace))

    assert decision == Decision(Effect.DENY, Reason.NOT_A_MEMBER)


def test_an_owner_reads_personal_data(released_workspace: Workspace, alice: User) -> None:
    decision = decide(AccessRequest(alice, released_workspace))

    assert decision == Decision(Effect.PASS, Reason.ROLE_GRANTS_PII)


def test_a_member_with_the_role_reads_personal_data(released_workspace: Workspace, carol: User) -> None:
    decision = decide(AccessRequest(carol, released_workspace))

    assert decision == Decision(Effect.PASS, Reason.ROLE_GRANTS_PII)


def test_a_member_without_the_role_reads_masked_data(released_workspace: Workspace, bob: User) -> None:
    decision = decide(AccessRequest(bob, released_workspace))

    hidden = operators_for(released_workspace)
    assert decision == Decision(Effect.MASK, Reason.ROLE_LACKS_PII, hidden)


def test_a_partial_grant_shows_its_entities_and_hides_the_rest(released_workspace: Workspace, bob: User) -> None:
    grant(Membership.objects.get(user=bob), Role.PII_VIEWER, entities=["EMAIL_ADDRESS"])

    decision = decide(AccessRequest(bob, released_workspace))

    shown = operators_for(released_workspace).keeping([Entity.EMAIL_ADDRESS])
    assert decision == Decision(Effect.MASK, Reason.GRANT_COVERS_PART, shown)


def test_a_service_that_is_a_member_is_decided_like_any_member(released_workspace: Workspace) -> None:
    service = create_service_account("export").user
    denied = decide(AccessRequest(service, released_workspace))

    grant(add_member(released_workspace, service), Role.PII_VIEWER)

    assert denied == Decision(Effect.DENY, Reason.NOT_A_MEMBER)
    assert decide(AccessRequest(service, released_workspace)) == Decision(Effect.PASS, Reason.ROLE_GRANTS_PII)


def test_an_inactive_member_is_denied(released_workspace: Workspace, carol: User) -> None:
    carol.is_active = False
    carol.save()

    decision = decide(AccessRequest(carol, released_workspace))

    assert decision == Decision(Effect.DENY, Reason.NOT_A_MEMBER)


def test_running_the_installation_is_no_right_to_see_its_data(released_workspace: Workspace) -> None:
    root = User.objects.create_superuser("root@example.com", "secret")
    as_stranger = decide(AccessRequest(root, released_workspace))

    add_member(released_workspace, root)

    assert as_stranger.reason == Reason.NOT_A_MEMBER
    assert decide(AccessRequest(root, released_workspace)).reason == Reason.ROLE_LACKS_PII


def test_the_newest_policy_of_the_workspace_counts(released_workspace: Workspace, bob: User) -> None:
    make_policy(released_workspace, {"EMAIL_ADDRESS": "redact"})
    make_policy(released_workspace, {"EMAIL_ADDRESS": "shape"})

    decision = decide(AccessRequest(bob, released_workspace))

    newest = Policy.named("balanced").with_operator(Entity.EMAIL_ADDRESS, "shape")
    assert (decision.operators.operators, decision.policy_version) == (newest.operators, 2)


def test_two_workspaces_hash_the_same_value_differently(released_workspace: Workspace) -> None:
    other = make_workspace("other")

    assert operators_for(released_workspace).hash_key != operators_for(other).hash_key


@pytest.mark.parametrize("role", [None, *Role])
def test_the_decision_agrees_with_guardian(released_workspace: Workspace, role: Role | None) -> None:
    kind = role if role in KIND_ROLES else Membership.Kind.MEMBER
    membership = make_member(released_workspace, "dave", kind=kind)
    if role and role not in KIND_ROLES:
        grant(membership, role)

    decision = decide(AccessRequest(membership.user, released_workspace))

    guardian_says = User.objects.get(pk=membership.user.pk).has_perm(Permission.VIEW_PII, released_workspace)
    assert (decision.effect is Effect.PASS) == guardian_says


def vanish(*_: object) -> object:
    """Stand in for a database that has gone, at Django's own seam."""
    raise DatabaseError


def break_flag(workspace: Workspace) -> None:
    Flag.objects.all().delete()


def break_policy(workspace: Workspace) -> None:
    models.Policy.objects.create(workspace=workspace, rules={"operators": {"NO_SUCH_ENTITY": "keep"}})


@pytest.mark.parametrize("break_something", [break_flag, break_policy])
def test_what_cannot_be_decided_is_masked_whole(
    released_workspace: Workspace, bob: User, break_something: Callable[[Workspace], None]
) -> None:
    break_something(released_workspace)

    decision = decide(AccessRequest(bob, released_workspace))

    assert decision == Decision(Effect.MASK, Reason.UNAVAILABLE, REDACT_EVERYTHING)


def test_without_its_database_it_masks_whole_even_for_an_owner(released_workspace: Workspace, alice: User) -> None:
    with connection.execute_wrapper(vanish):
        decision = decide(AccessRequest(alice, released_workspace))

    assert decision == Decision(Effect.MASK, Reason.UNAVAILABLE, REDACT_EVERYTHING)


@pytest.mark.django_db(transaction=True)
def test_a_failure_is_not_remembered(released_workspace: Workspace, alice: User) -> None:
    with connection.execute_wrapper(vanish):
        decide(AccessRequest(alice, released_workspace))

    assert decide(AccessRequest(alice, released_workspace)) == Decision(Effect.PASS, Reason.ROLE_GRANTS_PII)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["alice", "bob", "carol", "mallory"])
def test_a_cold_decision_costs_at_most_two_queries_and_a_warm_one_none(
    request: pytest.FixtureRequest,
    released_workspace: Workspace,
    name: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    actor = request.getfixturevalue(name)
    make_policy(released_workspace, {"PERSON": "keep"})
    decide(AccessRequest(make_user("zoe"), make_workspace("other")))  # Reads the stamp, as the watcher would.

    with django_assert_max_num_queries(2):
        cold = decide(AccessRequest(actor, released_workspace))
    with django_assert_num_queries(0):
        warm = decide(AccessRequest(actor, released_workspace))

    assert warm == cold


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_change_is_effective_at_once_in_its_own_process(
    released_workspace: Workspace, bob: User, workspace: Workspace
) -> None:
    membership = Membership.objects.get(user=bob)

    def reason() -> Reason:
        return decide(AccessRequest(bob, workspace)).reason

    reasons = [reason()]
    grant(membership, Role.PII_VIEWER)
    reasons.append(reason())
    revoke(membership, Role.PII_VIEWER)
    reasons.append(reason())
    release.turn_off()
    reasons.append(reason())
    release.turn_on()
    bob.is_active = False
    bob.save()
    reasons.append(reason())

    assert reasons == [
        Reason.ROLE_LACKS_PII,
        Reason.ROLE_GRANTS_PII,
        Reason.ROLE_LACKS_PII,
        Reason.NOT_RELEASED,
        Reason.NOT_A_MEMBER,
    ]
