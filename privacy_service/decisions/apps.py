"""The Django app of decisions, policies and the audit trail."""

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from privacy_service.observability import facts, queues


class DecisionsConfig(AppConfig):
    """Watches policies, so that every process follows them within two seconds, and keeps acts of management."""

    name = "privacy_service.decisions"
    label = "decisions"

    def ready(self) -> None:
        """Connect the access stamp to the policies, and the audit trail to the acts."""
        from privacy_service.decisions.audit import acts, lag  # noqa: PLC0415 - models exist once the apps are loaded.
        from privacy_service.decisions.models import Policy  # noqa: PLC0415 - as above.
        from workspaces import stamp  # noqa: PLC0415 - as above.

        stamp.watch_models(Policy)
        acts.connect()
        facts.register(lag.SPOOL)
        facts.register(lag.FORWARDING)
        facts.register(queues.SOURCE)
        # SQLite makes a table anew to change a column, and its triggers go with the old one.
        post_migrate.connect(_guard_trail, sender=self, dispatch_uid="audit-guard")


def _guard_trail(*, using: str, **_: object) -> None:
    from privacy_service.decisions.audit import guard  # noqa: PLC0415 - as above.

    connection = connections[using]
    if guard.CHAINS in connection.introspection.table_names():  # Not so where one migrates back.
        guard.install(connection)
