"""Recurring work of the management API."""

from celery import shared_task

from privacy_service.managing.models import KeptAnswer


@shared_task(name="managing.forget_answers")
def forget_answers() -> None:
    """Delete the kept answers whose day is over, and with them what could derive an API key again."""
    KeptAnswer.objects.outlived().delete()
