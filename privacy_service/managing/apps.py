"""The Django app of the management API."""

from django.apps import AppConfig


class ManagingConfig(AppConfig):
    """Keeps answers to requests that carry an Idempotency-Key, for a day."""

    name = "privacy_service.managing"
    label = "managing"
