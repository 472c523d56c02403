"""From the steps that a flow describes to the functions that a worker calls."""

from typing import Any

import orjson

from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Converter, Flow, Imported, Service, Topic, Transform
from privacy_service.streams.functions import BUILT_IN
from privacy_service.streams.functions.base import Each, Place
from privacy_service.streams.functions.imported import imported
from privacy_service.streams.packages.loading import load
from privacy_service.streams.packages.manifest import Package
from privacy_service.streams.packages.registry import found_in, unpacked
from privacy_service.streams.parts import Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble
from privacy_service.streams.schemas import Type, mismatch


def function_of(transform: Transform, flow: Flow, service: Service) -> Function:
    """Return what carries out one step of a service; raise FlowError where its package or its options are wrong."""
    own = BUILT_IN.get(transform.uses)
    if own is not None:
        options = Part(dict(transform.options), f"{service.name}: {transform.uses}")
        return own.make(options, Place(flow.namespace, service.sinks))
    one = _import_of(transform.uses, flow)
    package, name = package_of(one, flow), one.functions[transform.uses]
    if name not in package.functions:
        message = f"{one.package} has no function {name}; it has {', '.join(package.functions) or 'none'}."
        raise FlowError(message)
    if package.functions[name].operator is not transform.operator:
        message = f"{service.name}: {transform.uses} goes with `operator: {package.functions[name].operator}`."
        raise FlowError(message)
    return imported(load(package), name)


def reader_of(flow: Flow, topic: Topic) -> Function | None:
    """Return what the records of a source go through first; None where they need be nothing but bytes."""
    if topic.converter is Converter.RAW:
        return None
    of = resolved(topic.schema, flow) if topic.schema else {"type": "any"}
    return Each(lambda record: _read(record, of))


def _read(record: Record, of: Type) -> Outcome:
    try:
        value = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        return Failed(Trouble.UNREADABLE, "the record is no JSON")
    found = mismatch(value, of)
    return Failed(Trouble.UNREADABLE, found) if found else (record,)


def package_of(one: Imported, flow: Flow) -> Package:
    """Return an imported package: from its folder, else from the registry; raise FlowError."""
    package = found_in(one.path, one) if one.path else unpacked(one, flow.namespace)
    if str(package) != one.package:
        message = f"{package.folder} holds {package}, and the flow imports {one.package}."
        raise FlowError(message)
    return package


def resolved(of: Type, flow: Flow) -> Type:
    """Return a type with what it takes from packages put in; raise FlowError."""
    if of["type"] == "imported":
        one = next(each for each in flow.imports if each.package == of["package"])
        types = package_of(one, flow).types
        if of["name"] not in types:
            message = f"{one.package} has no type {of['name']}; it has {', '.join(types) or 'none'}."
            raise FlowError(message)
        return {**types[of["name"]], **{key: value for key, value in of.items() if key == "optional"}}
    changed: dict[str, Any] = dict(of)
    if "items" in of:
        changed["items"] = resolved(of["items"], flow)
    if "properties" in of:
        changed["properties"] = {name: resolved(each, flow) for name, each in of["properties"].items()}
    return changed


def _import_of(name: str, flow: Flow) -> Imported:
    one = next((each for each in flow.imports if name in each.functions), None)
    if one is None:
        message = f"{name} is neither built in nor imported."
        raise FlowError(message)
    return one
