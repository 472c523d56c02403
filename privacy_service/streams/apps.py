"""The Django app of flows: packages that were published, and topics that can be read over HTTP."""

from django.apps import AppConfig


class StreamsConfig(AppConfig):
    """Watches topics, so that a change of who may read one is known to every process within two seconds."""

    name = "privacy_service.streams"
    label = "streams"

    def ready(self) -> None:
        """Connect the access stamp to the topics."""
        from privacy_service.streams.models import RegisteredTopic  # noqa: PLC0415 - models exist only once the apps are loaded.
        from workspaces import stamp  # noqa: PLC0415 - as above.

        stamp.watch_models(RegisteredTopic)
