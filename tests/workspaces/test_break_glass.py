"""Emergency access: who may ask, who answers, what it shows and for how long, and who is told."""

from datetime import timedelta

import pytest
from celery import Celery
from django.core import mail
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from privacy_service.decisions.engine import decide
from privacy_service.decisions.models import PendingAct
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from tests.factories import make_member, make_source, make_user
from workspaces import tasks
from workspaces.break_glass import ANSWER_WITHIN, approve, ask, end, open_for, refuse
from workspaces.exceptions import EmergencyRefused
from workspaces.grants import add_grant, remove_member, revoke
from workspaces.models import Emergency, Grant, Membership, User, Workspace
from workspaces.roles import Role
from workspaces.terms import Terms

WHY = "Ticket 4711: canary-reason-9f3"


@pytest.fixture
def at_once(released_workspace: Workspace) -> Workspace:
    """Return acme, where emergency access begins at once."""
    released_workspace.break_glass = Workspace.BreakGlass.AT_ONCE
    released_workspace.save()
    return released_workspace


def ask_for(user: User, workspace: Workspace, *, minutes: int = 30) -> Emergency:
    return ask(workspace, user, minutes=minutes, reason=WHY)


def acts() -> str:
    return "\n".join(PendingAct.objects.order_by("pk").values_list("line", flat=True))


def test_asked_for_and_approved_it_shows_everything_and_the_decision_says_why(
    released_workspace: Workspace, alice: User, erin: User
) -> None:
    access = AccessRequest(erin, released_workspace, make_source(released_workspace, "web"))
    emergency = ask_for(erin, released_workspace)
    waiting = decide(access)

    given = approve(emergency, by=alice)

    assert waiting.reason is Reason.ROLE_LACKS_PII
    assert decide(access) == Decision(Effect.PASS, Reason.BREAK_GLASS, valid_until=given.ends_at)
    assert (given.state, given.decided_by) == (Emergency.State.APPROVED, alice)


def test_where_the_workspace_says_so_it_begins_at_once(at_once: Workspace, erin: User) -> None:
    asked = timezone.now()
    emergency = ask_for(erin, at_once, minutes=5)

    assert emergency.ends_at is not None
    assert timedelta(minutes=5) <= emergency.ends_at - asked < timedelta(minutes=6)
    assert decide(AccessRequest(erin, at_once)).reason is Reason.BREAK_GLASS


def test_a_reader_who_sees_everything_anyway_is_not_said_to_have_broken_the_glass(
    at_once: Workspace, alice: User
) -> None:
    ask_for(alice, at_once)

    assert decide(AccessRequest(alice, at_once)) == Decision(Effect.PASS, Reason.ROLE_GRANTS_PII)


