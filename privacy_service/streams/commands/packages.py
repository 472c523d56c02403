"""Writing flows and packages: `manage.py flow check|list|test|new|publish|register`."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseFailed

from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Flow, Service
from privacy_service.streams.functions import BUILT_IN
from privacy_service.streams.functions.making import function_of, reader_of
from privacy_service.streams.models import PublishedPackage
from privacy_service.streams.packages.manifest import FILE_NAME as MANIFEST
from privacy_service.streams.packages.manifest import Package, read_package
from privacy_service.streams.packages.registry import publish, publish_to_folder
from privacy_service.streams.packages.scaffolding import write_package
from privacy_service.streams.packages.testing import Tried, try_out
from privacy_service.streams.parts import NAME, NAMESPACE, Form
from privacy_service.streams.reading import FILE_NAME as DATAFLOW
from privacy_service.streams.reading import found_flow, read_flow
from privacy_service.streams.registering import register_topics
from workspaces.models import User, Workspace
from workspaces.terminal import signed_in

Options = dict[str, Any]
_DEEPEST = 3
_HIDDEN = re.compile(r"[._]|node_modules")


def add_to(actions: Any) -> None:
    """Add what this module does to the command's actions."""
    for name, act, about in (
        ("check", _check, "read a flow, load what it imports, and say what it does or what is wrong with it"),
        ("register", _register, "let the flow's topics be read over HTTP as its file says, also by more people"),
    ):
        action = _action(actions, name, act, about)
        action.add_argument("file", nargs="?", type=Path, help=f"the flow; without one, {DATAFLOW} of this folder")
        action.add_argument("--no-dev", action="store_true", help="without what its `dev` says")
    _action(actions, "list", _list, "list flows and packages: below this folder, and in the registry")
    test = _action(actions, "test", _test, "try a package's own tests")
    test.add_argument("package", nargs="?", type=Path, default=Path(), help="its folder; without one, this folder")
    new = _action(actions, "new", _new, "write a new package to begin with")
    new.add_argument("folder", type=Path, help="where; its name becomes the package's")
    new.add_argument("--namespace", default="example", help="whose it is, such as the slug of a workspace")
    published = _action(
        actions, "publish", _publish, "publish a version of a package, which never changes from then on"
    )
    published.add_argument("package", type=Path, help="its folder")
    to = published.add_mutually_exclusive_group(required=True)
    to.add_argument("--to", type=Path, metavar="FOLDER", help="a folder that others read too")
    to.add_argument("--workspace", metavar="SLUG", help="the registry of this workspace; say who you are with --as")
    published.add_argument("--as", dest="person", metavar="EMAIL", default="", help="an administrator, by password")


def _action(actions: Any, name: str, act: Callable[[Options], Iterator[str]], about: str) -> Any:
    parser = actions.add_parser(name, help=about)
    parser.set_defaults(act=act, needs_broker=False)
    return parser


def _check(options: Options) -> Iterator[str]:
    flow = _flow(options)
    for service in flow.services:
        for name in service.sources:
            reader_of(flow, flow.topics[name])
        for transform in service.transforms:
            function_of(transform, flow, service)
    yield f"{flow.name} {flow.version} in {flow.namespace} can run."
    for service in flow.services:
        yield f"  {service.name}: {_drawn(service)}"
    yield from _unread(flow)


def _flow(options: Options) -> Flow:
    return read_flow(found_flow(options["file"]), dev=not options["no_dev"])


def _unread(flow: Flow) -> Iterator[str]:
    """Say why nobody will read the flow's topics over HTTP, where that is so."""
    try:
        if not Workspace.objects.filter(slug=flow.namespace).exists():
            yield f"There is no workspace {flow.namespace}: it runs, and its topics cannot be read over HTTP."
    except DatabaseFailed:
        yield "The database has no tables yet, or is away: its topics cannot be read over HTTP."


def _drawn(service: Service) -> str:
    """Draw a service on one line."""
    steps = [", ".join(service.sources), *(each.uses for each in service.transforms), ", ".join(service.sinks)]
    return " → ".join(steps)


