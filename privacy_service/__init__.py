"""Decides what each reader may see, and sees to it."""

from privacy_service.celery import app as celery_app

__all__ = ["celery_app"]
