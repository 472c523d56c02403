"""The service as a whole, as a Django app."""

from django.apps import AppConfig


class ServiceConfig(AppConfig):
    """Has every process that runs the service send its tasks through the service's own Celery app."""

    name = "privacy_service"

    def ready(self) -> None:
        """Make the Celery app the one that tasks are sent through."""
        from privacy_service import celery  # noqa: F401, PLC0415 - importing it is what does it; it reads settings.
