"""The Django app of the inventory."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Fields, sources as they are documented, and scans."""

    name = "privacy_service.inventory"
    label = "inventory"
    verbose_name = "Inventory"

    def ready(self) -> None:
        """Have what is known of sources followed by every process, and the Inbox shown among the metrics."""
        from privacy_service.inventory import standing  # noqa: PLC0415 - models exist only once the apps are loaded.
        from privacy_service.inventory.models import InventorySettings, SourceNote  # noqa: PLC0415 - as above.
        from privacy_service.observability import facts  # noqa: PLC0415 - as above.
        from workspaces import stamp  # noqa: PLC0415 - as above.

        stamp.watch_models(SourceNote, InventorySettings)
        facts.register(standing.SOURCE)
