"""The Django app of the management API."""

from django.apps import AppConfig


class ManagingConfig(AppConfig):
    """Keeps answers to requests that carry an Idempotency-Key, for a day."""

    name = "privacy_service.managing"
    label = "managing"

    def ready(self) -> None:
        """Tell the API's description how callers authenticate."""
        from privacy_service.managing import schema  # noqa: F401, PLC0415 - importing it registers the extension.
