"""What was asked about: it is not there, or not as the caller thought, or cannot be changed now."""

from privacy_service.exceptions.base import PrivacyError


class UnknownWorkspace(PrivacyError):
    """There is no such workspace, or the key does not reach it."""

    status = 404
    reason = "unknown-workspace"
    title = "There is no such workspace"
    detail = "Check the workspace's slug, and that the key is not bound to another workspace."


class UnknownSource(PrivacyError):
    """The workspace has no such source."""

    status = 404
    reason = "unknown-source"
    title = "The workspace has no such source"
    detail = "Check the slug in PII-Source or Source, or leave it out: then only rights for every source count."


class UnknownDestination(PrivacyError):
    """The workspace has not said which consent this destination needs."""

    status = 404
    reason = "unknown-destination"
    title = "The workspace does not say which consent this destination needs"
    detail = (
        "Check the name; an owner lists it under `destinations` of /consent-settings, with [] where none is needed."
    )


class UnknownUpstream(PrivacyError):
    """The workspace has no such upstream."""

    status = 404
    reason = "unknown-upstream"
    title = "The workspace has no such upstream"
    detail = "Check the path: /gateway/{workspace}/{upstream}/... An administrator adds upstreams in the admin."


class UnknownTopic(PrivacyError):
    """The workspace has no such topic."""

    status = 404
    reason = "unknown-topic"
    title = "The workspace has no such topic"
    detail = "Topics are listed at /v1/workspaces/{workspace}/topics; running a flow registers its own."


class NoSuchPath(PrivacyError):
    """No path of the API looks like this."""

    status = 404
    reason = "no-such-path"
    title = "There is no such path"
    detail = "The paths of the API are listed at /docs."


class NoSuchResource(PrivacyError):
    """The workspace has nothing with this id."""

    status = 404
    reason = "no-such-resource"
    title = "The workspace has nothing with this id"
    detail = "Check the id; a list of what is there comes from the path without it."


class Conflict(PrivacyError):
    """What is there already does not go together with this."""

    status = 409
    reason = "conflict"
    title = "This does not go together with what is there"


class LastOwner(Conflict):
    """The workspace would be left without an owner who can act."""

    reason = "last-owner"
    title = "A workspace needs an owner"
    detail = "Make somebody else an owner first."


class ReleaseRefused(Conflict):
    """The release does not move as asked."""

    reason = "release-refused"
    title = "The release does not move"


class GatesClosed(ReleaseRefused):
    """A gate is not green, so the release goes no wider."""

    reason = "gates-closed"
    title = "A gate of the release is not green"


class Stale(PrivacyError):
    """What If-Match names has changed since."""

    status = 412
    reason = "stale"
    title = "This has changed since it was read"
    detail = "Read it again, look at what has changed, and send the new ETag in If-Match."


class OffNotKept(PrivacyError):
    """The release is off, and the database does not know it yet."""

    reason = "off-not-kept"
    title = "The release is off, though the database does not know it yet"
