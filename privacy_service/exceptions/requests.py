"""What was sent: it cannot be understood, or not be taken."""

from collections.abc import Mapping

from privacy_service.exceptions.base import PrivacyError


class BadRequest(PrivacyError):
    """The request cannot be understood."""

    status = 400
    reason = "bad-request"
    title = "The request cannot be understood"


class ActorMissing(BadRequest):
    """The caller did not say who is going to read the answer."""

    reason = "actor-missing"
    title = "The reader is not named"
    detail = "Send the reader's e-mail or external id in Actor or X-Actor."


class ActorUnclear(BadRequest):
    """The request names two readers, or one with characters that no name has."""

    reason = "actor-unclear"
    title = "It is not clear who the reader is"
    detail = "Name one reader, in one place, with letters outside ASCII percent-encoded."


class SourceUnclear(BadRequest):
    """The request names two sources, or one with characters that no name has."""

    reason = "source-unclear"
    title = "It is not clear which source the data is from"
    detail = "Name one source by its slug, in PII-Source or Source."


class PurposeMissing(BadRequest):
    """Somebody wants values back and does not say what for."""

    reason = "purpose-missing"
    title = "It is not said what for"
    detail = "Say in PII-Purpose what the values are needed for, such as a ticket's number: the audit trail keeps it."


class SubjectUnclear(BadRequest):
    """The request does not say in a known way whom its data is about."""

    reason = "subject-unclear"
    title = "It is not clear whom the data is about"
    detail = "Name one person in PII-Subject as kind=value, such as user_id=9 or email=dora@example.com."


class CursorRefused(BadRequest):
    """The cursor of a list is not one that this list gave out."""

    reason = "cursor-refused"
    title = "This cursor does not belong to this list"
    detail = (
        "Take `pagination.next` or `pagination.previous` of an answer to the same query, or begin without a cursor."
    )


class MomentUnknown(BadRequest):
    """The moment asked about is none, lies ahead, or lies before the history begins."""

    reason = "moment-unknown"
    title = "Nothing is known of this moment"
    detail = "Give a moment that has passed, such as 2026-10-01T00:00Z, and not one before the service kept a history."


class InvalidBody(BadRequest):
    """The body is not what its content type says."""

    reason = "invalid-body"
    title = "The body is not what its content type says"


class MethodNotAllowed(PrivacyError):
    """The path does not take this method."""

    status = 405
    reason = "method-not-allowed"
    title = "This method is not taken here"


class LengthRequired(PrivacyError):
    """The body does not say how long it is, so that one cut short could not be told from a whole one."""

    status = 411
    reason = "length-required"
    title = "The length of the body is missing"
    detail = "Send Content-Length; a chunked body is not taken here."


class BodyTooLarge(PrivacyError):
    """The body is over the limit."""

    status = 413
    reason = "body-too-large"
    title = "The body is over the limit"


class UnsupportedMediaType(PrivacyError):
    """The content type is not one that can be masked."""

    status = 415
    reason = "unsupported-media-type"
    title = "This content type cannot be masked"


class BodyTooDeep(PrivacyError):
    """The body is nested deeper than the limit."""

    status = 422
    reason = "body-too-deep"
    title = "The body is nested too deeply"


class SubjectSuppressed(PrivacyError):
    """Some of what was sent is about people whose new data is not taken in, and is refused for it."""

    status = 422
    reason = "subject-suppressed"
    title = "Some of this is about people whose data is no longer taken in"
    detail = (
        "Leave out the events at the places (from 0) that `events` lists; no further data about these people is kept."
    )


class ConsentMissing(PrivacyError):
    """Some of what was sent is about people who have not agreed to where it goes, and is refused for it."""

    status = 422
    reason = "consent-missing"
    title = "Some of this is about people who have not agreed to where it goes"
    detail = "Leave out the events at the places (from 0) that `events` lists, or send them elsewhere."


class IdempotencyKeyReused(PrivacyError):
    """The Idempotency-Key came before, with another body."""

    status = 422
    reason = "idempotency-key-reused"
    title = "This Idempotency-Key came before with another body"
    detail = "Send the same body again to get the same answer, or a new key for a new request."


class InvalidFields(PrivacyError):
    """The body or the query is well formed, but says what cannot be."""

    status = 422
    reason = "invalid-fields"
    title = "A field cannot be taken as it is"
    detail = "See `errors`: each field with what to change."


class IfMatchMissing(PrivacyError):
    """The write could undo somebody else's, unread."""

    status = 428
    reason = "if-match-missing"
    title = "If-Match is needed for this write"
    detail = "Send the ETag of what you have read in If-Match, so that nobody's change is lost."


class LeakBlocked(PrivacyError):
    """A masked body still showed what was to be hidden, and was withheld; the trail alone says of which kind."""

    status = 503
    reason = "leak-found"
    title = "The masked answer was withheld"
    detail = "It still showed something that was to be hidden. Tell whoever runs this service, with the request id."

    def __init__(self, entities: Mapping[str, int]) -> None:
        super().__init__()
        self.entities = dict(entities)


class Overloaded(PrivacyError):
    """More is asked than can be answered; this request was refused before any work on it."""

    reason = "overloaded"
    title = "The service has more to do than it can"
    detail = "Nothing was decided or passed on. Try again after as many seconds as Retry-After says."

    def __init__(self) -> None:
        super().__init__(Retry_After="1")


class UpgradeRefused(PrivacyError):
    """The client asks for another protocol, whose messages the gateway does not read."""

    status = 501
    reason = "upgrade-refused"
    title = "The gateway speaks plain HTTP alone"
    detail = "WebSocket and other upgrades are not passed on: what they carry could not be masked."


class NotOffered(PrivacyError):
    """A dialect's contract has a call that this service does not offer."""

    status = 501
    reason = "not-offered"
    title = "This service does not offer this call"
    detail = "Files and sound are not processed here, only text: see docs/dialects.md."
