"""What the writers of rights refuse; each message says what to do instead."""


class RightsRefused(Exception):
    """A change of rights that must not be made; nothing was written."""


class TermsRefused(RightsRefused):
    """A grant on terms that mean nothing, or that would give more than they say."""


class LastOwner(RightsRefused):
    """A change that would leave a workspace without an owner."""


class NotAMember(RightsRefused):
    """Rights for somebody who does not belong to the workspace."""


class EmergencyRefused(RightsRefused):
    """Emergency access that may not be asked for, or may not be answered by this person; `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
