"""A flow read from its YAML file, in the words of InfinyOn's stateful dataflow, so that its users read it at once.

Ours are `access`, `retention` and `broker` of a topic, `with` of a transform, and `brokers`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from privacy_service.streams.addresses import expanded, trouble_with
from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import (
    Access,
    Converter,
    Flow,
    Imported,
    Operator,
    Service,
    Topic,
    Transform,
)
from privacy_service.streams.functions import BUILT_IN
from privacy_service.streams.functions.base import Place
from privacy_service.streams.parts import API_VERSIONS, NAME, VERSION, Form, Part, read_meta
from privacy_service.streams.schemas import TEXT, Type, fits_converter, imported_type, read_type, read_types

FILE_NAME = "dataflow.yaml"

_PACKAGE = Form(re.compile(r"([a-zA-Z0-9_-]{1,80})/([a-z0-9-]{1,63})@(\S{1,50})"), "NAMESPACE/NAME@VERSION")
_NO_CODE = "code in a flow is not run; put it into a package and name its function in `uses` (docs/streams.md)."
_NO_STATE = "states and windows are not kept; a service sends each record through its transforms (docs/streams.md)."
_ELSEWHERE = {
    "run": _NO_CODE,
    "dependencies": _NO_CODE,
    "steps": "a source has no steps of its own; write them among the transforms of a service before this one.",
    "schedule": "a flow runs until it is stopped; start `manage.py flow run --once` by a timer instead.",
    **dict.fromkeys(("states", "state", "window", "partition"), _NO_STATE),
}


def found_flow(path: Path | None) -> Path:
    """Return the file of a flow: this one, that in this folder, or that in the working directory; raise FlowError."""
    given = path or Path()
    file = given / FILE_NAME if given.is_dir() else given
    if not file.is_file():
        message = f"There is no {file}; name the file of a flow, or go to a folder with a {FILE_NAME}."
        raise FlowError(message)
    return file


def read_flow(path: Path, *, dev: bool = True) -> Flow:
    """Read a flow, with what its `dev` says instead unless told not to; raise FlowError."""
    root = Part.of_file(path)
    said = root.members(
        required=("apiVersion", "meta", "topics", "services"),
        optional=("imports", "config", "types", "brokers", "dev"),
        elsewhere=_ELSEWHERE,
    )
    said["apiVersion"].among(API_VERSIONS)
    folder = path.resolve().parent
    own_dev = said["dev"].members(optional=("imports", "config")) if "dev" in said else {}
    overrides = own_dev if dev else {}
    name, version, namespace = read_meta(said["meta"])
    imports = _imports(said.get("imports"), folder)
    brokers = _brokers(said.get("brokers"))
    types = _types(said.get("types"), imports)
    topics = _topics(said["topics"], _converter(overrides.get("config"), said.get("config")), types, brokers)
    return Flow(
        name=name,
        version=version,
        namespace=namespace,
        folder=folder,
        imports=_with_paths(imports, overrides.get("imports"), folder),
        topics=topics,
        services=tuple(_services(said["services"], topics, imports, namespace)),
        brokers=brokers,
    )


def address_of(flow: Flow, topic: Topic) -> str:
    """Return the address of a topic's broker, empty for that of the installation; raise FlowError."""
    return expanded(flow.brokers.get(topic.broker, ""))


def _imports(part: Part | None, folder: Path) -> tuple[Imported, ...]:
    imports: dict[str, Imported] = {}
    for each in _each(part):
        said = each.members(required=("pkg",), optional=("path", "functions", "types"))
        one = _imported(said, folder)
        if one.package in imports:
            each.refuse(f"{one.package} is imported twice; name all of its functions at one place.")
        _check_names(said.get("functions"), one, imports.values())
        imports[one.package] = one
    return tuple(imports.values())


def _imported(said: Mapping[str, Part], folder: Path) -> Imported:
    namespace, name, version = _package_named(said["pkg"])
    functions: dict[str, str] = {}
    for each in _each(said.get("functions")):
        function = each.members(required=("name",), optional=("alias",))
        own = function["name"].text(NAME)
        functions[function.get("alias", function["name"]).text(NAME)] = own
    types = tuple(each.members(required=("name",))["name"].text(NAME) for each in _each(said.get("types")))
    path = folder / said["path"].text() if "path" in said else None
    return Imported(namespace, name, version, path, functions, types)


def _package_named(part: Part) -> tuple[str, str, str]:
    form = _PACKAGE.pattern.fullmatch(part.text(_PACKAGE))
    if form is None or not VERSION.pattern.fullmatch(form[3]):
        part.refuse(f"this must be {_PACKAGE.words}, with {VERSION.words}.")
    return form[1], form[2], form[3]


def _check_names(part: Part | None, one: Imported, others: Iterable[Imported]) -> None:
    """Refuse a function whose name means another one already."""
    taken = dict.fromkeys(BUILT_IN, "is built in")
    taken |= {name: f"comes from {other.package}" for other in others for name in other.functions}
    for name in one.functions:
        if part and name in taken:
            part.refuse(f"`{name}` {taken[name]} already; give this one an `alias`.")


def _with_paths(imports: tuple[Imported, ...], part: Part | None, folder: Path) -> tuple[Imported, ...]:
    """Return the imports with the folders that development reads them from instead."""
    paths: dict[str, Path] = {}
    for each in _each(part):
        said = each.members(required=("pkg", "path"))
        package = said["pkg"].among([one.package for one in imports])
        paths[package] = folder / said["path"].text()
    return tuple(replace(one, path=paths.get(one.package, one.path)) for one in imports)


