"""Tasks sent for later: whoever asked is never refused for the queue's sake."""

import logging

import pytest
from celery import Celery
from django.db import transaction
from kombu.exceptions import OperationalError

from workspaces.queueing import send_task_soon


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, OSError, AttributeError, RuntimeError])
def test_a_queue_out_of_reach_refuses_nobody_and_is_told_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: type[Exception]
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(Celery, "send_task", broken)

    with caplog.at_level(logging.ERROR), transaction.atomic():
        send_task_soon("workspaces.tell_owners", "1")

    assert ["on_commit" in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.django_db(transaction=True)
def test_what_is_not_kept_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(Celery, "send_task", lambda _, *asked: sent.append(asked))

    for ends in (transaction.rollback, transaction.commit):
        with transaction.atomic():
            send_task_soon("workspaces.tell_owners", "1")
            transaction.set_rollback(ends is transaction.rollback)

    assert sent == [("workspaces.tell_owners", ("1",))]
