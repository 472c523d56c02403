"""The types of records: how a flow or a package names them, and whether a record is of its type.

A type is plain data, such as `{"type": "string"}` or `{"type": "object", "properties": ...}`. Fields that
an object's type does not name may be there: a type says what a function may rely on.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from privacy_service.streams.flow import Converter
from privacy_service.streams.parts import Part

Type = Mapping[str, Any]

TEXT: Type = {"type": "string"}

_WHOLE = {f"{sign}{bits}": bits for sign in "ui" for bits in (8, 16, 32, 64)}
_IS_OF: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "f32": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "f64": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "any": lambda _: True,
}
PRIMITIVES = (*_IS_OF, *_WHOLE, "bytes")


def read_types(part: Part, known: Mapping[str, Type]) -> dict[str, Type]:
    """Read the `types` of a file, of which one may use those before it and the known ones."""
    types = dict(known)
    for name, inner in part.named().items():
        if inner.own_name() in PRIMITIVES or name in ("list", "object") or name in known:
            inner.refuse("this name is taken; choose another one.")
        types[name] = read_type(inner, types)
    return types


def imported_type(package: str, name: str) -> Type:
    """Return what stands for a type of a package until that is read."""
    return {"type": "imported", "package": package, "name": name}


def read_type(part: Part, known: Mapping[str, Type], *, beside: Collection[str] = ()) -> Type:
    """Read one type; `beside` it, its object may have these members."""
    members = part.members(required=("type",), optional=("items", "properties", "optional", *beside))
    kind = members["type"].among((*PRIMITIVES, "list", "object", *known))
    for name, needed in (("items", "list"), ("properties", "object")):
        if (name in members) is not (kind == needed):
            part.refuse(f"`{name}` goes with `type: {needed}`, and only with it.")
    read: dict[str, Any] = dict(known[kind]) if kind in known else {"type": kind}
    if "optional" in members:
        read["optional"] = members["optional"].truth()
    if "items" in members:
        read["items"] = read_type(members["items"], known)
    if "properties" in members:
        read["properties"] = {name: read_type(each, known) for name, each in members["properties"].named().items()}
    return read


def fits_converter(of: Type, converter: Converter) -> bool:
    """Say whether records that this converter reads can be of a type: raw ones are a text, or bytes."""
    return of["type"] in ("string", "bytes") if converter is Converter.RAW else of["type"] != "bytes"


def mismatch(value: Any, of: Type, at: str = "") -> str:
    """Say where a value is not of its type, empty where it is; only names that the type has are told."""
    kind = of["type"]
    if kind == "object":
        return _object_mismatch(value, of, at)
    if kind == "list":
        return _list_mismatch(value, of, at)
    is_of = _is_whole(value, kind) if kind in _WHOLE else _IS_OF[kind](value)
    return "" if is_of else f"{_named(at)} is not of the type {kind}"


def _named(at: str) -> str:
    return f"`{at}`" if at else "the record"


def _object_mismatch(value: Any, of: Type, at: str) -> str:
    if not isinstance(value, dict):
        return f"{_named(at)} is no object"
    found = (_member_mismatch(value, name, inner, at) for name, inner in of["properties"].items())
    return next(filter(None, found), "")


def _member_mismatch(value: Mapping[str, Any], name: str, of: Type, at: str) -> str:
    is_optional = bool(of.get("optional"))
    if name not in value:
        return "" if is_optional else f"{_named(at)} has no `{name}`"
    if value[name] is None and is_optional:
        return ""
    return mismatch(value[name], of, f"{at}.{name}" if at else name)


def _list_mismatch(value: Any, of: Type, at: str) -> str:
    if not isinstance(value, list):
        return f"{_named(at)} is no list"
    found = (mismatch(each, of["items"], f"{at}[]") for each in value)
    return next(filter(None, found), "")


def _is_whole(value: Any, kind: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    bits = _WHOLE[kind]
    room = value if kind[0] == "u" else value + (1 << (bits - 1))
    return 0 <= room < 1 << bits
