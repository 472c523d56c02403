"""Why a sign-in through the provider came to nothing."""

from enum import StrEnum

from workspaces.models import User


class Why(StrEnum):
    """One word each, for the trail, the metrics and the page."""

    TOO_MANY = "too-many-tries"
    UNREACHABLE = "provider-unreachable"
    UNREADABLE = "provider-unreadable"
    STATE = "state"
    DECLINED = "declined"
    CODE = "code-exchange"
    TOKEN = "id-token"  # noqa: S105 - a word, no secret.
    EMAIL = "email-not-verified"
    DOMAIN = "domain-not-allowed"
    NO_ID = "id-not-said"
    CONTRADICTION = "two-people"
    UNKNOWN = "unknown-person"
    INACTIVE = "inactive"


class OpenIdRefused(Exception):
    """Nobody is signed in; `why` says at which step, and repeats nothing of what was said there."""

    def __init__(self, why: Why, user: User | None = None) -> None:
        super().__init__(why.value)
        self.why = why
        self.user = user