def _converter(*configs: Part | None) -> Converter:
    """Return what the first of these says."""
    said = [part.members(optional=("converter",)).get("converter") for part in configs if part]
    return next(iter([part.one_of(Converter) for part in said if part]), Converter.RAW)  # All of them are checked.


def _types(part: Part | None, imports: Iterable[Imported]) -> dict[str, Type]:
    imported = {name: imported_type(one.package, name) for one in imports for name in one.types}
    return read_types(part, imported) if part else imported


def _brokers(part: Part | None) -> dict[str, str]:
    brokers = {}
    for name, each in part.named().items() if part else ():
        each.own_name()
        brokers[name] = each.text()
        if trouble := trouble_with(brokers[name]):
            each.refuse(trouble)
    return brokers


def _topics(
    part: Part, converter: Converter, types: Mapping[str, Type], brokers: Mapping[str, str]
) -> dict[str, Topic]:
    topics = {name: _topic(each, converter, types, brokers) for name, each in part.named().items()}
    if not topics:
        part.refuse("there is no topic; a flow needs two of them at least.")
    return topics


def _topic(part: Part, converter: Converter, types: Mapping[str, Type], brokers: Mapping[str, str]) -> Topic:
    said = part.members(optional=("schema", "access", "retention", "broker"))
    of, reads = _schema(said["schema"], converter, types) if "schema" in said else (TEXT, converter)
    keep = said["retention"].members(optional=("records", "seconds", "unfinished")) if "retention" in said else {}
    return Topic(
        name=part.own_name(),
        converter=reads,
        schema=of,
        access=said["access"].one_of(Access) if "access" in said else Access.RESTRICTED,
        keep_records=keep["records"].count() if "records" in keep else None,
        keep_seconds=keep["seconds"].count() if "seconds" in keep else None,
        keeps_unfinished=keep["unfinished"].truth() if "unfinished" in keep else True,
        broker=said["broker"].among(brokers) if "broker" in said else "",
    )


def _schema(part: Part, converter: Converter, types: Mapping[str, Type]) -> tuple[Type, Converter]:
    said = part.members(required=("value",), optional=("converter",))
    own = said["value"].named().get("converter", said.get("converter"))
    reads = own.one_of(Converter) if own else converter
    of = read_type(said["value"], types, beside=("converter",))
    if not fits_converter(of, reads):
        said["value"].refuse(f"records of the type {of['type']} cannot be read by the converter {reads}.")
    return of, reads


def _services(
    part: Part, topics: Mapping[str, Topic], imports: Iterable[Imported], namespace: str
) -> Iterator[Service]:
    functions = {name for one in imports for name in one.functions}
    services = part.named()
    if not services:
        part.refuse("there is no service; a flow needs one at least.")
    for each in services.values():
        service = _service(each, topics, functions, namespace)
        _check_ends(each, service)
        _check_open(each, service, topics, functions)
        yield service


def _service(part: Part, topics: Mapping[str, Topic], functions: set[str], namespace: str) -> Service:
    said = part.members(required=("sources", "sinks"), optional=("transforms",), elsewhere=_ELSEWHERE)
    sinks = _ends(said["sinks"], topics)
    place = Place(namespace, sinks)
    return Service(
        name=part.own_name(),
        sources=_ends(said["sources"], topics),
        transforms=tuple(_transform(each, functions, place) for each in _each(said.get("transforms"))),
        sinks=sinks,
    )


def _ends(part: Part, topics: Mapping[str, Topic]) -> tuple[str, ...]:
    """Return the topics that a service reads from, or writes to."""
    ends: list[str] = []
    for each in part.each():
        said = each.members(required=("type", "id"), elsewhere=_ELSEWHERE)
        said["type"].among(("topic",))
        name = said["id"].among(topics)
        if name in ends:
            each.refuse(f"`{name}` is named twice.")
        ends.append(name)
    if not ends:
        part.refuse("there is no topic; name one at least.")
    return tuple(ends)


def _transform(part: Part, functions: set[str], place: Place) -> Transform:
    said = part.members(required=("operator", "uses"), optional=("with",), elsewhere=_ELSEWHERE)
    operator = said["operator"].one_of(Operator)
    uses = said["uses"].among([*sorted(functions), *BUILT_IN])
    options = said.get("with", Part({}, part.file, part.trail, part.lines))
    own = BUILT_IN.get(uses)
    if own and operator is not own.operator:
        said["operator"].refuse(f"`{uses}` goes with `operator: {own.operator}`.")
    if own:
        own.make(options, place)  # Its options are read here, where their lines are known.
    elif options.value:
        options.refuse("a function of a package takes no options.")
    return Transform(operator, uses, options.value)


def _check_ends(part: Part, service: Service) -> None:
    own = next((name for name in service.sinks if name in service.sources), None)
    if own:
        part.refuse(f"`{own}` is a source and a sink of this service: each record would come again for ever.")


def _check_open(part: Part, service: Service, topics: Mapping[str, Topic], functions: set[str]) -> None:
    """Refuse a topic that every member may read, and that nothing masks on its way there."""
    masks = any(transform.uses == "mask" or transform.uses in functions for transform in service.transforms)
    if masks or all(topics[name].access is Access.OPEN for name in service.sources):
        return
    laid_open = next((name for name in service.sinks if topics[name].access is Access.OPEN), None)
    if laid_open:
        part.refuse(
            f"`{laid_open}` is open to every member, and this service masks nothing: use `mask` or a function of your"
            " own, or let the topic be `decided` or `restricted`."
        )


def _each(part: Part | None) -> Iterable[Part]:
    return part.each() if part else ()
