"""When people are told, and how an owner sets it up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from privacy_service.subjects.models import Notice, NoticeSettings
from privacy_service.subjects.notices.schedule import next_run, run_due
from privacy_service.subjects.notices.sending import send_notices
from tests.factories import make_user
from tests.mails import Mails
from tests.managing.conftest import Api
from tests.subjects.notices.conftest import Forget, mail_to, states
from workspaces.models import Workspace

AT = datetime(2026, 11, 26, 6, 30, tzinfo=UTC)  # A Thursday.
RUNS = [
    ("day", 1, 6, "2026-11-27T06:00"),
    ("day", 1, 7, "2026-11-26T07:00"),
    ("week", 1, 6, "2026-11-30T06:00"),
    ("week", 4, 6, "2026-12-03T06:00"),
    ("week", 4, 23, "2026-11-26T23:00"),
    ("month", 1, 0, "2026-12-01T00:00"),
    ("month", 26, 6, "2026-12-26T06:00"),
    ("month", 28, 6, "2026-11-28T06:00"),
]


@pytest.mark.parametrize(("every", "day", "hour", "expected"), RUNS)
def test_the_next_run_is_the_first_of_the_schedule_that_lies_ahead(
    every: str, day: int, hour: int, expected: str
) -> None:
    settings = NoticeSettings(every=every, day=day, hour=hour)

    assert next_run(settings, AT) == datetime.fromisoformat(f"{expected}+00:00")


def test_nobody_is_told_before_the_run_and_whoever_comes_later_waits_for_the_next(
    notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    NoticeSettings.objects.update(next_run_at=timezone.now() + timedelta(days=1))
    forget()
    early = send_notices()
    NoticeSettings.objects.update(next_run_at=timezone.now())
    on_time = send_notices()
    forget(mail_to("eve"))
    between = send_notices()

    notices.refresh_from_db()
    assert (early, on_time, between, states()) == (0, 1, 0, [("sent", ""), ("waiting", "sealed")])
    assert notices.next_run_at is not None
    assert (notices.next_run_at.day, notices.next_run_at > timezone.now()) == (1, True)


def test_of_two_workers_one_runs_the_schedule(notices: NoticeSettings) -> None:
    now = timezone.now()

    assert [run_due(now), run_due(now)] == [1, 0]


def test_an_owner_turns_it_on_words_it_and_sees_who_waits(
    workspace: Workspace, owner: Api, forget: Forget, mails: Mails
) -> None:
    before = owner.get("/subject-notices").json
    words = {"de": {"subject": "Erledigt", "text": "Am {date}, {workspace}"}}
    change = {"is_on": True, "every": "week", "day": 5, "hour": 9, "texts": words, "log_days": 30}
    changed = owner.change("/subject-notices", change)
    request = forget(language="de")
    waiting = owner.get("/subject-notices").json["notices"]
    listed = owner.get(f"/subject-requests/{request.pk}").json["notice"]
    released = owner.post("/subject-notices/run", {}).json
    send_notices()
    told = owner.get(f"/subject-requests/{request.pk}").json["notice"]

    assert (before["is_on"], before["every"], before["next_run_at"], before["log_days"]) == (False, "month", None, 90)
    assert (changed.status, changed.json["words"]["de"], changed.json["words"]["fr"]["subject"]) == (
        200, words["de"], "Vos données ont été effacées",
    )  # fmt: skip
    assert datetime.fromisoformat(changed.json["next_run_at"]).strftime("%a %H:%M") == "Fri 09:00"
    assert (waiting["waiting"], listed["state"], released) == (1, "waiting", {"released": 1})
    assert (told["state"], told["sent_at"] is not None, mails.got[0][1]) == ("sent", True, "Erledigt")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"every": "week", "day": 8}, "day"),
    ({"day": 29}, "day"),
    ({"hour": 24}, "hour"),
    ({"every": "year"}, "every"),
    ({"log_days": 0}, "log_days"),
    ({"texts": {"xx": {"subject": "a", "text": "b"}}}, "texts"),
    ({"texts": {"de": {"subject": "a"}}}, "texts"),
    ({"texts": {"de": {"subject": "a", "text": ""}}}, "texts"),
    ({"texts": {"de": {"subject": "a\nBcc: b@example.com", "text": "b"}}}, "texts"),
    ({"texts": {"de": {"subject": "a", "text": "{settings}"}}}, "texts"),
    ({"texts": {"de": {"subject": "a", "text": "{date"}}}, "texts"),
    ({"texts": {"de": {"subject": "a", "text": "{workspace.slug}"}}}, "texts"),
    ({"texts": {"de": {"subject": "a", "text": 5}}}, "texts"),
    ({"texts": {"de": {"subject": "a" * 201, "text": "b"}}}, "texts"),
]


@pytest.mark.parametrize(("wrong", "field"), REFUSED)
def test_settings_that_cannot_be_say_which(owner: Api, wrong: dict[str, Any], field: str) -> None:
    reply = owner.change("/subject-notices", wrong)

    assert (reply.status, reply.reason, [*reply.json["errors"]]) == (422, "invalid-fields", [field])
    assert NoticeSettings.objects.count() == 0


def test_turning_it_off_forgets_the_addresses_that_wait(
    notices: NoticeSettings, forget: Forget, owner: Api, mails: Mails
) -> None:
    forget()

    owner.change("/subject-notices", {"is_on": False})
    refused = owner.post("/subject-notices/run", {})

    assert (Notice.objects.count(), refused.status, send_notices(), mails.got) == (0, 422, 0, [])


def test_what_failed_is_sent_again_or_told_by_hand(
    notices: NoticeSettings, forget: Forget, owner: Api, mails: Mails
) -> None:
    mails.refusals["dora.canary@example.com"] = "550 no"
    requests = [forget(), forget(mail_to("eve"))]
    mails.refusals["eve.canary@example.com"] = "550 no"
    send_notices()
    mails.refusals.clear()
    first, second = (f"/subject-requests/{request.pk}/notice" for request in requests)

    again, by_hand = owner.post(f"{first}/again", {}), owner.post(f"{second}/done", {})
    sent = send_notices()
    late = [owner.post(f"{first}/again", {}), owner.post(f"{first}/done", {}), owner.post(f"{second}/done", {})]

    assert (again.json["state"], by_hand.json["state"], sent) == ("waiting", "by_hand", 1)
    assert states() == [("sent", ""), ("by_hand", "")]
    assert [reply.status for reply in late] == [409, 409, 409]


def test_an_administrator_sees_and_edits_every_schedule(workspace: Workspace, notices: NoticeSettings) -> None:
    admin = Client()
    admin.force_login(make_user("erin", is_staff=True, is_superuser=True))
    page = f"/admin/subjects/noticesettings/{workspace.pk}/change/"
    form = {"is_on": "on", "every": "week", "day": "5", "hour": "9", "texts": "{}", "log_days": "60"}

    listed = admin.get("/admin/subjects/noticesettings/").content.decode()
    wrong = admin.post(page, form | {"day": "9"})
    saved = admin.post(page, form)
    deleted = admin.post(page.replace("change", "delete"), {"post": "yes"})

    notices.refresh_from_db()
    assert ("acme" in listed, "1 (Monday) to 7" in wrong.content.decode()) == (True, True)
    assert (saved.status_code, deleted.status_code, notices.every, notices.log_days) == (302, 403, "week", 60)
    assert notices.next_run_at is not None
    assert notices.next_run_at.isoweekday() == 5
