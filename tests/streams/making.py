"""Flows, functions, topics and packages that a test makes with a line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from redis import Redis

from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.flow import Converter, Flow, Operator, Service, Topic, Transform
from privacy_service.streams.functions import BUILT_IN
from privacy_service.streams.functions.making import function_of
from privacy_service.streams.records import Failed, Function, Outcome, Record

SINKS = ("out", "ads", "mail")


def make_flow(*transforms: Transform, namespace: str = "acme", sinks: tuple[str, ...] = SINKS) -> Flow:
    """Return a flow from `in` to sinks, through these."""
    topics = {name: Topic(name, Converter.RAW) for name in ("in", *sinks)}
    service = Service("service", ("in",), transforms, sinks)
    return Flow("flow", "0.1.0", namespace, Path(), (), topics, (service,))


def built_in(name: str, options: Mapping[str, Any], **fields: Any) -> Function:
    """Return a built-in function with options."""
    transform = Transform(BUILT_IN[name].operator, name, options)
    flow = make_flow(transform, **fields)
    return function_of(transform, flow, flow.services[0])


def values(function: Function, *records: bytes) -> list[Any]:
    """Return what a function makes of records: values, with their sinks where they have one, or troubles."""
    return [_plain(outcome) for outcome in function([Record(value) for value in records])]


def _plain(outcome: Outcome) -> Any:
    if isinstance(outcome, Failed):
        return str(outcome.trouble)
    plain = [(record.to, record.value) if record.to else record.value for record in outcome]
    return plain[0] if len(plain) == 1 else plain


MANIFEST = """\
apiVersion: 0.4.0
meta: {name: text, version: 0.1.0, namespace: acme}
types:
  person: {type: object, properties: {name: {type: string}}}
functions:
  shout: {operator: map, inputs: [{name: text, type: string}], output: {type: string}}
"""
CODE = """\
def shout(text):
    return text.upper()
"""


def make_package(folder: Path, *, manifest: str = MANIFEST, code: str = CODE, tests: str = "") -> Path:
    """Write a package, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sdf-package.yaml").write_text(manifest)
    (folder / "functions.py").write_text(code)
    if tests:
        (folder / "tests.yaml").write_text(tests)
    return folder


def declared(operator: Operator, takes: str, gives: str) -> str:
    """Return a manifest with one function, `act`, between these types."""
    output = "" if operator is Operator.FILTER else f", output: {gives}"
    return MANIFEST.partition("functions:")[0] + (
        f"functions:\n  act: {{operator: {operator}, inputs: [{{name: value, {takes}}}]{output}}}\n"
    )


@contextmanager
def empty_broker() -> Iterator[RedisBroker]:
    """Give acme's topics, on a Redis with nothing in it."""
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    broker = RedisBroker(settings.REDIS_URL, "acme")
    yield broker
    broker.close()
