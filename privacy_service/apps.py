"""The service as a whole, as a Django app."""

from django.apps import AppConfig

from privacy_service.crashes import forbid_core_dumps


class ServiceConfig(AppConfig):
    """Has every process that runs the service send its tasks through its own Celery app, and leave no core dump."""

    name = "privacy_service"

    def ready(self) -> None:
        """Make the Celery app the one that tasks are sent through; a crash shall write down nobody's data."""
        from privacy_service import celery  # noqa: F401, PLC0415 - importing it is what does it; it reads settings.

        forbid_core_dumps()
