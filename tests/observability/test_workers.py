"""The numbers of a worker, and the page that shows them."""

import re
from time import time
from types import SimpleNamespace
from urllib.request import urlopen

import pytest
from celery.signals import task_postrun, task_prerun
from pytest_django import Settings

from privacy_service.celery import SENT_AT
from privacy_service.observability import metrics, workers
from tests.services import free_port


def value_of(sample: str) -> float:
    """Return what the page says of a sample, 0 where it says nothing."""
    found = re.search(rf"^{re.escape(sample)} (\S+)$", metrics.exposition().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.mark.django_db
def test_a_task_is_counted_with_how_long_it_waited_and_took() -> None:
    task = SimpleNamespace(name="some.task", request=SimpleNamespace(**{SENT_AT: time() - 3}))

    task_prerun.send(sender="some.task", task=task)
    task_postrun.send(sender="some.task", task=task, state="FAILURE")

    assert value_of('privacy_tasks_total{state="failure",task="some.task"}') == 1
    assert value_of('privacy_task_wait_seconds_bucket{le="1.0",task="some.task"}') == 0
    assert value_of('privacy_task_wait_seconds_bucket{le="5.0",task="some.task"}') == 1
    assert value_of('privacy_task_seconds_count{task="some.task"}') == 1


def test_a_worker_shows_its_numbers_where_it_is_told_to(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy_service.observability import facts  # noqa: PLC0415 - only here.

    monkeypatch.setattr(facts, "SOURCES", {})  # A thread of its own would ask another database than this test's.
    facts.forget()
    port = free_port()
    settings.PRIVACY_METRICS_LISTEN = f"127.0.0.1:{port}"
    workers.serve()

    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        assert b"privacy_fail_closed_total" in page.read()
    with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as page:
        assert page.read() == b"ok\n"
