"""The public form, the link it sends over a real SMTP server, and what confirming it does."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from privacy_service.subjects import confirming
from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.confirming import end_unconfirmed, send_links
from privacy_service.subjects.lifecycle import State
from privacy_service.subjects.models import Confirmation, SubjectForm, SubjectRequest
from privacy_service.subjects.suppressions import is_suppressed
from tests.mails import Mails
from tests.managing.conftest import Api
from tests.shop import make_destination
from tests.subjects.conftest import DORA
from workspaces.mailing import NoMailServer
from workspaces.models import User, Workspace

HERE = "https://privacy.example.com"


@pytest.fixture
def form(workspace: Workspace, settings: Settings) -> SubjectForm:
    """Return acme's form, open."""
    settings.PRIVACY_PUBLIC_URL = HERE
    return SubjectForm.objects.create(workspace=workspace, is_open=True, law="gdpr")


def fill_in(email: str) -> Any:
    return Client().post("/people/acme", {"email": email})


def link_in(mails: Mails) -> str:
    found = re.search(rf"{HERE}(/people/confirm/\S+)", mails.got[-1][2])
    assert found is not None
    return found[1]


def test_whoever_asks_and_confirms_is_forgotten(workspace: Workspace, form: SubjectForm, mails: Mails) -> None:
    make_destination(workspace, "django", {})
    page, asked = Client().get("/people/acme"), fill_in("Dora.Canary@example.com")
    sent = [send_links(), send_links()]
    link = link_in(mails)
    opened = Client().get(link)  # As a mail program does that looks whether the link is harmless.
    before = SubjectRequest.objects.get()
    confirmed = Client().post(link)
    work(10)

    request = SubjectRequest.objects.get()
    assert [reply.status_code for reply in (page, asked, opened, confirmed)] == [200] * 4
    assert (sent, mails.got[0][0], mails.got[0][1]) == ([1, 0], ["Dora.Canary@example.com"], form.mail_subject)
    assert (before.state, before.proof, before.law) == (State.PENDING, "", "gdpr")
    assert (request.state, request.proof, request.sealed) == (State.COMPLETED, "email", "")
    assert is_suppressed(workspace.pk, [DORA])
    assert b"anary" not in page.content + asked.content + opened.content + confirmed.content


@pytest.mark.parametrize("wish", ["SUPPRESS_WITH_DELETE", "ACCESS"])
def test_where_there_is_no_system_to_ask_a_wish_waits_for_a_person(
    form: SubjectForm, owner: Api, mails: Mails, wish: str
) -> None:
    SubjectForm.objects.update(wish=wish)
    asked = fill_in("dora.canary@example.com")
    send_links()

    confirmed = Client().post(link_in(mails))

    [request] = owner.get("/subject-requests?needs_person=true").json["subject_requests"]
    [receipt] = request["receipts"]
    assert (asked.status_code, confirmed.status_code, request["state"]) == (200, 200, "in_progress")
    assert (receipt["destination"], receipt["status"]) == ("no-system", "failed")
    done = owner.post(f"/subject-requests/{request['id']}/receipts/{receipt['id']}/done", {"proof": "Looked."})
    assert (done.status, SubjectRequest.objects.get().state) == (200, State.COMPLETED)


def test_a_link_is_good_once_and_for_a_day_and_cannot_be_made_up(form: SubjectForm, mails: Mails) -> None:
    fill_in("dora.canary@example.com")
    send_links()
    link = link_in(mails)
    forged = [Client().post(other) for other in (link[:-1] + ("A" if link[-1] != "A" else "B"), "/people/confirm/x")]
    Confirmation.objects.update(created_at=timezone.now() - timedelta(hours=25))
    late = Client().post(link)
    Confirmation.objects.update(created_at=timezone.now())
    first, second = Client().post(link), Client().post(link)

    assert [reply.status_code for reply in (*forged, late, first, second)] == [410, 410, 410, 200, 410]


def test_the_answer_is_the_same_whoever_asks_and_however_often(form: SubjectForm, alice: User, mails: Mails) -> None:
    replies = [fill_in(email) for email in ("alice@example.com", *["nobody@example.com"] * 5)]
    send_links()

    assert {(reply.status_code, reply.content) for reply in replies} == {(200, replies[0].content)}
    assert sorted(to[0] for to, _, _ in mails.got) == ["alice@example.com", *["nobody@example.com"] * 3]


