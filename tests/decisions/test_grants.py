"""What roles, groups and grants on terms show: they add up, the widest counts, none reaches further than it says."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from classifier import ENTITIES, Entity
from privacy_service.decisions.engine import decide
from privacy_service.decisions.facts import facts_of
from privacy_service.decisions.policies import operators_for
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from tests.factories import make_group, make_member, make_source, make_user, make_workspace
from workspaces.grants import (
    add_grant,
    add_member,
    add_to_group,
    delete_group,
    end_grant,
    grant,
    remove_from_group,
    remove_member,
    revoke,
)
from workspaces.models import Grant, Membership, Source, User, Workspace, WorkspaceGroup
from workspaces.permissions import Permission
from workspaces.roles import PERMISSIONS, Role
from workspaces.sources import change_source, remove_source
from workspaces.terms import Terms

TOMORROW = timedelta(days=1)


def membership_of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def seen_by(user: User, workspace: Workspace, source: Source | None = None) -> str | set[str]:
    """Return `all`, `none`, `denied`, or the kinds that a decision shows."""
    decision = decide(AccessRequest(user, workspace, source))
    if decision.effect is not Effect.MASK:
        return "all" if decision.effect is Effect.PASS else "denied"
    if decision.reason is Reason.ROLE_LACKS_PII:
        return "none"
    assert decision.reason is Reason.GRANT_COVERS_PART
    shown = dict(decision.operators.operators)
    hidden = dict(operators_for(workspace).operators)
    return {entity.value for entity, operator in shown.items() if operator != hidden.get(entity)}


def test_partial_grants_add_up(released_workspace: Workspace, bob: User) -> None:
    group = make_group(released_workspace, "support", bob)
    add_grant(membership_of(bob), Role.PII_VIEWER, Terms(entities=("EMAIL_ADDRESS",)))
    add_grant(group, Role.PII_VIEWER, Terms(entities=("PHONE_NUMBER",)))

    decision = decide(AccessRequest(bob, released_workspace))

    shown = operators_for(released_workspace).keeping([Entity.EMAIL_ADDRESS, Entity.PHONE_NUMBER])
    assert decision == Decision(Effect.MASK, Reason.GRANT_COVERS_PART, shown)


def test_a_full_grant_beats_a_partial_one_from_either_side(released_workspace: Workspace, bob: User) -> None:
    group = make_group(released_workspace, "support", bob)
    add_grant(membership_of(bob), Role.PII_VIEWER, Terms(entities=("EMAIL_ADDRESS",)))

    add_grant(group, Role.PII_VIEWER)

    assert decide(AccessRequest(bob, released_workspace)) == Decision(Effect.PASS, Reason.ROLE_GRANTS_PII)


@pytest.mark.parametrize("colour", ["red", "yellow", "green"])
def test_a_colour_shows_every_kind_of_that_colour_and_none_of_another(
    released_workspace: Workspace, bob: User, colour: str
) -> None:
    add_grant(membership_of(bob), Role.PII_VIEWER, Terms(colours=(colour,)))

    decision = decide(AccessRequest(bob, released_workspace))

    hidden = operators_for(released_workspace)
    shown = {entity for entity in Entity if decision.operators.operator_of(entity).name == "keep"}
    kept_anyway = {entity for entity in Entity if hidden.operator_of(entity).name == "keep"}
    assert shown - kept_anyway == {e for e, info in ENTITIES.items() if info.colour == colour} - kept_anyway
    assert decision.operators.operator_of(Entity.IMEI) == hidden.operator_of(Entity.IMEI) or colour == "red"


def test_a_part_of_a_stricter_colour_stays_hidden_with_its_whole_shown_unless_it_is_named(
    released_workspace: Workspace, bob: User
) -> None:
    membership = membership_of(bob)
    add_grant(membership, Role.PII_VIEWER, Terms(colours=(ENTITIES[Entity.DEVICE_ID].colour,)))
    by_colour = decide(AccessRequest(bob, released_workspace)).operators
    add_grant(membership, Role.PII_VIEWER, Terms(entities=("IMEI",)))

    by_name = decide(AccessRequest(bob, released_workspace)).operators

    assert [by_colour.operator_of(Entity.DEVICE_ID).name, by_name.operator_of(Entity.DEVICE_ID).name] == ["keep"] * 2
    assert by_colour.operator_of(Entity.IMEI).name == "shape"
    assert by_name.operator_of(Entity.IMEI).name == "keep"


def test_a_name_that_is_no_kind_any_more_shows_nothing(released_workspace: Workspace, bob: User) -> None:
    add_grant(membership_of(bob), Role.PII_VIEWER, Terms(entities=("NO_SUCH_KIND",)))

    assert seen_by(bob, released_workspace) == "none"


# Which sources a grant reaches: (terms, source asked about) -> seen.
REACH = [
    ("everywhere", None, True),
    ("everywhere", "web", True),
    ("web", "web", True),
    ("web", "billing", False),
    ("web", None, False),
    ("env:prod", "web", True),
    ("env:prod", "billing", True),
    ("env:prod", "lab", False),
    ("env:prod", None, False),
    ("env:prod team:a", "web", True),
    ("env:prod team:a", "billing", False),
]


@pytest.mark.parametrize(("bound_to", "asked", "reaches"), REACH)
@pytest.mark.parametrize("through", ["person", "group"])
def test_a_grant_reaches_the_sources_it_says_and_no_other(
    released_workspace: Workspace, bob: User, bound_to: str, asked: str | None, reaches: bool, through: str
) -> None:
    sources = {
        "web": make_source(released_workspace, "web", env="prod", team="a"),
        "billing": make_source(released_workspace, "billing", env="prod", team="b"),
        "lab": make_source(released_workspace, "lab"),
    }
    labels = dict(pair.split(":") for pair in bound_to.split() if ":" in pair)
    named = (sources[bound_to],) if bound_to in sources else ()
    holder = membership_of(bob) if through == "person" else make_group(released_workspace, "support", bob)
    add_grant(holder, Role.PII_VIEWER, Terms(sources=named, labels=labels))

    seen = seen_by(bob, released_workspace, sources[asked] if asked else None)

    assert seen == ("all" if reaches else "none")


def test_a_source_that_goes_widens_no_grant(released_workspace: Workspace, bob: User) -> None:
    web, lab = make_source(released_workspace, "web"), make_source(released_workspace, "lab")
    add_grant(membership_of(bob), Role.PII_VIEWER, Terms(sources=(web,)))

    remove_source(Source.objects.get(slug="web"))

    assert [seen_by(bob, released_workspace, source) for source in (None, web, lab)] == ["none"] * 3


def test_a_source_of_another_workspace_reaches_nothing_here(released_workspace: Workspace, bob: User) -> None:
    theirs = make_source(make_workspace("other"), "web", env="prod")
    add_grant(membership_of(bob), Role.PII_VIEWER, Terms(labels={"env": "prod"}))

    assert seen_by(bob, released_workspace, theirs) == "none"


@pytest.mark.django_db(transaction=True)
def test_labels_count_as_they_are_and_not_as_the_request_read_them(released_workspace: Workspace, bob: User) -> None:
    source = make_source(released_workspace, "web", env="prod")
    add_grant(membership_of(bob), Role.PII_VIEWER, Terms(labels={"env": "prod"}))
    as_read_before = Source.objects.get(pk=source.pk)

    change_source(source, labels={"env": "lab"})

    assert seen_by(bob, released_workspace, as_read_before) == "none"


@pytest.mark.parametrize("terms", [Terms(), Terms(entities=("EMAIL_ADDRESS",))])
def test_whoever_is_no_member_gets_nothing_in_no_way(
    released_workspace: Workspace, bob: User, carol: User, terms: Terms
) -> None:
    group = make_group(released_workspace, "support", bob, carol)
    add_grant(group, Role.PII_VIEWER, terms)
    add_grant(membership_of(bob), Role.PII_VIEWER, terms)
    remove_member(membership_of(bob))

    group.auth_group.user_set.add(bob)  # Somebody writes past the writers.

    assert seen_by(bob, released_workspace) == "denied"


def test_one_who_leaves_and_returns_is_in_no_group(released_workspace: Workspace, bob: User) -> None:
    add_grant(make_group(released_workspace, "support", bob), Role.PII_VIEWER)
    remove_member(membership_of(bob))

    add_member(released_workspace, bob)

    assert seen_by(bob, released_workspace) == "none"
    assert not bob.groups.exists()


def test_a_group_gives_and_takes_with_membership_in_it(released_workspace: Workspace, bob: User) -> None:
    group = make_group(released_workspace, "support", bob)
    add_grant(group, Role.PII_VIEWER)
    seen = [seen_by(bob, released_workspace)]
    remove_from_group(group, membership_of(bob))
    seen.append(seen_by(bob, released_workspace))
    add_to_group(group, membership_of(bob))
    seen.append(seen_by(bob, released_workspace))
    revoke(group, Role.PII_VIEWER)
    seen.append(seen_by(bob, released_workspace))
    add_grant(group, Role.PII_VIEWER, Terms(entities=("PERSON",)))
    delete_group(group)
    seen.append(seen_by(bob, released_workspace))

    assert seen == ["all", "none", "all", "none", "none"]


def test_an_inactive_member_of_a_group_is_denied(released_workspace: Workspace, bob: User) -> None:
    add_grant(make_group(released_workspace, "support", bob), Role.PII_VIEWER)
    bob.is_active = False
    bob.save()

    assert seen_by(bob, released_workspace) == "denied"


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let Django's clock show this moment."""
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("terms", [Terms(), Terms(entities=("EMAIL_ADDRESS",))], ids=["full", "partial"])
def test_a_grant_ends_by_itself_at_its_time_although_nothing_changes(
    released_workspace: Workspace, bob: User, terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = timezone.now() + TOMORROW
    narrowed = Terms(entities=terms.entities, expires_at=ends)
    add_grant(membership_of(bob), Role.PII_VIEWER, narrowed)
    access = AccessRequest(bob, released_workspace)
    before = decide(access)

    at(monkeypatch, ends - timedelta(milliseconds=1))
    still = decide(access)
    at(monkeypatch, ends)
    after = decide(access)

    assert before.valid_until == ends
    assert still == before
    assert (before.reason, after.reason) == (
        Reason.GRANT_COVERS_PART if terms.entities else Reason.ROLE_GRANTS_PII,
        Reason.ROLE_LACKS_PII,
    )
    assert after.valid_until is None


@pytest.mark.django_db(transaction=True)
def test_of_two_timed_grants_the_first_end_hides_what_only_it_showed(
    released_workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    for hours, kind in ((1, "EMAIL_ADDRESS"), (2, "PHONE_NUMBER")):
        terms = Terms(entities=(kind,), expires_at=now + timedelta(hours=hours))
        add_grant(membership_of(bob), Role.PII_VIEWER, terms)
    decide(AccessRequest(bob, released_workspace))

    at(monkeypatch, now + timedelta(hours=1))
    decision = decide(AccessRequest(bob, released_workspace))

    shown = operators_for(released_workspace).keeping([Entity.PHONE_NUMBER])
    assert (decision.operators, decision.valid_until) == (shown, now + timedelta(hours=2))


def test_a_right_for_good_outlasts_a_timed_one(released_workspace: Workspace, bob: User) -> None:
    add_grant(membership_of(bob), Role.PII_VIEWER, Terms(expires_at=timezone.now() + TOMORROW))
    grant(membership_of(bob), Role.PII_VIEWER)

    assert decide(AccessRequest(bob, released_workspace)).valid_until is None


def all_terms(web: Source, ends: datetime) -> Iterable[Terms | None]:
    yield None
    yield Terms()
    yield Terms(entities=("EMAIL_ADDRESS",))
    yield Terms(colours=("red",))
    yield Terms(sources=(web,))
    yield Terms(labels={"env": "prod"}, entities=("PERSON",))
    yield Terms(expires_at=ends)


def expected(user: User, workspace: Workspace, source: Source | None) -> tuple[bool, set[str], set[str]]:
    """Say the same as the statement by hand, through the ORM and guardian, one grant after the other."""
    fresh = User.objects.get(pk=user.pk)
    whole = fresh.has_perm(Permission.VIEW_PII, workspace)
    member = Membership.objects.get(user=user, workspace=workspace)
    held = [*Grant.objects.filter(membership=member), *Grant.objects.filter(group__members=member)]
    here = [
        one
        for one in held
        if Permission.VIEW_PII in PERMISSIONS[Role(one.role)]
        and (one.expires_at is None or one.expires_at > timezone.now())
        and (not one.sources or (source and str(source.pk) in one.sources))
        and (not one.labels or (source and one.labels.items() <= source.labels.items()))
    ]
    whole = whole or any(not one.entities and not one.colours for one in here)
    entities = {name for one in here for name in one.entities}
    colours = {name for one in here for name in one.colours}
    return whole, entities if not whole else set(), colours if not whole else set()


@pytest.mark.parametrize("numbers", [*combinations(range(7), 2), (1, 1), (4, 4)])
def test_the_statement_by_hand_agrees_with_the_orm_and_guardian(
    released_workspace: Workspace, bob: User, numbers: tuple[int, int]
) -> None:
    web = make_source(released_workspace, "web", env="prod")
    terms = list(all_terms(web, timezone.now() + TOMORROW))
    group = make_group(released_workspace, "support", bob)
    holders: tuple[Membership | WorkspaceGroup, ...] = (membership_of(bob), group)
    for holder, number in zip(holders, numbers, strict=True):
        if (given := terms[number]) is not None:
            add_grant(holder, Role.PII_VIEWER, given)

    for source in (None, web, make_source(released_workspace, "lab")):
        sight = facts_of(AccessRequest(bob, released_workspace, source)).standing.sight(source, timezone.now())
        assert (sight.everything, set(sight.entities), set(sight.colours)) == expected(bob, released_workspace, source)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("grants", [1, 30])
def test_a_cold_decision_takes_as_many_queries_whatever_is_granted(
    released_workspace: Workspace,
    bob: User,
    grants: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    source = make_source(released_workspace, "web", env="prod")
    for number in range(grants):
        group = make_group(released_workspace, f"group {number}", bob)
        add_grant(group, Role.PII_VIEWER, Terms(entities=("PERSON",), labels={"env": "prod"}))
    decide(AccessRequest(make_user("zoe"), make_workspace("other")))

    with django_assert_max_num_queries(2):
        cold = decide(AccessRequest(bob, released_workspace, source))
    with django_assert_num_queries(0):
        warm = decide(AccessRequest(bob, released_workspace, source))

    assert cold == warm
    assert cold.reason is Reason.GRANT_COVERS_PART


def test_who_has_what_is_read_in_as_many_queries_for_many_as_for_few(
    released_workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        member = make_member(released_workspace, f"reader-{number}")
        grant(member, Role.PII_VIEWER)
        add_to_group(make_group(released_workspace, f"group {number}"), member)

    with django_assert_num_queries(1):  # Guardian's get_users_with_perms asks once for each of them.
        readers = list(Membership.objects.filter(workspace=released_workspace).with_sight().seeing())

    assert len(readers) == 12


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_change_is_effective_at_once_in_its_own_process(released_workspace: Workspace, bob: User) -> None:
    seen = [seen_by(bob, released_workspace)]
    given = add_grant(membership_of(bob), Role.PII_VIEWER, Terms(entities=("IBAN_CODE",)))
    seen.append(seen_by(bob, released_workspace))
    end_grant(given)
    seen.append(seen_by(bob, released_workspace))
    group = make_group(released_workspace, "late", bob)
    add_grant(group, Role.PII_VIEWER)
    seen.append(seen_by(bob, released_workspace))
    delete_group(group)
    seen.append(seen_by(bob, released_workspace))

    assert seen == ["none", {"IBAN_CODE"}, "none", "all", "none"]


def test_the_statement_reads_by_indexes_alone(released_workspace: Workspace, bob: User) -> None:
    if connection.vendor != "postgresql":
        assert connection.vendor == "sqlite"  # Which has no plan to promise anything about.
        return
    from privacy_service.decisions import facts  # noqa: PLC0415 - the statement is its own.

    ids = {"workspace": released_workspace.pk, "user": bob.pk, "source": facts.NOWHERE}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {facts._statement()}", ids)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Seq Scan" not in plan
