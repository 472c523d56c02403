"""A flow as its YAML file describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Converter(StrEnum):
    """How the bytes of a record are read before a function gets them."""

    RAW = "raw"  # A text; where it happens to be JSON it is masked as JSON.
    JSON = "json"  # A JSON document; a record that is none goes to the dead letters.


class Operator(StrEnum):
    """What is done with what a function returns."""

    MAP = "map"
    FILTER = "filter"
    FILTER_MAP = "filter-map"
    FLAT_MAP = "flat-map"


class Access(StrEnum):
    """Who may read a topic over HTTP; producing and running need neither, they are done on the servers."""

    RESTRICTED = "restricted"  # Whoever may see personal data.
    DECIDED = "decided"  # Every member, as the decision about them says.
    OPEN = "open"  # Every member, as it lies: what is in it was masked.


@dataclass(frozen=True, slots=True)
class Imported:
    """A package of functions that a flow uses: `pkg: NAMESPACE/NAME@VERSION`, from a folder, or from a registry."""

    namespace: str
    name: str
    version: str
    path: Path | None  # The folder it lies in; None: it comes from the registry.
    functions: Mapping[str, str] = field(default_factory=dict)  # The name in this flow → that in the package.
    types: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """Return what names the package everywhere."""
        return f"{self.namespace}/{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Topic:
    """Where records lie."""

    name: str
    converter: Converter
    schema: Mapping[str, Any] = field(default_factory=dict)
    access: Access = Access.RESTRICTED
    keep_records: int | None = None  # About so many, the newest; None: all.
    keep_seconds: int | None = None
    broker: str = ""  # A key of the flow's `brokers`; empty: the one of the installation.
    keeps_unfinished: bool = True  # What a service has yet to finish stays, however much or old it is.


@dataclass(frozen=True, slots=True)
class Transform:
    """One step of a service: what is done with what a function returns, and what that function is told."""

    operator: Operator
    uses: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """What reads its sources, sends each record through its transforms in order, and writes to its sinks."""

    name: str
    sources: tuple[str, ...]
    transforms: tuple[Transform, ...]
    sinks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """Services that pass records between topics."""

    name: str
    version: str
    namespace: str  # The workspace whose topics these are, where they are read over HTTP.
    folder: Path
    imports: tuple[Imported, ...]
    topics: Mapping[str, Topic]
    services: tuple[Service, ...]
    # Name → URL; `${BROKER_...}` in it stands for a variable of the environment (reading.address_of).
    brokers: Mapping[str, str] = field(default_factory=dict)
