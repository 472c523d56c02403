"""Topics of a workspace: their newest records."""

from collections.abc import Iterator
from typing import Any

import orjson
from django.conf import settings

from privacy_service.inventory.restricting import TOPIC
from privacy_service.scanning.sources.base import LONGEST_VALUE, Sample, ScanRefused, sample_of
from privacy_service.streams.addresses import expanded
from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.errors import StreamsError
from privacy_service.streams.models import RegisteredTopic
from workspaces.models import Workspace

ALL = "*"
_KAFKA = "kafka://"


class Topics:
    """One topic of a workspace, or all of them."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self._workspace, self._name = workspace, name

    @property
    def address(self) -> str:
        """Return what names them."""
        return f"{TOPIC}{self._name}"

    @property
    def name(self) -> str:
        """Return the topic's name."""
        return "topics" if self._name == ALL else self._name

    def places(self) -> list[str]:
        """Return the topics that are registered; raise ScanRefused where there is none."""
        topics = RegisteredTopic.objects.filter(workspace=self._workspace).order_by("name")
        names = list((topics if self._name == ALL else topics.filter(name=self._name)).values_list("name", flat=True))
        if not names:
            message = f"No topic {self._name} is registered in {self._workspace}: `manage.py flow register` does it."
            raise ScanRefused(message)
        return [f"{TOPIC}{name}" for name in names]

    def sample(self, place: str, rows: int) -> Sample:
        """Return the newest records of a topic."""
        topic = RegisteredTopic.objects.get(workspace=self._workspace, name=place.removeprefix(TOPIC))
        if topic.address.startswith(_KAFKA):
            message = "It lies on Kafka: have a flow copy it into a topic here, or look at it in its flow."
            raise ScanRefused(message)
        try:
            broker = RedisBroker(expanded(topic.address) or settings.REDIS_URL, self._workspace.slug)
            try:
                values = [record.value for record in broker.newest(topic.name, rows)]
            finally:
                broker.close()
        except StreamsError as error:
            raise ScanRefused(str(error)) from None
        return sample_of(record for value in values for record in _records_in(value))


def _records_in(value: bytes) -> Iterator[dict[str, Any]]:
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        document = value.decode("utf-8", "replace")[:LONGEST_VALUE]
    for one in document if isinstance(document, list) else [document]:
        yield one if isinstance(one, dict) else {"value": one}
