"""What people agree to, as a Django app."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Categories of a workspace, choices on record, and the banner."""

    name = "privacy_service.consent"
    verbose_name = "Consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have every process hear of changed settings."""
        from privacy_service.consent.models import ConsentSettings  # noqa: PLC0415 - models exist only from here on.
        from workspaces import stamp  # noqa: PLC0415 - as above.

        stamp.watch_models(ConsentSettings)
