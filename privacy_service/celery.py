"""The workers."""

import os
from time import time
from typing import Any

from celery import Celery
from celery.signals import before_task_publish

from privacy_service.observability import naming_tasks

QUEUE = "celery"
SENT_AT = "privacy_sent_at"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")

app = Celery("privacy_service")
# A server answers in threads of its own, and what is current in the thread that made the app is nothing there: without
# this a task sent by a request would go to an app of Celery's own, and to a broker that nobody has.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["privacy_service.observability"], related_name="workers")


@before_task_publish.connect
def _note_when(headers: dict[str, Any], **_: object) -> None:
    """Write on each task when it was sent, so that whoever looks sees how long it waits."""
    headers[SENT_AT] = time()


naming_tasks.connect()
