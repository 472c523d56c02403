"""What a person must do: told by a real SMTP server, read and ticked off on pages behind a link."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from privacy_service.decisions.models import PendingAct
from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.handwork import GOOD_FOR, MOST_BYTES, send_tasks
from privacy_service.subjects.lifecycle import Proof, State, open_request, start
from privacy_service.subjects.models import Destination, Outage, ProofFile, Receipt, SubjectRequest, Turn, Wish
from tests.mails import Mails
from tests.managing.conftest import Api
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import User, Workspace

HERE = "https://privacy.example.com"
PDF = b"%PDF-1.7 Dora.Canary"


@pytest.fixture
def binder(workspace: Workspace, settings: Settings) -> Destination:
    """Return a system of people, in which Dora waits to be forgotten."""
    settings.PRIVACY_PUBLIC_URL = HERE
    made = make_destination(workspace, "manual", {"steps": "Look into the binder."}, slug="binder")
    Destination.objects.filter(pk=made.pk).update(contact="archive@example.com", identifiers=["email"])
    start(open_request(workspace, Wish.DELETE_ONLY, [DORA, DORAS_ID])[0].pk, Proof.OWNER)
    work(10)
    return made


def link_in(mails: Mails) -> str:
    found = re.search(rf"{HERE}(/people/tasks/\S+)", mails.got[-1][2])
    assert found is not None
    return found[1]


def task_of(link: str) -> str:
    return f"{link}/{Receipt.objects.get().pk}"


def test_the_contact_is_told_once_and_the_mail_names_nobody(binder: Destination, mails: Mails) -> None:
    sent = [send_tasks(), send_tasks()]

    [(to, subject, text)] = mails.got
    assert (sent, to, subject) == ([1, 0], ["archive@example.com"], "[privacy] 1 to do by hand in binder (acme)")
    assert "Look into the binder." in text
    assert "canary" not in text.lower()


def test_two_workers_tell_of_a_task_once(binder: Destination, mails: Mails) -> None:
    Turn.objects.create(destination=binder, until=timezone.now() + timedelta(minutes=1))  # Another's, who tells it.
    meanwhile = send_tasks()
    Turn.objects.update(until=timezone.now())

    assert (meanwhile, send_tasks(), len(mails.got)) == (0, 1, 1)


def test_a_link_holds_nothing_by_which_its_address_could_be_guessed(binder: Destination, mails: Mails) -> None:
    send_tasks()
    hashed = hashlib.sha256(b"archive@example.com").hexdigest()[:32]

    token = link_in(mails).rpartition("/")[2]
    [_, held] = TimestampSigner(salt="privacy-service tasks by hand").unsign_object(token)

    assert held != hashed


def test_a_name_with_a_line_break_begins_no_header_and_keeps_nobody_waiting(binder: Destination, mails: Mails) -> None:
    Destination.objects.update(name="Binder\r\nBcc: eve@example.com")

    assert send_tasks() == 1
    assert [(to, subject) for to, subject, _ in mails.got] == [
        (["archive@example.com"], "[privacy] 1 to do by hand in Binder Bcc: eve@example.com (acme)")
    ]


def test_whom_it_is_about_is_shown_to_whoever_presses_the_button_and_that_is_kept(
    binder: Destination, mails: Mails
) -> None:
    send_tasks()
    link = link_in(mails)
    listed, opened = Client().get(link), Client().get(task_of(link))  # As mail programs do.
    before = PendingAct.objects.count()
    shown = Client().post(task_of(link), {"show": "1"})

    assert [page.status_code for page in (listed, opened, shown)] == [200] * 3
    assert b"canary" not in listed.content + opened.content
    assert b"dora.canary@example.com" in shown.content
    assert b"user_id" not in shown.content  # The binder does not know people by it.
    assert shown["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    kept = PendingAct.objects.order_by("pk")[before:]
    assert ["subject-shown" in act.line and "canary" not in act.line for act in kept] == [True]


def test_whoever_is_to_make_a_copy_is_told_to_delete_nothing(binder: Destination, mails: Mails) -> None:
    Receipt.objects.all().delete()
    start(open_request(binder.workspace, Wish.ACCESS, [DORA])[0].pk, Proof.OWNER)
    work(10)
    send_tasks()

    page = Client().get(task_of(link_in(mails))).content.decode()

    assert "Delete nothing where a copy is asked for: 1 of these." in mails.got[-1][2]
    assert "<h1>Copy by hand: binder</h1>" in page
    assert "<strong>Delete nothing.</strong>" in page
    assert "Look into the binder." not in page


def test_it_is_ticked_off_with_a_text_and_a_file_that_lies_encrypted_and_owners_can_read(
    binder: Destination, mails: Mails, owner: Api
) -> None:
    send_tasks()
    task = task_of(link_in(mails))
    file = SimpleUploadedFile("Dora Canary.pdf", PDF, "application/pdf")

    done = Client().post(task, {"proof": "Ticket 4711", "file": file})
    again = Client().post(task, {"proof": "Ticket 4712"})

    receipt, kept = Receipt.objects.get(), ProofFile.objects.get()
    read = owner.get(f"/v1/workspaces/acme/subject-requests/{receipt.request_id}/receipts/{receipt.pk}/proof")
    assert (done.status_code, again.status_code, receipt.status) == (200, 200, "completed")
    assert receipt.evidence["by hand"] == "Ticket 4711"
    assert re.fullmatch(r"application/pdf, 20 bytes, SHA-256 [0-9a-f]{64}", receipt.evidence["file"])
    assert SubjectRequest.objects.get().state == State.COMPLETED
    assert "anary" not in kept.sealed + str(receipt.evidence)
    assert (read.body, read.headers["Content-Type"], read.headers["Content-Disposition"]) == (
        PDF,
        "application/pdf",
        "attachment",
    )


FILES = [(b"MZ\x00\xff", "Send a PDF"), (b"%PDF-" + b"x" * MOST_BYTES, "longer than 2 MB")]


@pytest.mark.parametrize(("content", "told"), FILES, ids=["a program", "too long"])
def test_a_file_that_is_none_of_these_is_refused_with_what_to_send(
    binder: Destination, mails: Mails, content: bytes, told: str
) -> None:
    send_tasks()

    page = Client().post(task_of(link_in(mails)), {"proof": "Ticket 1", "file": SimpleUploadedFile("x.pdf", content)})

    assert (page.status_code, told in page.content.decode()) == (400, True)
    assert (Receipt.objects.get().status, ProofFile.objects.exists()) == ("waiting", False)


def test_a_link_ends_with_its_days_and_with_whoever_held_it(
    binder: Destination, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_tasks()
    link = link_in(mails)
    forged = Client().get(link[:-1] + ("A" if link[-1] != "A" else "B"))
    Destination.objects.update(contact="new@example.com")
    moved = [Client().get(link), Client().post(task_of(link), {"show": "1"})]
    Destination.objects.update(contact="archive@example.com")
    back = Client().get(link)
    monkeypatch.setattr("privacy_service.subjects.handwork.GOOD_FOR", timedelta(seconds=-1))
    late = Client().get(link)

    assert [page.status_code for page in (forged, *moved, back, late)] == [410, 410, 410, 200, 410]


def test_without_a_contact_the_owners_are_told(binder: Destination, alice: User, mails: Mails) -> None:
    Destination.objects.update(contact="")

    send_tasks()

    assert [to for to, *_ in mails.got] == [["alice@example.com"]]


def test_a_system_that_is_down_for_an_hour_is_told_once(binder: Destination, mails: Mails) -> None:
    Receipt.objects.update(told_at=timezone.now())
    Outage.objects.create(destination=binder, failures=9, until=timezone.now(), since=timezone.now() - GOOD_FOR)

    sent = [send_tasks(), send_tasks()]

    assert (sent, mails.got[0][1]) == ([1, 0], "[privacy] binder (acme) is down")


def test_where_no_mail_goes_out_nobody_is_told_and_nothing_is_lost(binder: Destination, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""

    assert (send_tasks(), Receipt.objects.filter(told_at=None).count()) == (0, 1)
