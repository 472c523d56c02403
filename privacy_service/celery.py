"""The workers."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")

app = Celery("privacy_service")
# A server answers in threads of its own, and what is current in the thread that made the app is nothing there: without
# this a task sent by a request would go to an app of Celery's own, and to a broker that nobody has.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
