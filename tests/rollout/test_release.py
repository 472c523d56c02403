"""The release: who has it at which stage and setting of the dial."""

from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from privacy_service.rollout import release
from privacy_service.rollout.models import PII_ACCESS, Flag
from privacy_service.rollout.stages import BUCKETS, Position, Stage, bucket_of
from workspaces.models import Workspace


@pytest.mark.parametrize(
    ("stage", "percent", "forced", "live"),
    [
        ("off", 100, None, False),
        ("off", 100, True, False),
        ("public", 0, None, True),
        ("public", 0, False, False),
        ("beta", 0, None, False),
        ("beta", None, None, False),
        ("beta", 0, True, True),
        ("beta", 100, None, True),
        ("beta", 100, False, False),
    ],
)
def test_off_beats_forced_off_beats_forced_on_beats_the_dial(
    workspace: Workspace, stage: str, percent: int | None, forced: bool | None, live: bool
) -> None:
    release.override(workspace, setting=forced)
    flag: Flag = Flag.objects.get(name=PII_ACCESS)
    flag.stage, flag.everyone, flag.percent = stage, None, percent
    flag.save()

    assert release.is_live_for(workspace) is live


def test_the_dial_reaches_a_workspace_exactly_when_it_passes_its_bucket(workspace: Workspace) -> None:
    place = Decimal(bucket_of(PII_ACCESS, workspace.pk)) * 100 / BUCKETS
    release.dial(place)
    at_its_place = release.is_live_for(workspace)

    release.dial(place + Decimal("0.01"))

    assert not at_its_place
    assert release.is_live_for(workspace)


@given(st.uuids(), st.text(max_size=20))
def test_a_bucket_is_a_fixed_place_below_the_number_of_buckets(workspace_id: UUID, salt: str) -> None:
    assert 0 <= bucket_of(salt, workspace_id) < BUCKETS
    assert bucket_of(salt, workspace_id) == bucket_of(salt, UUID(str(workspace_id)))


def test_growing_the_dial_only_adds_workspaces_and_its_share_is_true() -> None:
    buckets = [bucket_of(PII_ACCESS, UUID(int=number)) for number in range(20_000)]
    reached = [{n for n, bucket in enumerate(buckets) if bucket < percent * 100} for percent in (1, 10, 25, 50, 100)]

    assert all(smaller < larger for smaller, larger in pairwise(reached))
    assert [round(len(some) / 200) for some in reached] == pytest.approx([1, 10, 25, 50, 100], abs=1)


def test_another_salt_draws_other_workspaces() -> None:
    ids = [UUID(int=number) for number in range(1000)]

    assert [bucket_of("a", one) for one in ids] != [bucket_of("b", one) for one in ids]


def test_a_missing_flag_is_an_error_never_an_answer(workspace: Workspace) -> None:
    Flag.objects.all().delete()

    with pytest.raises(Flag.DoesNotExist):
        release.is_live_for(workspace)


def test_the_flag_exists_after_a_migration_and_is_off(db: None) -> None:
    assert release.state() == release.ReleaseState(Position(Stage.OFF), (), ())


def test_an_override_replaces_the_other_and_can_be_cleared(workspace: Workspace) -> None:
    release.override(workspace, setting=True)
    release.override(workspace, setting=False)
    forced_off = release.state()

    release.override(workspace, setting=None)

    assert (forced_off.forced_on, forced_off.forced_off) == ((), ("acme",))
    assert (release.state().forced_on, release.state().forced_off) == ((), ())


def test_an_override_does_not_bring_a_missing_flag_back(workspace: Workspace) -> None:
    Flag.objects.all().delete()

    with pytest.raises(Flag.DoesNotExist):
        release.override(workspace, setting=True)

    assert not Flag.objects.exists()


@pytest.mark.parametrize(
    ("stage", "customer", "tester", "ours"),
    [
        (Stage.OFF, "off", "off", "off"),
        (Stage.SHADOW, "not-reached", "not-reached", "not-reached"),
        (Stage.INTERNAL, "not-reached", "not-reached", "internal"),
        (Stage.BETA, "not-reached", "beta", "internal"),
        (Stage.PUBLIC, "public", "public", "public"),
    ],
)
def test_each_stage_reaches_more_kinds_of_workspaces(
    workspace: Workspace, stage: Stage, customer: str, tester: str, ours: str
) -> None:
    release.move_to(Position(stage))
    others = [
        Workspace.objects.create(slug="tester", is_beta_tester=True),
        Workspace.objects.create(slug="ours", is_internal=True),
    ]

    assert [release.cause_of(one) for one in (workspace, *others)] == [customer, tester, ours]


def test_asking_costs_one_query_and_then_none(
    workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        release.is_live_for(workspace)
