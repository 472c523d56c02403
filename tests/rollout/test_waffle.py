"""The traps of waffle, each of which would have cost a customer something."""

from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import AccessRequest, Effect, Reason
from privacy_service.rollout import release
from privacy_service.rollout.models import PII_ACCESS, Flag
from privacy_service.rollout.release import is_live_for
from tests.factories import make_workspace
from workspaces.models import AccessStamp, User, Workspace
from workspaces.stamp import bump, stamp

pytestmark = pytest.mark.django_db(transaction=True)  # Outside a transaction, so that answers are really cached.


def test_a_percentage_is_the_same_at_every_question_and_for_every_reader(
    workspace: Workspace, bob: User, carol: User
) -> None:
    release.dial(Decimal(50))
    some = [workspace, *(make_workspace(f"w-{number}") for number in range(20))]
    first = [is_live_for(one) for one in some]

    answers = []
    for _ in range(20):
        bump()  # Nothing is remembered; all is asked anew.
        answers.append([is_live_for(one) for one in some])

    assert answers == [first] * 20
    assert len(set(first)) == 2
    effects = {decide(AccessRequest(reader, some[first.index(False)])).reason for reader in (bob, carol)}
    assert effects == {Reason.NOT_RELEASED}


def test_no_answer_sets_a_cookie_and_none_is_listened_to(workspace: Workspace, bob: User, key: str) -> None:
    client = Client()
    for name in (f"dwf_{PII_ACCESS}", f"dwft_{PII_ACCESS}"):
        client.cookies[name] = "True"  # waffle's own cookies would turn the flag on for whoever sends them.
    headers = {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_X_ACTOR": "bob@example.com"}

    reply = client.get(f"/v1/workspaces/acme/decision?dwft_{PII_ACCESS}=1", **headers)  # type: ignore[arg-type]

    assert reply.json()["reason"] == "not-released"
    assert not reply.cookies


def test_waffles_own_question_is_refused(workspace: Workspace) -> None:
    with pytest.raises(TypeError, match="is_live_for"):
        Flag.objects.get(name=PII_ACCESS).is_active(HttpRequest())


def test_a_missing_flag_masks_everything_and_costs_one_query_a_workspace(
    workspace: Workspace, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Flag.objects.all().delete()
    access = AccessRequest(bob, workspace)
    stamp.read()
    with django_assert_num_queries(1):
        decisions = [decide(access) for _ in range(20)]

    assert {(one.effect, one.reason) for one in decisions} == {(Effect.MASK, Reason.UNAVAILABLE)}
    assert not Flag.objects.exists()  # waffle would make one, or return one that is not stored.


def test_a_flag_that_comes_back_counts_at_once(workspace: Workspace) -> None:
    Flag.objects.all().delete()
    with pytest.raises(Flag.DoesNotExist):
        is_live_for(workspace)

    release.turn_on()

    assert is_live_for(workspace)


def test_what_another_process_changes_is_seen_with_the_stamp_and_no_cache_stands_between(
    workspace: Workspace, settings: Settings
) -> None:
    before = is_live_for(workspace)
    with connection.cursor() as cursor:  # Another process: no signal, no cache of this one is told.
        cursor.execute("UPDATE rollout_flag SET stage = 'public', everyone = %s", [True])
    AccessStamp.objects.update(token=42)

    stamp.read()

    assert (before, is_live_for(workspace)) == (False, True)
    assert settings.CACHES["waffle"]["BACKEND"] == "django.core.cache.backends.dummy.DummyCache"
    caches["waffle"].set(PII_ACCESS, "stale")
    assert caches["waffle"].get(PII_ACCESS) is None
