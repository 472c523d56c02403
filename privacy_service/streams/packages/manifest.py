"""What a package says of itself: its manifest, `sdf-package.yaml`, in the words of InfinyOn's stateful dataflow.

Ours is `entry`: the file with the functions, `functions.py` where it is not said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from privacy_service.streams.flow import Operator
from privacy_service.streams.parts import API_VERSIONS, NAME, Form, Part, read_meta
from privacy_service.streams.schemas import Type, read_type, read_types

FILE_NAME = "sdf-package.yaml"
DEFAULT_ENTRY = "functions.py"
_ENTRY = Form(re.compile(r"[a-z_][a-z0-9_]{0,60}\.py"), "the name of a Python file in the package's folder")
_ELSEWHERE = {
    "imports": "packages import none; put what they share into one of them.",
    "run": "code in a manifest is not run; write it into the package's Python file.",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """A function as its package declares it."""

    name: str
    operator: Operator
    takes: Type
    gives: Type

    @property
    def python_name(self) -> str:
        """Return what it is called in Python."""
        return self.name.replace("-", "_")


@dataclass(frozen=True, slots=True)
class Package:
    """A package that lies in a folder."""

    namespace: str
    name: str
    version: str
    folder: Path
    entry: str
    functions: Mapping[str, Declared]
    types: Mapping[str, Type] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}@{self.version}"


def read_package(folder: Path) -> Package:
    """Read the manifest of a folder; raise FlowError."""
    root = Part.of_file(folder / FILE_NAME)
    said = root.members(
        required=("apiVersion", "meta"), optional=("functions", "types", "entry", "dev"), elsewhere=_ELSEWHERE
    )
    said["apiVersion"].among(API_VERSIONS)
    if "dev" in said:
        said["dev"].members(optional=("converter",))["converter"].among(("raw", "json"))
    if not {"functions", "types"} & said.keys():
        root.refuse("a package without `functions` and `types` has nothing to import.")
    name, version, namespace = read_meta(said["meta"])
    types = read_types(said["types"], {}) if "types" in said else {}
    functions = said["functions"].named() if "functions" in said else {}
    entry = said["entry"].text(_ENTRY) if "entry" in said else DEFAULT_ENTRY
    declared = {each: _declared(part, types) for each, part in functions.items()}
    return Package(namespace, name, version, folder, entry, declared, types)


def _declared(part: Part, types: Mapping[str, Type]) -> Declared:
    said = part.members(required=("operator", "inputs"), optional=("output",), elsewhere=_ELSEWHERE)
    operator = said["operator"].one_of(Operator)
    inputs = list(said["inputs"].each())
    if len(inputs) != 1:
        said["inputs"].refuse("a function takes one input: the record's value.")
    takes = inputs[0].members(required=("name", "type"), optional=("items", "properties"))
    takes["name"].text(NAME)
    if operator is Operator.FILTER:
        gives: Type = {"type": "bool"}
        if "output" in said and said["output"].members(required=("type",))["type"].value != "bool":
            said["output"].refuse("a filter says whether a record goes on: `type: bool`.")
    elif "output" not in said:
        part.refuse("there is no `output`; say the type of what the function returns.")
    else:
        gives = read_type(said["output"], types)
    return Declared(part.own_name(), operator, read_type(inputs[0], types, beside=("name",)), gives)
