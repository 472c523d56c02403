"""The app of the console."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Has pages and words, no tables; knows when somebody signed in."""

    name = "privacy_service.console"
    label = "console"

    def ready(self) -> None:
        """Remember in each new session when it began."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out  # noqa: PLC0415 - apps are loaded by now.

        from privacy_service.console.sessions import begin, end  # noqa: PLC0415 - as above.

        user_logged_in.connect(begin, dispatch_uid="console.sessions.begin")
        user_logged_out.connect(end, dispatch_uid="console.sessions.end")
