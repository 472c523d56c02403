"""What is behind the gateway: it fails, or its answer cannot be passed on."""

from privacy_service.exceptions.base import PrivacyError


class UpstreamFailed(PrivacyError):
    """The upstream could not be asked, or broke off before anything of its answer was passed on."""

    status = 502
    reason = "upstream-failed"
    title = "The upstream does not answer as it should"
    detail = "Nothing was passed on. Ask whoever runs the upstream."


class UpstreamUnreadable(UpstreamFailed):
    """The upstream's answer must be masked and cannot be read."""

    reason = "upstream-unreadable"
    title = "The upstream's answer cannot be masked"


class UpstreamUnavailable(UpstreamFailed):
    """The upstream has failed again and again, or has no connection free."""

    status = 503
    reason = "upstream-unavailable"
    title = "The upstream is left alone for a while"
    detail = "It has failed several times, or is busy. Try again after as many seconds as Retry-After says."


class UpstreamTimeout(UpstreamFailed):
    """The upstream took too long."""

    status = 504
    reason = "upstream-timeout"
    title = "The upstream takes too long"
    detail = "Nothing was passed on. Try again, or ask whoever runs the upstream."
