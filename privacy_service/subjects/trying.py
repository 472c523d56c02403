"""When something that failed is tried again, and whether that is of any use."""

import random
from smtplib import SMTPRecipientsRefused

from django.conf import settings

LONGEST_WAIT_SECONDS = 3600.0
_PERMANENT = 500  # SMTP's codes from here on mean that trying again is of no use.


def seconds_to_next_try(attempts: int, *, patience: int = 1, longest: float = LONGEST_WAIT_SECONDS) -> float:
    """Return how long to wait after so many tries: twice as long each time, each at a moment of its own."""
    # Whoever follows a receipt for months may have failed very often: powers of two grow out of any number.
    doubled = settings.PRIVACY_SUBJECTS_RETRY_SECONDS * patience * 2.0 ** min(max(attempts - 1, 0), 30)
    return min(doubled, longest) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret.


def code_of(refused: SMTPRecipientsRefused) -> int:
    """Return the code with which a mail server refused an address."""
    return max((code for code, _ in refused.recipients.values()), default=0)


def is_final(code: int) -> bool:
    """Say whether a mail server's code is for good; a 450 of one that greylists asks to come again."""
    return code >= _PERMANENT