def _register(options: Options) -> Iterator[str]:
    flow = _flow(options)
    if not Workspace.objects.filter(slug=flow.namespace).exists():
        message = f"There is no workspace {flow.namespace}, which the flow's `namespace` names."
        raise FlowError(message)
    yield from register_topics(flow, widens=True) or ["Nothing has changed."]


def _list(_: Options) -> Iterator[str]:
    yield from _titled("Flows below this folder", [_line(path, read_flow) for path in _below(DATAFLOW)])
    packages = [_line(path, lambda file: read_package(file.parent)) for path in _below(MANIFEST)]
    yield from _titled("Packages below this folder", packages)
    yield from _titled("Packages in the registry", _published_lines())
    yield f"Built in: {', '.join(BUILT_IN)}"


def _below(name: str) -> list[Path]:
    """Return the files of this name that lie in this folder or a little below it."""
    found = (path for depth in range(_DEEPEST + 1) for path in sorted(Path().glob("*/" * depth + name)))
    return [path for path in found if not any(map(_HIDDEN.match, path.parts))]


def _line(path: Path, read: Callable[[Path], Flow | Package]) -> str:
    try:
        read_one = read(path)
    except FlowError as error:
        return f"{path}  cannot be read: {error}"
    return f"{read_one.namespace}/{read_one.name}@{read_one.version}  {path}"


def _published_lines() -> list[str]:
    published = PublishedPackage.objects.select_related("workspace", "published_by").defer("archive")
    try:
        return [_published_line(each) for each in published]
    except DatabaseFailed:
        return ["the database has no tables yet, or is away"]


def _published_line(published: PublishedPackage) -> str:
    by = published.published_by.email if published.published_by else "somebody who has gone"
    functions = ", ".join(published.functions)
    return f"{published}  {published.workspace}  {functions}  by {by}, {published.published_at:%Y-%m-%d %H:%M}"


def _titled(title: str, lines: list[str]) -> Iterator[str]:
    yield f"{title}:"
    yield from (f"  {line}" for line in lines or ["none"])


def _test(options: Options) -> Iterator[str]:
    package = read_package(options["package"])
    yield from _told(try_out(package))
    yield f"{package}: all is well."


def _told(tried: list[Tried]) -> Iterator[str]:
    """Tell what failed, and then how many of each function did not; raise FlowError where any has."""
    for each in tried:
        if each.wrong:
            yield f"  {each.function}, {each.case or 'as a whole'}: {each.wrong}"
    well = Counter(each.function for each in tried if not each.wrong)
    for function, cases in Counter(each.function for each in tried if each.case).items():
        yield f"{function}: {well[function]} of {cases}"
    failed = sum(1 for each in tried if each.wrong)
    if failed:
        message = f"{failed} of {len(tried)} failed."
        raise FlowError(message)


def _new(options: Options) -> Iterator[str]:
    folder = options["folder"]
    _check_form(folder.name, NAME)
    _check_form(options["namespace"], NAMESPACE)
    for path in write_package(folder, options["namespace"]):
        yield f"{path}"
    yield f"Try it: manage.py flow test {folder}"


def _check_form(text: str, form: Form) -> None:
    if not form.pattern.fullmatch(text):
        message = f"{text!r} is no name here; use {form.words}."
        raise FlowError(message)


def _publish(options: Options) -> Iterator[str]:
    package = read_package(options["package"])
    if options["workspace"]:
        workspace, by = _workspace(options["workspace"]), _administrator(options["person"])
        yield from _told(try_out(package))
        published = publish(package, workspace, by=by)
        yield f"{package} is in the registry of {workspace}, SHA-256 {published.sha256}."
    else:
        yield from _told(try_out(package))
        yield f"{package} is in {publish_to_folder(package, options['to'])}."


def _workspace(slug: str) -> Workspace:
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        message = f"There is no workspace {slug}."
        raise FlowError(message)
    return workspace


def _administrator(email: str) -> User:
    if not email:
        message = "Say who you are with --as EMAIL: a package is code that this installation's workers run."
        raise FlowError(message)
    user = signed_in(email)
    if user is None or not user.is_superuser:
        message = f"{email} is no administrator of this installation, or the password is wrong."
        raise FlowError(message)
    return user
