"""What Prometheus is told of requests."""

from datetime import timedelta

from django.utils import timezone

from privacy_service.subjects.deadlines import DOWN, LATE, NEED_PERSON, NOTICES_LATE, OPEN, UNTOLD, read
from privacy_service.subjects.lifecycle import Proof, open_request, start
from privacy_service.subjects.models import Notice, Receipt, Status, SubjectRequest, Wish
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import Workspace


def test_open_requests_are_told_by_their_deadline_and_what_waits_by_its_age(workspace: Workspace) -> None:
    make_destination(workspace, "manual", {"steps": "Look into the binder."})
    make_destination(workspace, "webhook", {"url": "https://example.com/"})
    requests = [open_request(workspace, Wish.DELETE_ONLY, [one])[0] for one in (DORA, DORAS_ID)]
    late = start(open_request(workspace, Wish.DELETE_ONLY, [DORA, DORAS_ID])[0].pk, Proof.OWNER)
    now = timezone.now()
    for request, days in zip([late, *requests], [-1, 2, 20], strict=True):
        SubjectRequest.objects.filter(pk=request.pk).update(due_at=now + timedelta(days=days))
    Receipt.objects.filter(name="manual").update(status=Status.FAILED)
    Receipt.objects.filter(name="webhook").update(next_try_at=now - timedelta(minutes=10))
    Notice.objects.create(request=requests[0], state=Notice.State.FAILED)
    Notice.objects.create(request=requests[1], next_try_at=now - timedelta(minutes=10))

    readings = {(reading.fact, *reading.labels): reading.value for reading in read()}

    ages = [readings.pop((LATE,)), readings.pop((NOTICES_LATE,))]
    due: dict[tuple[object, ...], float] = {(OPEN, "overdue"): 1, (OPEN, "soon"): 1, (OPEN, "later"): 1}
    assert readings == due | {(NEED_PERSON,): 1, (DOWN,): 0, (UNTOLD,): 1}
    assert [600 <= age < 660 for age in ages] == [True, True]


def test_where_nothing_waits_the_age_is_nothing(db: None) -> None:
    del db
    assert {reading.value for reading in read()} == {0.0}
