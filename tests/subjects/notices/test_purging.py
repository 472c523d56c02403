"""The log is purged down to keyed hashes that still prove who was forgotten."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from privacy_service.subjects.carrying_out import settle_by_hand
from privacy_service.subjects.certificates.issuing import document_of
from privacy_service.subjects.certificates.verifying import Verdict, forgotten, verify
from privacy_service.subjects.lifecycle import cancel, open_request
from privacy_service.subjects.models import (
    Callback,
    Certificate,
    ControllerRequest,
    Notice,
    NoticeSettings,
    Receipt,
    RequestIdentifier,
    SubjectRequest,
    Wish,
)
from privacy_service.subjects.notices.purging import purge_log
from privacy_service.subjects.notices.sending import send_notices
from tests.mails import Mails
from tests.managing.conftest import Api
from tests.shop import make_destination
from tests.subjects.conftest import DORA
from tests.subjects.notices.conftest import Forget, mail_to
from workspaces.models import User, Workspace


def test_nothing_but_hashes_stays_of_what_is_long_over_and_they_prove_it(
    workspace: Workspace, notices: NoticeSettings, forget: Forget, alice: User, owner: Api, mails: Mails
) -> None:
    make_destination(workspace, "manual", {"steps": "Look."})
    request = forget()
    settle_by_hand(request.receipts.get().pk, proof="Ticket 4711", by=alice)
    handed_out = document_of(Certificate.objects.get())
    send_notices()
    early = purge_log(timezone.now() + timedelta(days=89))

    purged = [purge_log(timezone.now() + timedelta(days=91)) for _ in range(2)]

    request.refresh_from_db()
    assert (early, purged, request.purged_at is not None, request.by) == (0, [1, 0], True, None)
    assert [model.objects.count() for model in (Receipt, Notice)] == [0, 0]
    certificate = Certificate.objects.get()
    assert (certificate.manifest, certificate.sha256) == ("", handed_out["sha256"])
    assert (forgotten(workspace, [DORA]), verify(handed_out).verdict) == ([request], Verdict.GENUINE)
    listed = owner.get("/subject-requests").json["subject_requests"]
    gone = [owner.get(f"/subject-requests/{request.pk}{path}").status for path in ("", "/certificate")]
    [proof] = owner.post("/subject-requests/proofs", {"identifiers": [{"kind": "email", "value": DORA.value}]}).json[
        "forgotten"
    ]
    assert (listed, gone, proof["purged"], proof["sha256"]) == ([], [404, 404], True, handed_out["sha256"])


def test_whoever_is_still_to_be_told_is_not_forgotten_over_it(
    notices: NoticeSettings, forget: Forget, mails: Mails
) -> None:
    NoticeSettings.objects.update(next_run_at=timezone.now() + timedelta(days=400))
    forget()

    assert (purge_log(timezone.now() + timedelta(days=200)), Notice.objects.count()) == (0, 1)


def test_where_a_controller_is_told_goes_with_the_log_once_it_has_been_told(
    workspace: Workspace, forget: Forget, alice: User
) -> None:
    url = "https://controller.example.com/heard?who=canary"
    asked = ControllerRequest.objects.create(
        workspace=workspace, controller=alice, number=uuid4(), version=2, body=b"", request=forget(), callbacks=[url],
        starts_at=timezone.now(),
    )  # fmt: skip
    given_up = Callback.objects.create(asked=asked, url=url, state="completed", next_try_at=None)
    untold = Callback.objects.create(asked=asked, url=url, state="completed")
    in_100_days = timezone.now() + timedelta(days=100)

    before = purge_log(in_100_days)
    untold.delete()
    after = purge_log(in_100_days)

    asked.refresh_from_db()
    assert (before, after, asked.callbacks, Callback.objects.filter(pk=given_up.pk).exists()) == (0, 1, [], False)


def test_each_workspace_says_how_far_its_log_goes_back(workspace: Workspace, forget: Forget) -> None:
    NoticeSettings.objects.create(workspace=workspace, log_days=10)
    forget()
    in_days = [purge_log(timezone.now() + timedelta(days=days)) for days in (9, 11)]

    assert in_days == [0, 1]


def test_what_was_called_off_proves_nothing_and_what_is_open_stays(workspace: Workspace) -> None:
    open_one, _ = open_request(workspace, Wish.DELETE_ONLY, [DORA])
    cancelled, _ = open_request(workspace, Wish.DELETE_ONLY, [mail_to("eve")])
    cancel(cancelled.pk)

    purged = purge_log(timezone.now() + timedelta(days=91))

    assert (purged, [row.request for row in RequestIdentifier.objects.all()]) == (1, [open_one])
    assert SubjectRequest.objects.get(purged_at=None) == open_one