@pytest.mark.django_db(transaction=True)
def test_it_ends_by_itself_and_is_cleared_away(at_once: Workspace, erin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    emergency = ask_for(erin, at_once)
    during = decide(AccessRequest(erin, at_once)).reason
    later = timezone.now() + timedelta(minutes=31)

    monkeypatch.setattr(timezone, "now", lambda: later)
    after = decide(AccessRequest(erin, at_once)).reason
    tasks.end_what_is_over()

    emergency.refresh_from_db()
    assert (during, after) == (Reason.BREAK_GLASS, Reason.ROLE_LACKS_PII)
    assert (emergency.state, emergency.grant) == (Emergency.State.ENDED, None)
    assert not Grant.objects.filter(emergency=True).exists()
    assert "break-glass-ended" in acts()


def test_grants_whose_time_is_up_are_cleared_away_and_told_and_others_stay(
    released_workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    membership = Membership.objects.get(user=bob)
    for hours in (1, 3):
        add_grant(membership, Role.PII_VIEWER, Terms(expires_at=timezone.now() + timedelta(hours=hours)))
    later = timezone.now() + timedelta(hours=2)

    monkeypatch.setattr(timezone, "now", lambda: later)
    tasks.end_what_is_over()
    tasks.end_what_is_over()

    assert Grant.objects.filter(membership=membership, role=Role.PII_VIEWER).count() == 1
    assert acts().count("grant-ended") == 1


def test_it_can_be_ended_early_by_whoever_asked(at_once: Workspace, erin: User) -> None:
    end(ask_for(erin, at_once), by=erin)

    assert decide(AccessRequest(erin, at_once)).reason is Reason.ROLE_LACKS_PII


def test_a_refused_request_gives_nothing(released_workspace: Workspace, alice: User, erin: User) -> None:
    refused = refuse(ask_for(erin, released_workspace), by=alice)

    assert refused.state == Emergency.State.REFUSED
    assert decide(AccessRequest(erin, released_workspace)).reason is Reason.ROLE_LACKS_PII
    with pytest.raises(EmergencyRefused, match="waits for no answer"):
        approve(refused, by=alice)


def test_one_who_has_left_meanwhile_is_given_nothing(released_workspace: Workspace, alice: User, erin: User) -> None:
    emergency = ask_for(erin, released_workspace)
    remove_member(Membership.objects.get(user=erin))

    with pytest.raises(EmergencyRefused, match="no right to emergency access any more"):
        approve(emergency, by=alice)

    assert not Grant.objects.filter(emergency=True).exists()


def test_a_request_is_not_approved_a_day_later(released_workspace: Workspace, alice: User, erin: User) -> None:
    emergency = ask_for(erin, released_workspace)
    emergency.asked_at -= ANSWER_WITHIN
    emergency.save()

    with pytest.raises(EmergencyRefused, match="waits for no answer"):
        approve(emergency, by=alice)


def test_nobody_answers_their_own_request_not_even_an_owner(
    released_workspace: Workspace, alice: User, erin: User, bob: User
) -> None:
    own, other = ask_for(alice, released_workspace), ask_for(erin, released_workspace)

    for emergency, by, advice in ((own, alice, "second person"), (other, bob, "Whoever may manage members")):
        with pytest.raises(EmergencyRefused, match=advice):
            approve(emergency, by=by)

    assert not Grant.objects.filter(emergency=True).exists()


def test_an_administrator_of_the_installation_answers_nothing(released_workspace: Workspace, erin: User) -> None:
    root = User.objects.create_superuser("root@example.com", "secret")

    with pytest.raises(EmergencyRefused, match="Whoever may manage members"):
        approve(ask_for(erin, released_workspace), by=root)


def test_whoever_may_not_ask_is_told_what_to_do_instead(
    released_workspace: Workspace, bob: User, erin: User, mallory: User
) -> None:
    root = User.objects.create_superuser("root@example.com", "secret")
    asked = [
        (bob, 30, WHY),
        (mallory, 30, WHY),
        (root, 30, WHY),
        (erin, 0, WHY),
        (erin, 61, WHY),
        (erin, 30, "because"),
    ]

    said = []
    for user, minutes, reason in asked:
        with pytest.raises(EmergencyRefused) as refused:
            ask(released_workspace, user, minutes=minutes, reason=reason)
        said.append(str(refused.value))

    assert ["Emergency reader" in text for text in said] == [True, True, True, False, False, False]
    assert [said[3], said[4]] == ["Ask for 1 to 60 minutes."] * 2
    assert said[5].startswith("Say why")
    assert not Emergency.objects.exists()


def test_a_workspace_can_offer_none(released_workspace: Workspace, erin: User) -> None:
    released_workspace.break_glass = Workspace.BreakGlass.OFF
    released_workspace.save()

    with pytest.raises(EmergencyRefused, match="offers no emergency access"):
        ask_for(erin, released_workspace)


def test_there_is_one_at_a_time(at_once: Workspace, erin: User) -> None:
    ask_for(erin, at_once)

    with pytest.raises(EmergencyRefused, match="open already"):
        ask_for(erin, at_once)


def test_taking_the_role_of_a_pii_viewer_takes_the_emergency_along(at_once: Workspace, erin: User) -> None:
    ask_for(erin, at_once)

    revoke(Membership.objects.get(user=erin), Role.PII_VIEWER)

    assert decide(AccessRequest(erin, at_once)).reason is Reason.ROLE_LACKS_PII


def test_it_ends_with_the_role_or_with_the_membership(at_once: Workspace, erin: User) -> None:
    taken = ask_for(erin, at_once)
    revoke(Membership.objects.get(user=erin), Role.PII_VIEWER)

    assert not open_for(at_once, erin).exists()
    tasks.end_what_is_over()
    assert Emergency.objects.get(pk=taken.pk).state == "ended"
    ask_for(erin, at_once)
    remove_member(Membership.objects.get(user=erin))
    assert not open_for(at_once, erin).exists()


def test_every_owner_is_told_once_by_a_task_that_takes_ids_only(
    released_workspace: Workspace,
    alice: User,
    erin: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    make_member(released_workspace, "oscar", kind=Membership.Kind.OWNER)
    sent = []
    monkeypatch.setattr(Celery, "send_task", lambda _, *asked: sent.append(asked))
    with django_capture_on_commit_callbacks(execute=True):
        emergency = ask_for(erin, released_workspace)

    for _ in range(2):
        tasks.tell_owners(str(emergency.pk))

    assert sent == [("workspaces.tell_owners", (str(emergency.pk),))]
    assert sorted(message.to[0] for message in mail.outbox) == ["alice@example.com", "oscar@example.com"]
    assert mail.outbox[0].subject == "Emergency access to personal data of acme: waits for approval"
    assert "erin@example.com" in mail.outbox[0].body
    assert "canary-reason-9f3" not in "".join(f"{message.subject} {message.body}" for message in mail.outbox)


def test_what_could_not_be_told_is_told_by_the_next_sweep(
    released_workspace: Workspace, alice: User, erin: User, settings: object
) -> None:
    ask_for(erin, released_workspace)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_PORT = 1  # type: ignore[attr-defined]
    settings.EMAIL_HOST = "127.0.0.1"  # type: ignore[attr-defined]
    tasks.end_what_is_over()
    unsent = len(mail.outbox)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]

    tasks.end_what_is_over()
    tasks.end_what_is_over()

    assert (unsent, len(mail.outbox)) == (0, 1)


def test_the_audit_trail_has_every_step_with_its_reason(released_workspace: Workspace, alice: User, erin: User) -> None:
    end(approve(ask_for(erin, released_workspace), by=alice), by=alice)

    told = acts()
    assert [kind in told for kind in ("break-glass-asked", "break-glass-approved", "break-glass-ended")] == [True] * 3
    assert "Ticket 4711" in told


def test_who_is_inactive_may_neither_ask_nor_answer(released_workspace: Workspace, alice: User, erin: User) -> None:
    emergency = ask_for(erin, released_workspace)
    oscar = make_user("oscar", is_active=False)
    make_member(released_workspace, "olga", kind=Membership.Kind.OWNER)
    alice.is_active = False
    alice.save()

    for by in (alice, oscar):
        with pytest.raises(EmergencyRefused, match="Whoever may manage members"):
            approve(emergency, by=by)
