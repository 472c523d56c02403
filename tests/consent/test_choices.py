"""Choices on record."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from privacy_service.consent.choices import Circumstances, agreed_by, forget_old, is_intact, keep, present_choice
from privacy_service.consent.models import Choice, ChoiceIdentifier, Way
from tests.consent.conftest import DORA, DORAS_ID, make_settings
from tests.factories import make_workspace
from workspaces.models import Workspace

ALL, NONE = {"ads": True, "mail": True}, {"ads": False, "mail": False}
FIRST = timezone.now() - timedelta(days=20)


def at(days: int) -> Circumstances:
    """Return that somebody chose so many days after the first."""
    return Circumstances(Way.BANNER, FIRST + timedelta(days=days), "v1", "de", "https://shop.example.com")


def test_the_last_choice_holds_under_every_name_and_the_others_stay_on_record(workspace: Workspace) -> None:
    first = keep(workspace, [DORA], ALL, at(0))
    second = keep(workspace, [DORA, DORAS_ID], NONE, at(1))

    found = [present_choice(workspace.pk, [one]) for one in (DORA, DORAS_ID)]
    assert (found, Choice.objects.count()) == ([second, second], 2)
    assert present_choice(make_workspace("other").pk, [DORA]) is None
    assert first.preferences == ALL


def test_what_is_told_late_does_not_replace_what_was_chosen_since(workspace: Workspace) -> None:
    keep(workspace, [DORA], NONE, at(5))
    keep(workspace, [DORA, DORAS_ID], ALL, at(1))

    everything = frozenset({"ads", "mail"})
    assert agreed_by(workspace.pk, [[DORA], [DORAS_ID], [DORA, DORAS_ID], []], since=FIRST) == [
        frozenset(),
        everything,
        frozenset(),
        frozenset(),
    ]


def test_an_old_choice_counts_no_more(workspace: Workspace) -> None:
    keep(workspace, [DORA], ALL, at(0))

    answers = [agreed_by(workspace.pk, [[DORA]], since=FIRST + timedelta(days=days)) for days in (0, 1)]
    assert answers == [[frozenset({"ads", "mail"})], [frozenset()]]


def test_a_choice_that_was_altered_is_told_from_one_that_was_not(workspace: Workspace) -> None:
    kept = keep(workspace, [DORA], NONE, at(0))
    before = is_intact(Choice.objects.get())

    Choice.objects.filter(pk=kept.pk).update(preferences=ALL)
    altered = is_intact(Choice.objects.get())
    Choice.objects.filter(pk=kept.pk).update(preferences=NONE)
    ChoiceIdentifier.objects.update(digest=b"somebody else...")

    assert (before, altered, is_intact(Choice.objects.get())) == (True, False, False)


def test_nothing_that_is_kept_names_anybody(workspace: Workspace) -> None:
    keep(workspace, [DORA, DORAS_ID], ALL, at(0))

    with connection.cursor() as cursor:
        rows = []
        for table in ("consent_choice", "consent_choiceidentifier"):
            cursor.execute(f"SELECT * FROM {table}")
            rows += [[bytes(one) if isinstance(one, memoryview) else one for one in row] for row in cursor.fetchall()]
    assert (len(rows), "canary" in str(rows)) == (3, False)


def test_choices_go_off_record_when_their_time_is_over(workspace: Workspace) -> None:
    make_settings(workspace, keep_days=10)
    keep(workspace, [DORA], ALL, at(0))
    kept = keep(workspace, [DORAS_ID], ALL, at(15))

    assert (forget_old(), [*Choice.objects.all()], forget_old()) == (1, [kept], 0)


def test_a_workspace_that_has_chosen_nothing_keeps_them_for_three_years(workspace: Workspace) -> None:
    keep(workspace, [DORA], ALL, at(-1100))
    kept = keep(workspace, [DORAS_ID], ALL, at(-1000))

    assert (forget_old(), [*Choice.objects.all()]) == (1, [kept])
