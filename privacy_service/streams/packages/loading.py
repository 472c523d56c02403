"""The code of a package: loaded from its folder, and held to what its manifest says."""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from privacy_service.streams.errors import FlowError
from privacy_service.streams.packages.manifest import Declared, Package


@dataclass(frozen=True, slots=True)
class Loaded:
    """A package with its code."""

    package: Package
    functions: Mapping[str, Callable[[Any], Any]]
    files: tuple[tuple[str, int, int], ...] = ()  # Its Python files as they were: name, size, time of change.


_loaded: dict[Path, Loaded] = {}


def load(package: Package) -> Loaded:
    """Return a package with its code, run anew once it has changed; raise FlowError, which quotes none of its words."""
    folder = package.folder.resolve()
    known, files = _loaded.get(folder), _files(folder)
    if known is None or known.package != package or known.files != files:
        module = _module(package, folder)
        functions = {name: _function(module, package, one) for name, one in package.functions.items()}
        known = _loaded[folder] = Loaded(package, functions, files)
    return known


def _files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    found = ((path.name, path.stat()) for path in sorted(folder.rglob("*.py")))
    return tuple((name, about.st_size, about.st_mtime_ns) for name, about in found)


def _module(package: Package, folder: Path) -> ModuleType | None:
    """Run the package's file, as a module of a name of its own that may import its neighbours (`from . import ...`)."""
    entry = folder / package.entry
    if not package.functions:
        return None
    if not entry.is_file():
        message = f"{package}: there is no {entry}; write the functions there, or name their file in `entry`."
        raise FlowError(message)
    name = f"_flow_package_{sha256(str(folder).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, entry, submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        message = f"{package}: {entry} is no Python file."
        raise FlowError(message)
    module = importlib.util.module_from_spec(spec)
    _forget(name)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - whatever the code does, it is told where.
        _forget(name)
        broken = f"{package} cannot be loaded: {type(error).__name__} {where(error, folder)}."
        raise FlowError(broken) from None
    return module


def _forget(name: str) -> None:
    for known in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
        del sys.modules[known]


def _function(module: ModuleType | None, package: Package, declared: Declared) -> Callable[[Any], Any]:
    function = getattr(module, declared.python_name, None)
    if not callable(function):
        message = f"{package}: {package.entry} has no function {declared.python_name}, which the manifest names."
        raise FlowError(message)
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        message = f"{package}: {declared.python_name} in {package.entry} must take one argument, the record's value."
        raise FlowError(message) from None
    checked: Callable[[Any], Any] = function
    return checked


def where(error: BaseException, folder: Path) -> str:
    """Say at which line of a package an exception arose, and none of what it says: that may quote a record."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"at {Path(error.filename).name}:{error.lineno}"
    place = "outside of its files"
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if folder in file.parents:
            place = f"at {file.relative_to(folder)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
