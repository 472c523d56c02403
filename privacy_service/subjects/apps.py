"""The people the data is about, as a Django app."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """Suppressions."""

    name = "privacy_service.subjects"
    verbose_name = "Subjects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the masking API ask whether an event is about somebody who is suppressed."""
        from privacy_service.enforcement.screening import SCREENS  # noqa: PLC0415 - it reads settings.
        from privacy_service.subjects.screening import without_suppressed  # noqa: PLC0415 - as above.

        SCREENS.append(without_suppressed)
