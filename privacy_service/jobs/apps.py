"""The Django app of bulk runs over files and tables."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs, their files and their chunks."""

    name = "privacy_service.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Have the state of jobs shown among the metrics, and files be destinations that forget people."""
        from privacy_service.jobs import standing  # noqa: PLC0415 - models exist only once the apps are loaded.
        from privacy_service.jobs.lakes.driver import FILES  # noqa: PLC0415 - as above.
        from privacy_service.observability import facts  # noqa: PLC0415 - as above.
        from privacy_service.subjects import destinations  # noqa: PLC0415 - as above.

        facts.register(standing.SOURCE)
        destinations.register(FILES)
