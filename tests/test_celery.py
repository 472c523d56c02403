"""The Celery app: every task goes through it, whichever thread sends it."""

from concurrent.futures import ThreadPoolExecutor

from celery import current_app
from django.conf import settings

from privacy_service.rollout.tasks import tell_of_plan


def test_a_task_sent_from_a_servers_thread_goes_to_our_broker() -> None:
    with ThreadPoolExecutor(1) as threads:
        name, broker, task_app = threads.submit(
            lambda: (current_app.main, current_app.conf.broker_url, tell_of_plan.app.main)
        ).result()

    assert (name, broker, task_app) == ("privacy_service", settings.REDIS_URL, "privacy_service")


def test_the_worker_finds_the_app_by_the_name_of_the_package() -> None:
    from celery.app.utils import find_app  # noqa: PLC0415 - as above.
    from celery.bin.celery import celery  # noqa: F401, PLC0415 - the command line's own way, not loaded for others.

    assert find_app("privacy_service").main == "privacy_service"
