"""Reading a topic: some of its records at once, or those that come from now on."""

from functools import partial

from django.conf import settings

from privacy_service.answering import answers
from privacy_service.http import PRIVATE, Answer, Call, Headers
from privacy_service.streams.topics.asking import ENDPOINT, Asked, asked_in
from privacy_service.streams.topics.carrying import pages
from privacy_service.streams.topics.following import Following
from privacy_service.streams.topics.visits import admitted


def records(call: Call, name: str) -> tuple[Answer, Following | None]:
    """Return the answer to a request for a topic; what goes on has its body beside it."""
    followings: list[Following] = []
    answer = answers(ENDPOINT, "GET")(partial(_answer, name=name, followings=followings))(call)
    return answer, followings[0] if followings else None


def _answer(call: Call, *, name: str, followings: list[Following]) -> Answer:
    asked = asked_in(call)
    visit = admitted(call, name)
    if asked.follow:
        followings.append(Following(pages(call, visit, asked), asked))
        return Answer(200, _headers(call, asked), b"")
    body = bytearray()
    for page in pages(call, visit, asked):
        body += page
        if len(body) > settings.PRIVACY_BODY_LIMIT_BYTES:  # The reader goes on from the last id.
            break
    return Answer(200, _headers(call, asked), bytes(body))


def _headers(call: Call, asked: Asked) -> Headers:
    # A proxy that gathers an answer before it passes it on would keep a reader waiting for ever.
    own = (("Content-Type", asked.content_type), ("PII-Request-Id", call.id), ("X-Accel-Buffering", "no"))
    return (*own, *PRIVATE)
