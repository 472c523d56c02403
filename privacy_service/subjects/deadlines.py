"""How the requests stand whose time is running: for Prometheus, whose alerts tell a person before a law is broken."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Min
from django.utils import timezone

from privacy_service.observability.facts import Fact, Reading, Source
from privacy_service.subjects.lifecycle import State
from privacy_service.subjects.models import Notice, Receipt, Status, SubjectRequest
from privacy_service.subjects.outages import left_alone
from privacy_service.subjects.queue import due

OPEN = Fact("privacy_subject_requests_open", "Requests that are not completed, by how near their deadline is", ("due",))
NEED_PERSON = Fact("privacy_subject_receipts_failed", "Answers of systems that a person must see to")
UNTOLD = Fact("privacy_subject_notices_failed", "People who could not be told by mail that they were forgotten")
NOTICES_LATE = Fact("privacy_subject_notice_age_seconds", "For how long the notice that is due longest is not sent")
LATE = Fact("privacy_subject_queue_age_seconds", "For how long the system that is due longest has not been asked")
DOWN = Fact("privacy_subject_destinations_down", "Systems that do not answer, and are left alone for a while")

SOON = timedelta(days=5)


def read() -> Iterator[Reading]:
    """Count what is open, and look at what is due."""
    now = timezone.now()
    running = SubjectRequest.objects.filter(state__in=[State.PENDING, State.IN_PROGRESS])
    overdue, soon = running.filter(due_at__lt=now).count(), running.filter(due_at__range=(now, now + SOON)).count()
    yield Reading(OPEN, overdue, ("overdue",))
    yield Reading(OPEN, soon, ("soon",))
    yield Reading(OPEN, running.filter(due_at__gt=now + SOON).count(), ("later",))
    yield Reading(NEED_PERSON, Receipt.objects.filter(status=Status.FAILED).count())
    yield Reading(DOWN, len(left_alone()))
    first = due().aggregate(first=Min("next_try_at"))["first"]
    yield Reading(LATE, (now - first).total_seconds() if first else 0.0)
    yield Reading(UNTOLD, Notice.objects.filter(state=Notice.State.FAILED).count())
    unsent = Notice.objects.filter(state=Notice.State.WAITING, next_try_at__lte=now)
    first = unsent.aggregate(first=Min("next_try_at"))["first"]
    yield Reading(NOTICES_LATE, (now - first).total_seconds() if first else 0.0)


SOURCE = Source("subjects", (OPEN, NEED_PERSON, LATE, DOWN, UNTOLD, NOTICES_LATE), read)
