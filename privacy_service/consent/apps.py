"""What people agree to, as a Django app."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Categories of a workspace, choices on record, and the banner."""

    name = "privacy_service.consent"
    verbose_name = "Consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the masking API ask who has agreed, ingests answered, and every process hear of changed settings."""
        from privacy_service.consent.endpoints import check  # noqa: PLC0415 - it reads settings.
        from privacy_service.consent.models import ConsentSettings  # noqa: PLC0415 - as above.
        from privacy_service.consent.screening import without_unagreed  # noqa: PLC0415 - as above.
        from privacy_service.enforcement.screening import SCREENS  # noqa: PLC0415 - as above.
        from privacy_service.hotpath import ENDPOINTS  # noqa: PLC0415 - as above.
        from workspaces import stamp  # noqa: PLC0415 - as above.

        stamp.watch_models(ConsentSettings)
        ENDPOINTS["consents/check"] = check
        SCREENS.insert(0, without_unagreed)  # First: nothing is learnt of an event that goes no further.
