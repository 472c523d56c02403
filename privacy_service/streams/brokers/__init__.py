"""Where topics lie: Redis Streams, or Kafka as an extra."""

from collections.abc import Mapping

from django.conf import settings

from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.brokers.types import Broker, dead_letters_of
from privacy_service.streams.errors import FlowError, StreamsError
from privacy_service.streams.flow import Flow, Service, Topic
from privacy_service.streams.reading import address_of

KAFKA = "kafka://"


class Brokers:
    """The brokers of one flow, each opened once; for one thread."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._opened: dict[str, Broker] = {}

    def of(self, topic: str) -> Broker:
        """Return where a topic lies; dead letters lie beside what their service reads."""
        return self._at(address_of(self._flow, self._declared(topic)))

    def _declared(self, topic: str) -> Topic:
        for service in self._flow.services:
            if topic == dead_letters_of(service.name):
                return self._flow.topics[service.sources[0]]
        if topic not in self._flow.topics:
            message = f"{self._flow.name} has no topic {topic}; it has {', '.join(self._flow.topics)}."
            raise FlowError(message)
        return self._flow.topics[topic]

    def of_sources(self, service: Service) -> Broker:
        """Return where all sources of a service lie; raise FlowError where they do not lie together."""
        addresses = {address_of(self._flow, self._flow.topics[name]) for name in service.sources}
        if len(addresses) > 1:
            message = f"{service.name} reads topics of different brokers: give each broker a service of its own."
            raise FlowError(message)
        return self._at(addresses.pop())

    def elsewhere(self, service: Service) -> Mapping[str, Broker]:
        """Return the sinks of a service that lie on another broker than its sources."""
        source = self.of_sources(service)
        return {name: self.of(name) for name in service.sinks if self.of(name) is not source}

    def kept(self, service: Service) -> Mapping[Broker, Mapping[str, Topic]]:
        """Return the topics of a service, by their brokers."""
        found: dict[Broker, dict[str, Topic]] = {}
        for name in (*service.sources, *service.sinks):
            found.setdefault(self.of(name), {})[name] = self._flow.topics[name]
        return found

    def close(self) -> None:
        """Let go of every connection."""
        for broker in self._opened.values():
            broker.close()

    def _at(self, address: str) -> Broker:
        url = address or settings.REDIS_URL
        if url not in self._opened:
            self._opened[url] = opened(url, self._flow.namespace)
        return self._opened[url]


def opened(url: str, namespace: str) -> Broker:
    """Return the topics of a namespace at an address."""
    if not url.startswith(KAFKA):
        return RedisBroker(url, namespace)
    try:
        from privacy_service.streams.brokers.kafka import KafkaBroker  # noqa: PLC0415 - an extra of the installation.
    except ImportError:
        message = "Kafka is an extra: pip install 'privacy-service[kafka]'."
        raise StreamsError(message) from None
    return KafkaBroker(url, namespace, RedisBroker(settings.REDIS_URL, namespace))