def test_when_very_many_ask_nothing_is_kept_and_that_is_said(form: SubjectForm, settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_FORMS_PER_HOUR = 2
    replies = [fill_in(f"person{number}@example.com") for number in range(3)]

    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert SubjectRequest.objects.count() == 2


def test_what_is_no_address_is_told_and_not_repeated(form: SubjectForm) -> None:
    reply = fill_in("canary at example")

    assert (reply.status_code, b"Write a whole address" in reply.content, b"canary" in reply.content) == (
        400,
        True,
        False,
    )
    assert SubjectRequest.objects.count() == 0


def test_a_form_that_is_closed_is_not_there(form: SubjectForm, settings: Settings) -> None:
    without_form = Client().get("/people/other").status_code
    settings.PRIVACY_PUBLIC_URL = ""
    without_address = Client().get("/people/acme").status_code
    settings.PRIVACY_PUBLIC_URL = HERE
    SubjectForm.objects.update(is_open=False)

    assert (without_form, without_address, Client().get("/people/acme").status_code) == (404, 404, 404)


def test_a_form_takes_no_post_from_another_page(form: SubjectForm) -> None:
    reply = Client(enforce_csrf_checks=True).post("/people/acme", {"email": "dora@example.com"})

    assert (reply.status_code, SubjectRequest.objects.count()) == (403, 0)


def test_what_nobody_confirms_ends_and_is_forgotten(form: SubjectForm, mails: Mails) -> None:
    fill_in("dora.canary@example.com")
    send_links()
    ended = [end_unconfirmed()]
    Confirmation.objects.update(created_at=timezone.now() - timedelta(hours=25))

    ended.append(end_unconfirmed())

    request = SubjectRequest.objects.get()
    assert (ended, request.state, request.sealed) == ([0, 1], State.CANCELLED, "")
    assert Client().get(link_in(mails)).status_code == 410


def test_two_workers_send_a_link_once_and_one_that_dies_is_followed(form: SubjectForm, mails: Mails) -> None:
    fill_in("dora@example.com")
    taken = confirming._taken(Confirmation.objects.get().pk)  # And then it dies.

    meanwhile = send_links()
    Confirmation.objects.update(next_try_at=timezone.now())  # The lease has ended.
    afterwards = [send_links(), send_links()]

    assert (bool(taken), meanwhile, afterwards, len(mails.got)) == (True, 0, [1, 0], 1)


def test_a_link_that_a_server_greylists_is_sent_later_and_a_refused_one_never(form: SubjectForm, mails: Mails) -> None:
    mails.refusals = {"dora@example.com": "450 later", "nobody@example.com": "550 no such person"}
    for email in mails.refusals:
        fill_in(email)
    send_links()
    waiting = Confirmation.objects.filter(sent_at=None).count()
    mails.refusals = {}

    at_once = send_links()
    Confirmation.objects.update(next_try_at=timezone.now())
    later = send_links()

    assert (waiting, at_once, later, [to for to, _, _ in mails.got]) == (1, 0, 1, [["dora@example.com"]])


def test_a_link_that_cannot_be_sent_waits(form: SubjectForm, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""
    fill_in("dora@example.com")
    with pytest.raises(NoMailServer):
        send_links()

    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(OSError, match="refused"):
        send_links()
    assert Confirmation.objects.get().sent_at is None


def test_an_owner_opens_the_form_and_words_it(workspace: Workspace, owner: Api, settings: Settings) -> None:
    before = owner.get("/subject-form").json
    without_address = owner.change("/subject-form", {"is_open": True})
    settings.PRIVACY_PUBLIC_URL = HERE
    opened = owner.change("/subject-form", {"is_open": True, "title": "Vergessen Sie mich"})
    wrong = owner.change("/subject-form", {"mail_text": "No link here."})
    page = Client().get("/people/acme")

    assert (before["is_open"], before["address"]) == (False, "")
    assert (without_address.status, "PRIVACY_PUBLIC_URL" in without_address.json["errors"]["is_open"][0]) == (422, True)
    assert (opened.status, opened.json["address"]) == (200, f"{HERE}/people/acme")
    assert (wrong.status, "{link}" in wrong.json["errors"]["mail_text"][0]) == (422, True)
    assert "Vergessen Sie mich" in page.content.decode()


GERMAN = ("Meine Daten löschen", "Link zusenden", "Sehen Sie in Ihre Post", "Ja, das möchte ich", "Vielen Dank")


def test_the_page_and_its_mail_speak_the_browsers_language(form: SubjectForm, mails: Mails) -> None:
    german = Client(headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    pages = [german.get("/people/acme"), german.post("/people/acme", {"email": "dora@example.com"})]
    send_links()
    link = link_in(mails)
    pages += [Client().get(link), Client().post(link)]  # In whatever program the mail is read.

    text = "".join(page.content.decode() for page in pages)
    assert [word for word in GERMAN if word not in text] == []
    assert {page["Content-Language"] for page in pages} == {"de"}
    assert ('lang="de"' in text, mails.got[0][1]) == (True, "Bitte bestätigen Sie, dass wir Ihre Daten löschen")
    assert (SubjectRequest.objects.get().language, "Your" in text) == ("de", False)


def test_a_form_may_be_set_to_one_language_and_keeps_the_owners_words(form: SubjectForm, owner: Api) -> None:
    changed = owner.change("/subject-form", {"language": "fr", "title": "Oubliez-moi"})
    refused = owner.change("/subject-form", {"language": "xx"})
    page = Client(headers={"Accept-Language": "de"}).get("/people/acme").content.decode()

    assert (changed.json["language"], refused.status) == ("fr", 422)
    assert [word in page for word in ("Oubliez-moi", "Votre adresse électronique", "Nous effaçons")] == [True] * 3


def test_texts_of_an_owner_are_no_markup(form: SubjectForm) -> None:
    SubjectForm.objects.update(title="<script>x</script>", text="<b>bold</b>\n\n{{ settings.SECRET_KEY }}")

    page = Client().get("/people/acme")

    assert (b"<script" in page.content, b"<b>" in page.content, b"{{ settings.SECRET_KEY }}" in page.content) == (
        False, False, True,
    )  # fmt: skip
    assert "default-src 'none'" in page["Content-Security-Policy"]


WORDS = "Hello {settings.SECRET_KEY} {link.__class__} {{ settings.SECRET_KEY }} %(link)s {link}"


def test_words_of_an_owner_are_no_template(form: SubjectForm, mails: Mails, settings: Settings) -> None:
    SubjectForm.objects.update(mail_text=WORDS, mail_subject="{settings.SECRET_KEY}")
    fill_in("dora@example.com")
    send_links()

    _, _, mail = mails.got[0]
    assert settings.SECRET_KEY not in mail
    assert "{settings.SECRET_KEY} {link.__class__} {{ settings.SECRET_KEY }} %(link)s" in mail.replace("=\r\n", "")


@pytest.mark.parametrize(
    "subject", ["Hello\nBcc: eve@example.com", "Hello\r\n\r\nA body", "Hello\x85Bcc: eve@example.com"]
)
def test_a_subject_that_would_begin_another_header_is_refused_and_keeps_nobodys_link_waiting(
    form: SubjectForm, mails: Mails, owner: Api, subject: str
) -> None:
    refused = owner.change("/subject-form", {"mail_subject": subject})
    SubjectForm.objects.update(mail_subject=subject)  # As one that was stored before this was checked.
    fill_in("dora@example.com")

    assert (refused.status, [*refused.json["errors"]], send_links()) == (422, ["mail_subject"], 1)
    assert [to for to, _, _ in mails.got] == [["dora@example.com"]]


def test_links_of_another_salt_confirm_nothing(form: SubjectForm) -> None:
    fill_in("dora@example.com")
    forged = Signer(salt="other").sign(str(Confirmation.objects.get().pk))

    with pytest.raises(confirming.LinkRefused):
        confirming.confirm(forged)


def test_a_mail_that_cannot_be_written_holds_up_no_other(form: SubjectForm, mails: Mails) -> None:
    fill_in("=?utf-8?q?=0a?=@example.com")  # An address by Django's rules, which turns into two lines in a header.
    fill_in("Dora.Canary@example.com")

    send_links()

    assert [to for to, _, _ in mails.got] == [["Dora.Canary@example.com"]]
    assert send_links() == 0
