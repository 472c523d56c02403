"""Telling people over a real SMTP server: once, in their language, and then their address is forgotten."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.core.mail import get_connection
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from privacy_service.decisions.models import PendingAct
from privacy_service.subjects.carrying_out import settle_by_hand
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.models import Notice, NoticeSettings, Wish
from privacy_service.subjects.notices import sending
from privacy_service.subjects.notices.sending import message_of, send_notices
from privacy_service.subjects.tasks import send_notices as task
from tests.mails import Mails
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from tests.subjects.notices.conftest import Forget, mail_to, states
from workspaces.mailing import NoMailServer
from workspaces.models import User, Workspace

HERE = "https://privacy.example.com"


def due_now() -> None:
    Notice.objects.filter(state=Notice.State.WAITING).update(next_try_at=timezone.now())


def test_somebody_is_told_once_and_their_address_is_forgotten(
    notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    request = forget(language="de")
    before = states()
    sent = [send_notices(), send_notices()]
    NoticeSettings.objects.update(next_run_at=timezone.now())
    sent.append(send_notices())

    [(to, subject, text)] = mails.got
    assert (before, sent, states()) == ([("waiting", "sealed")], [1, 0, 0], [("sent", "")])
    assert (to, subject, f"die Nummer {request.pk}" in text) == ([DORA.value], "Ihre Daten sind gelöscht", True)
    assert (request.sealed, Notice.objects.get().sent_at is not None) == ("", True)


def test_the_message_names_the_certificate_where_there_is_one(
    workspace: Workspace, notices: NoticeSettings, forget: Forget, mails: Mails, alice: User, settings: Settings
) -> None:
    settings.PRIVACY_PUBLIC_URL = HERE
    forget(mail_to("eve"))
    make_destination(workspace, "manual", {"steps": "Look."})
    request = forget()
    settle_by_hand(request.receipts.get().pk, proof="Ticket 1", by=alice)

    send_notices()

    texts = {to[0]: text for to, _, text in mails.got}
    assert f"{HERE}/people/certificates/{request.pk}:" in texts[DORA.value]
    assert ("certificate" in texts["eve.canary@example.com"], "{" in "".join(texts.values())) == (False, False)


def test_nobody_is_told_where_notices_are_off_or_nothing_was_deleted(
    workspace: Workspace, forget: Forget, mails: Mails
) -> None:
    off = forget()
    NoticeSettings.objects.create(workspace=workspace, is_on=True, next_run_at=timezone.now())
    forget(wish=Wish.SUPPRESS_ONLY)
    forget(wish=Wish.UNSUPPRESS)

    assert (send_notices(), states(), off.sealed) == (0, [], "")


NO_ADDRESS = ["not an address", "a@example.com, b@example.com", "a@example.com\nBcc: b@example.com", "<x>@y"]


@pytest.mark.parametrize("value", NO_ADDRESS)
def test_what_is_no_address_is_never_written_to(
    notices: NoticeSettings, forget: Forget, mails: Mails, value: str
) -> None:
    forget(Identifier(Kind.EMAIL, value), DORAS_ID)

    assert (send_notices(), states(), mails.got) == (0, [("no_address", "")], [])


def test_the_first_whole_address_is_written_to_and_no_other(
    notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    forget(Identifier(Kind.EMAIL, "dora at example"), mail_to("dora2"), mail_to("dora3"))

    send_notices()

    assert [to for to, _, _ in mails.got] == [["dora2.canary@example.com"]]


def test_words_of_a_workspace_stand_before_ours_and_are_filled_in_once(
    workspace: Workspace, notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    workspace.name = "{number} & {date}"
    workspace.save()
    NoticeSettings.objects.update(
        texts={"en": {"subject": "Bye from {workspace}", "text": "{workspace}\n\nOn {date}."}}
    )
    forget(language="en")
    forget(mail_to("eve"), language="fr")

    send_notices()

    by_subject = {subject: text for _, subject, text in mails.got}
    assert by_subject["Bye from {number} & {date}"].splitlines()[0] == "{number} & {date}"
    assert "Vos données ont été effacées" in by_subject


def test_a_message_is_marked_as_automatic_and_known_by_the_same_id(notices: NoticeSettings, forget: Forget) -> None:
    forget()
    messages: list[EmailMessage] = [message_of(Notice.objects.get()).message() for _ in range(2)]

    assert {message["Message-ID"] for message in messages} == {f"<{Notice.objects.get().pk}@localhost>"}
    assert messages[0]["Auto-Submitted"] == "auto-generated"


def test_a_worker_that_dies_after_sending_is_followed_by_another_under_the_same_id(
    notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    forget()
    due_now()
    taken = sending._taken(Notice.objects.get().pk)
    assert taken is not None
    with get_connection() as smtp:
        smtp.send_messages([message_of(taken)])  # And then it dies.
    meanwhile = send_notices()
    due_now()  # The lease has ended.
    afterwards = send_notices()

    assert (meanwhile, afterwards, states()) == (0, 1, [("sent", "")])
    assert (len(mails.got), len(set(mails.ids))) == (2, 1)


REFUSALS = [("550 no such person", "failed", "refused the address (550)."), ("450 later", "waiting", "address (450).")]


@pytest.mark.parametrize(("answer", "state", "problem"), REFUSALS)
def test_an_address_that_is_refused_for_good_needs_a_person_and_others_are_told(
    notices: NoticeSettings, forget: Forget, mails: Mails, answer: str, state: str, problem: str
) -> None:
    mails.refusals[DORA.value] = answer
    forget()
    forget(mail_to("eve"))

    sent = send_notices()

    assert (sent, states()) == (1, [(state, "sealed"), ("sent", "")])
    told = Notice.objects.get(state=state).problem
    assert (told.endswith(problem), "canary" in told) == (True, False)


def test_what_is_refused_again_and_again_needs_a_person(
    notices: NoticeSettings, forget: Forget, mails: Mails, settings: Settings
) -> None:
    settings.PRIVACY_SUBJECTS_ATTEMPTS = 3
    mails.refusals[DORA.value] = "450 later"
    forget()
    waits = []
    send_notices()
    for _ in range(2):
        next_try = Notice.objects.get().next_try_at
        assert next_try is not None
        waits.append((next_try - timezone.now()).total_seconds() / 60)
        due_now()
        send_notices()

    notice = Notice.objects.get()
    assert [low < wait < high for wait, (low, high) in zip(waits, [(2, 8), (4, 16)], strict=True)] == [True, True]
    assert (notice.state, notice.attempts, notice.next_try_at) == ("failed", 3, None)


def test_where_no_mail_goes_out_everybody_waits(
    notices: NoticeSettings, forget: Forget, mails: Mails, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    forget()
    settings.EMAIL_HOST = ""
    with pytest.raises(NoMailServer):
        send_notices()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    task()

    assert (Notice.objects.get().attempts, states()) == (0, [("waiting", "sealed")])
    assert "could not be sent; the next sweep tries again" in caplog.text


def test_one_that_does_not_open_needs_a_person(notices: NoticeSettings, forget: Forget, mails: Mails) -> None:
    forget()
    Notice.objects.update(sealed="AAAA")

    assert (send_notices(), Notice.objects.get().state) == (0, "failed")


def test_the_database_itself_keeps_no_address_of_somebody_who_was_told(
    notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    forget()
    send_notices()

    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(sealed="x")


def test_no_table_holds_the_address_in_the_clear_or_at_all_once_told(
    notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    forget()
    tables = ("subjects_notice", "subjects_subjectrequest", "decisions_pendingact")
    waiting = [table for table in tables if "canary" in content(table)]
    send_notices()

    assert (waiting, [table for table in tables if "canary" in content(table)]) == ([], [])
    assert PendingAct.objects.filter(line__contains="subject-told").count() == 1


def content(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return str(
            [[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor.fetchall()]
        )


def test_whoever_was_told_long_ago_is_not_told_by_a_later_run(
    notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    forget()
    send_notices()
    NoticeSettings.objects.update(next_run_at=timezone.now() - timedelta(days=31))
    forget(mail_to("eve"))

    assert (send_notices(), len(mails.got)) == (1, 2)
