"""The Django app of the release."""

from django.apps import AppConfig


class RolloutConfig(AppConfig):
    """Watches the flag, so that every process follows it within two seconds."""

    name = "privacy_service.rollout"
    label = "rollout"
    verbose_name = "Release"

    def ready(self) -> None:
        """Connect the access stamp to the flag."""
        from privacy_service.rollout.models import Flag  # noqa: PLC0415 - models exist only once the apps are loaded.
        from workspaces import stamp  # noqa: PLC0415 - as above.

        stamp.watch_models(Flag)
