"""Running a flow and looking at it: `manage.py flow run|produce|consume|state|lag`."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from privacy_service.streams.brokers import Brokers
from privacy_service.streams.commands.tables import table
from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Flow, Service
from privacy_service.streams.functions.making import function_of, reader_of
from privacy_service.streams.pipeline import names_of
from privacy_service.streams.reading import found_flow, read_flow
from privacy_service.streams.records import Record
from privacy_service.streams.registering import registered_where_possible
from privacy_service.streams.supervising import Supervisor

Options = dict[str, Any]
METRICS = "metrics"


def add_to(actions: Any) -> None:
    """Add what this module does to the command's actions."""
    run = _action(actions, "run", _run, "carry records until it is stopped")
    run.add_argument("file", nargs="?", type=Path, help="the flow; without one, dataflow.yaml of this folder")
    run.add_argument("--workers", type=_some, default=1, help="processes that share the records, as many as cores")
    run.add_argument("--service", action="append", default=[], help="this service alone; may be given again")
    run.add_argument("--no-dev", action="store_true", help="without what its `dev` says")
    run.add_argument("--once", action="store_true", help="end when nothing is left to do")
    produce = _action(actions, "produce", _produce, "append a record a line, from the terminal or a pipe")
    produce.add_argument("topic")
    consume = _action(actions, "consume", _consume, "show the records of a topic, a line each")
    consume.add_argument("topic")
    consume.add_argument("-B", "--beginning", action="store_true", help="from the beginning, not from now on")
    consume.add_argument("-d", "--disable-continuous", action="store_true", help="stop at the end")
    consume.add_argument("-n", "--num", type=_some, help="stop after so many records")
    state = _action(actions, "state", _state, "show how many records each function transformed, and could not")
    state.add_argument("name", nargs="?", default="", help="SERVICE, SERVICE/FUNCTION or SERVICE/FUNCTION/metrics")
    state.add_argument("--table", action="store_true", help="for people; without it, one JSON object a line")
    _action(actions, "lag", _lag, "show how far each service is behind")
    for action in (produce, consume, state, actions.choices["lag"]):
        action.add_argument("--file", type=Path, help="the flow; without one, dataflow.yaml of this folder")


def _action(actions: Any, name: str, act: Callable[[Options], Iterator[str]], about: str) -> Any:
    parser = actions.add_parser(name, help=about)
    parser.set_defaults(act=act)
    return parser


def _some(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        message = f"{text} is no number above 0"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _run(options: Options) -> Iterator[str]:
    flow = _flow(options)
    services = [_service(flow, name) for name in options["service"]] or list(flow.services)
    _see_that_it_can_run(flow, services)
    workers = options["workers"]
    yield f"{flow.name} {flow.version} in {flow.namespace}: {_of(services, 'service')}, {_of(range(workers), 'worker')}"
    for service in services:
        steps = [", ".join(service.sources), *names_of(service), ", ".join(service.sinks)]
        yield f"  {service.name}: {' → '.join(steps)}"
    yield from (f"  topics: {change}" for change in registered_where_possible(flow))
    if not options["once"]:
        yield "Ctrl-C stops it; `manage.py flow state --table` shows what it has done."
    if not Supervisor(flow, services, workers, once=options["once"]).run():
        message = "A worker could not go on; its message is above."
        raise FlowError(message)
    yield "Done." if options["once"] else "Stopped."


def _see_that_it_can_run(flow: Flow, services: list[Service]) -> None:
    """Load what it needs once before there are processes, which then share it."""
    with closing(Brokers(flow)) as brokers:
        for service in services:
            brokers.of_sources(service)
            for name in service.sources:
                reader_of(flow, flow.topics[name])
            for transform in service.transforms:
                function_of(transform, flow, service)


def _produce(options: Options) -> Iterator[str]:
    flow = _flow(options)
    count = 0
    with closing(Brokers(flow)) as brokers:
        broker = brokers.of(options["topic"])
        for lines in _lines():
            for number, line in enumerate(lines, count + 1):
                if len(line) > settings.PRIVACY_STREAM_RECORD_LIMIT_BYTES:
                    message = f"Record {number} has more than {settings.PRIVACY_STREAM_RECORD_LIMIT_BYTES} bytes."
                    raise FlowError(message)
            broker.write(options["topic"], [Record(line) for line in lines])
            count += len(lines)
            if sys.stdin.isatty():
                yield from ["Ok!"] * len(lines)
    if not sys.stdin.isatty():
        yield f"Ok! {_of(range(count), 'record')} on {options['topic']}"


def _lines() -> Iterator[list[bytes]]:
    """Return the lines of the standard input as they come, as many at once as are there; empty ones are none."""
    rest = b""
    while part := os.read(sys.stdin.fileno(), 1 << 16):
        *lines, rest = (rest + part).split(b"\n")
        yield [line.removesuffix(b"\r") for line in lines if line.strip()]
    if rest.strip():
        yield [rest]


def _consume(options: Options) -> Iterator[str]:
    flow = _flow(options)
    with closing(Brokers(flow)) as brokers:
        broker = brokers.of(options["topic"])
        records = broker.browse(
            options["topic"], from_beginning=options["beginning"], follow=not options["disable_continuous"]
        )
        for count, record in enumerate(records, 1):
            yield record.value.decode("utf-8", "replace")
            if count == options["num"]:
                return


def _state(options: Options) -> Iterator[str]:
    flow = _flow(options)
    wanted = options["name"].removesuffix(f"/{METRICS}")
    names = [(service, name) for service in flow.services for name in names_of(service)]
    chosen = [one for one in names if wanted in ("", one[0].name, f"{one[0].name}/{one[1]}")]
    if not chosen:
        known = ", ".join(f"{service.name}/{name}/{METRICS}" for service, name in names)
        message = f"{flow.name} keeps no state {options['name']}; it keeps {known}."
        raise FlowError(message)
    with closing(Brokers(flow)) as brokers:
        counts = [brokers.of_sources(service).counts(service.name, name) for service, name in chosen]
    if not options["table"]:
        for (service, name), (succeeded, failed) in zip(chosen, counts, strict=True):
            state = f"{service.name}/{name}/{METRICS}"
            row = {"state": state, "key": "stats", "window": "*", "succeeded": succeeded, "failed": failed}
            yield orjson.dumps(row).decode()
        return
    head = ["Key", "Window", "succeeded", "failed"]
    rows = [["stats", "*", *map(str, each)] for each in counts]
    if len(chosen) > 1:
        head.insert(0, "State")
        rows = [[f"{of.name}/{name}/{METRICS}", *row] for (of, name), row in zip(chosen, rows, strict=True)]
    yield from table(head, rows)


def _lag(options: Options) -> Iterator[str]:
    flow = _flow(options)
    with closing(Brokers(flow)) as brokers:
        lags = [lag for each in flow.services for lag in brokers.of_sources(each).lag(each.name, each.sources)]
    rows = [(lag.service, lag.topic, str(lag.waiting), str(lag.pending), f"{lag.age_seconds:.1f} s") for lag in lags]
    yield from table(("Service", "Topic", "waiting", "in work", "oldest"), rows)


def _flow(options: Options) -> Flow:
    return read_flow(found_flow(options["file"]), dev=not options.get("no_dev"))


def _service(flow: Flow, name: str) -> Service:
    for service in flow.services:
        if service.name == name:
            return service
    message = f"{flow.name} has no service {name}; it has {', '.join(one.name for one in flow.services)}."
    raise FlowError(message)


def _of(many: Any, noun: str) -> str:
    return f"{len(many)} {noun}{'s' * (len(many) != 1)}"
