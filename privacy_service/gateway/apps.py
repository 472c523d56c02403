"""The Django app of upstreams and integrated systems."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """Watches upstreams, so that every gateway process follows them within two seconds."""

    name = "privacy_service.gateway"
    label = "gateway"

    def ready(self) -> None:
        """Connect the access stamp to the upstreams."""
        from privacy_service.gateway.models import Upstream  # noqa: PLC0415 - models exist only once the apps are loaded.
        from workspaces import stamp  # noqa: PLC0415 - as above.

        stamp.watch_models(Upstream)
