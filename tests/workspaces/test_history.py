"""The journal of rights: whoever had a right at a moment is found to have had it, whatever became of it since."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from privacy_service.decisions.facts import facts_at, facts_of
from privacy_service.decisions.types import AccessRequest
from tests.factories import make_group, make_policy, make_source, make_user
from workspaces.grants import (
    add_grant,
    add_member,
    add_to_group,
    change_grant,
    delete_group,
    end_grant,
    grant,
    remove_from_group,
    remove_member,
    revoke,
)
from workspaces.models import AccessChange, Grant, Membership, User, Workspace
from workspaces.roles import Role
from workspaces.sources import change_source, remove_source
from workspaces.standing import Given, Standing, source_at, standing_at
from workspaces.terms import Terms


def membership_of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def now_of(user: User, workspace: Workspace) -> Standing:
    return facts_of(AccessRequest(user, workspace)).standing


def sorted_out(standing: Standing) -> tuple[bool, bool, list[Given]]:
    """Compare grants in any order."""
    return standing.is_member, standing.views_pii, sorted(standing.grants, key=lambda given: given.id)


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


STEPS: list[tuple[str, Callable[[Workspace, User], object]]] = [
    ("a role for good", lambda _, user: grant(membership_of(user), Role.PII_VIEWER)),
    ("narrowed", lambda _, user: grant(membership_of(user), Role.PII_VIEWER, entities=["PERSON"])),
    (
        "a grant on terms",
        lambda _, user: add_grant(
            membership_of(user),
            Role.PII_VIEWER,
            Terms(
                colours=("red",), labels={"env": "prod"}, expires_at=timezone.now() + timedelta(days=1), reason="Case 7"
            ),
        ),
    ),
    ("all of them taken", lambda _, user: revoke(membership_of(user), Role.PII_VIEWER)),
    ("a group", lambda workspace, user: make_group(workspace, "support", user)),
    ("the group sees all", lambda workspace, _: add_grant(workspace.groups.get(), Role.PII_VIEWER)),
    ("out of the group", lambda workspace, user: remove_from_group(workspace.groups.get(), membership_of(user))),
    ("in again", lambda workspace, user: add_to_group(workspace.groups.get(), membership_of(user))),
    (
        "the group sees some",
        lambda workspace, _: change_grant(
            Grant.objects.get(group__workspace=workspace), Terms(entities=("EMAIL_ADDRESS",))
        ),
    ),
    ("the group has gone", lambda workspace, _: delete_group(workspace.groups.get())),
    ("an owner", lambda workspace, user: add_member(workspace, user, kind=Membership.Kind.OWNER)),
    ("inactive", lambda _, user: deactivate(user)),
]


def test_what_was_true_after_each_step_is_found_again_after_all_of_them(
    workspace: Workspace, alice: User, bob: User
) -> None:
    moments = [(timezone.now(), sorted_out(now_of(bob, workspace)))]
    for _, step in STEPS:
        step(workspace, bob)
        moments.append((timezone.now(), sorted_out(now_of(bob, workspace))))
    remove_member(membership_of(bob))

    found = [sorted_out(standing_at(bob.pk, workspace, at)) for at, _ in moments]

    assert found == [was for _, was in moments]
    assert sorted_out(standing_at(bob.pk, workspace, timezone.now())) == (False, False, [])


def test_before_anything_was_written_nobody_had_a_right(workspace: Workspace, alice: User) -> None:
    long_ago = timezone.now() - timedelta(days=365)

    assert standing_at(alice.pk, workspace, long_ago) == Standing(is_member=False, views_pii=False)


def test_a_deleted_workspace_keeps_its_history(workspace: Workspace, carol: User) -> None:
    before, pk = timezone.now(), workspace.pk
    workspace.delete()

    gone = Workspace(pk=pk)

    assert standing_at(carol.pk, gone, before).views_pii
    assert standing_at(carol.pk, gone, timezone.now()) == Standing(is_member=False, views_pii=False)


def test_a_right_given_past_the_roles_is_told_too(workspace: Workspace, bob: User) -> None:
    viewers = make_group(workspace, "viewers")
    add_grant(viewers, Role.PII_VIEWER)
    before = timezone.now()

    bob.groups.add(viewers.auth_group)
    during = timezone.now()
    viewers.auth_group.user_set.clear()

    moments = (before, during, timezone.now())
    assert [standing_at(bob.pk, workspace, at).views_pii for at in moments] == [False, True, False]


def test_a_source_is_found_as_it_was(workspace: Workspace) -> None:
    source = make_source(workspace, "web", env="prod")
    as_made, at_first = source.pk, timezone.now()
    change_source(source, labels={"env": "lab"})
    later = timezone.now()
    remove_source(source)
    source.pk = as_made

    labels = [found and found.labels for found in (source_at(source, at) for at in (at_first, later, timezone.now()))]

    assert labels == [{"env": "prod"}, {"env": "lab"}, None]


def test_facts_of_a_moment_have_its_policy(workspace: Workspace, bob: User) -> None:
    make_policy(workspace, {"PERSON": "keep"})
    at = timezone.now()
    make_policy(workspace, {"PERSON": "redact"})

    facts = facts_at(AccessRequest(bob, workspace), at)

    assert (facts.policy_version, facts.standing) == (1, now_of(bob, workspace))


def test_the_journal_says_who_did_it(workspace: Workspace, alice: User, bob: User) -> None:
    given = add_grant(membership_of(bob), Role.PII_VIEWER, by=alice)
    told = AccessChange.objects.filter(kind=AccessChange.Kind.GRANT, row_id=str(given.pk)).values_list("by_id", "state")

    end_grant(given, by=alice)

    [(first, state), (second, ended)] = told
    assert (first, second, ended) == (alice.pk, alice.pk, None)
    assert state is not None
    assert state["role"] == "pii_viewer"


def test_the_name_of_one_writer_does_not_stay_for_the_next(workspace: Workspace, alice: User, bob: User) -> None:
    grant(membership_of(bob), Role.PII_VIEWER, by=alice)
    newest = AccessChange.objects.order_by("-id")

    revoke(membership_of(bob), Role.PII_VIEWER)

    assert {change.by_id for change in newest[:2]} == {None}


@pytest.mark.parametrize(
    "change",
    [
        lambda: AccessChange.objects.all().delete(),
        lambda: AccessChange.objects.update(state=None),
        lambda: AccessChange.objects.latest("id").delete(),
        lambda: AccessChange.objects.latest("id").save(),
    ],
)
@pytest.mark.usefixtures("alice")
def test_the_journal_is_append_only(change: Callable[[], object]) -> None:
    before = list(AccessChange.objects.values())

    with pytest.raises(TypeError, match="append-only"):
        change()

    assert list(AccessChange.objects.values()) == before


def test_a_new_name_or_sign_in_writes_nothing(bob: User) -> None:
    before = AccessChange.objects.count()
    bob.name = "Robert"

    bob.save(update_fields=["name"])

    assert AccessChange.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_the_journal_begins_with_the_rights_that_were_there_before_it(
    workspace: Workspace, alice: User, bob: User, carol: User
) -> None:
    grant(membership_of(bob), Role.PII_VIEWER, entities=["PERSON"])
    people = (alice, bob, carol, make_user("zoe"))
    today = [sorted_out(now_of(user, workspace)) for user in people]
    latest = [node for node in MigrationExecutor(connection).loader.graph.leaf_nodes() if node[0] == "workspaces"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM workspaces_accesschange")
        cursor.execute(
            "DELETE FROM workspaces_workspaceuserpermission WHERE permission_id IN "
            "(SELECT id FROM auth_permission WHERE codename = 'break_glass')"
        )
    migration = MigrationExecutor(connection).loader.get_migration("workspaces", "0005_rights_on_terms")
    begin, give = migration.operations[-2:]
    apps = MigrationExecutor(connection).loader.project_state(latest).apps

    for step in (begin, give):
        step.code(apps, None)  # type: ignore[attr-defined]

    assert [sorted_out(standing_at(user.pk, workspace, timezone.now())) for user in people] == today
    assert User.objects.get(pk=alice.pk).has_perm("workspaces.break_glass", workspace)
    assert not User.objects.get(pk=carol.pk).has_perm("workspaces.break_glass", workspace)
