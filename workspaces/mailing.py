"""Whether mail can be sent at all: an installation may have no mail server."""

from django.conf import settings

_OVER_SMTP = "django.core.mail.backends.smtp.EmailBackend"


class NoMailServer(OSError):
    """PRIVACY_MAIL_HOST names no server, so nobody can be told by mail."""


def mail_is_set_up() -> bool:
    """Say whether a mail server is named, or mails go another way."""
    return bool(settings.EMAIL_HOST) or settings.EMAIL_BACKEND != _OVER_SMTP
