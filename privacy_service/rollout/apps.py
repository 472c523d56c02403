"""The Django app of the release."""

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.db.models.signals import post_save

if TYPE_CHECKING:
    from workspaces.models import Workspace


class RolloutConfig(AppConfig):
    """Watches the flag, so that every process follows it within two seconds, and who is internal or a beta tester."""

    name = "privacy_service.rollout"
    label = "rollout"
    verbose_name = "Release"

    def ready(self) -> None:
        """Connect the access stamp to the flag, and the history to workspaces."""
        from privacy_service.observability import facts as looked_up  # noqa: PLC0415 - as below.
        from privacy_service.rollout import facts  # noqa: PLC0415 - as below.
        from privacy_service.rollout.models import Flag  # noqa: PLC0415 - models exist only once the apps are loaded.
        from workspaces import stamp  # noqa: PLC0415 - as above.
        from workspaces.models import Workspace  # noqa: PLC0415 - as above.

        stamp.watch_models(Flag)
        looked_up.register(facts.SOURCE)
        post_save.connect(_on_workspace_saved, sender=Workspace, dispatch_uid="rollout-standing")


def _on_workspace_saved(*, instance: "Workspace", created: bool, **_: object) -> None:
    from privacy_service.rollout.release import note_standing  # noqa: PLC0415 - as above.

    if not created or instance.is_internal or instance.is_beta_tester:
        note_standing(instance)
