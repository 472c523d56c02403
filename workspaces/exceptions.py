"""What the writers of rights, and of what people sign in with, refuse; each message says what to do instead."""


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


class CodeRefused(Exception):
    """A code that proves nothing, or a second factor that is not in the state that the step needs."""

    def __init__(self, message: str = "This code is not valid now.") -> None:
        super().__init__(message)


class FactorStateRefused(CodeRefused):
    """The second factor is on already, or none is on, or none waits for its first code: no code was looked at."""
