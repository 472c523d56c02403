"""Records on their way to a reader: read, shown, put on record, sent; the reader's rights are asked again each time."""

from collections import Counter
from collections.abc import Generator, Sequence

from django.conf import settings

from privacy_service.decisions.audit import record as put_on_record
from privacy_service.exceptions import NotOffered, PrivacyError
from privacy_service.http import Call, new_request_id
from privacy_service.observability import metrics
from privacy_service.streams.addresses import expanded
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.errors import FlowError, StreamsError
from privacy_service.streams.models import RegisteredTopic
from privacy_service.streams.records import Record
from privacy_service.streams.topics.asking import END, ENDPOINT, Asked
from privacy_service.streams.topics.showing import shown
from privacy_service.streams.topics.visits import Visit, renewed

WAIT_SECONDS = 1.0  # So long a reader waits for records before their rights are asked again.
_PAGE = 50  # Each may be as large as a record can be.
_KAFKA = "kafka://"


def pages(call: Call, visit: Visit, asked: Asked) -> Generator[bytes, None, None]:
    """Yield records page by page, and nothing where none came in a while; raise PrivacyError, also midway.

    A page goes out only once the reader's rights were asked after it was read, and once it is on record.
    """
    left = asked.most
    broker = _broker_of(visit.topic)
    try:
        after = _start(broker, visit.topic, asked)
        while left is None or left > 0:
            most = _PAGE if left is None else min(_PAGE, left)
            records = broker.page(
                visit.topic.name, after=after, most=most, wait_seconds=WAIT_SECONDS if asked.follow else 0
            )
            visit = renewed(visit, call)
            if not records and not asked.follow:
                return
            yield _page(call, visit, records, asked) if records else b""
            after = records[-1].id if records else after
            left = None if left is None else left - len(records)
    except StreamsError:
        raise _unreachable() from None
    finally:
        broker.close()


def _broker_of(topic: RegisteredTopic) -> RedisBroker:
    try:
        address = expanded(topic.address) or settings.REDIS_URL
    except FlowError:
        raise _unreachable() from None
    if address.startswith(_KAFKA):
        message = (
            "This topic lies on Kafka, whose topics are not read over HTTP: read it there, or have a flow copy it."
        )
        raise NotOffered(message)
    return RedisBroker(address, topic.workspace.slug)


def _start(broker: RedisBroker, topic: RegisteredTopic, asked: Asked) -> str:
    return broker.last_id(topic.name) if asked.start == END else asked.start


def _page(call: Call, visit: Visit, records: Sequence[Record], asked: Asked) -> bytes:
    counts: Counter[str] = Counter()
    lines = [_framed(each, shown(each, visit, counts), asked) for each in records]
    named = call.named or {"request_id": call.id}
    put_on_record(visit.decision, visit.access, visit.occasion._replace(id=new_request_id(), named=named), counts)
    for entity, count in counts.items():
        metrics.masked_entities.add(entity, amount=count)
    return b"".join(lines)


def _framed(record: Record, line: bytes, asked: Asked) -> bytes:
    return b"id: %s\ndata: %s\n\n" % (record.id.encode(), line) if asked.as_events else line + b"\n"


def _unreachable() -> PrivacyError:
    metrics.fail_closed.add(ENDPOINT)
    message = "The topic's broker cannot be reached now. Try again shortly, from the last id that came."
    return PrivacyError(message, Retry_After="1")
