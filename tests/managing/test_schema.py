"""The API's description: whole, without warnings, and true."""

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from privacy_service.managing.urls import urlpatterns
from tests.managing.conftest import Api

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Return the description that /docs shows."""
    GENERATOR_STATS.reset()
    described: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    return described


def operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every operation of the management API."""
    return [
        operation
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if path.startswith("/v1/workspaces") and method in METHODS
    ]


def test_the_description_is_valid(schema: dict[str, Any]) -> None:
    validate_schema(schema)  # type: ignore[no-untyped-call]

    with pytest.raises(Exception, match="is a required property"):  # A check that could not fail would say nothing.
        validate_schema({**schema, "info": {}})  # type: ignore[no-untyped-call]


def test_every_route_and_method_is_described(schema: dict[str, Any]) -> None:
    for pattern in urlpatterns:
        path = "/" + str(pattern.pattern).replace("<slug:slug>", "{slug}")
        for kind in ("uuid", "int"):
            path = path.replace(f"<{kind}:", "{").replace(">", "}") if f"<{kind}:" in path else path
        described = schema["paths"][path.replace("{pk}", "{id}")]
        offered = {method for method in pattern.callback.actions if method != "head"}  # type: ignore[attr-defined]
        assert offered == described.keys() & set(METHODS)


def test_every_operation_says_what_it_does_and_how_it_fails(schema: dict[str, Any]) -> None:
    for operation in operations(schema):
        assert operation["summary" if "summary" in operation else "description"], operation["operationId"]
        assert {"401", "403", "404", "429"} <= operation["responses"].keys(), operation["operationId"]


def test_every_operation_has_a_name_of_its_own(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(schema)]

    assert len(names) == len(set(names))


def test_every_body_has_an_example(schema: dict[str, Any]) -> None:
    bodies = [one["requestBody"]["content"] for one in operations(schema) if "requestBody" in one]

    # /mask and /classify take other content types as well; their record stands for all.
    assert [body for body in bodies if "examples" not in body["application/json"]] == []


def test_answers_look_as_described(schema: dict[str, Any], owner: Api) -> None:
    for path, body in (
        ("/groups", {"name": "Support"}),
        ("/sources", {"slug": "crm"}),
        ("/service-accounts", {"name": "c"}),
    ):
        assert owner.post(path, body).status == 201
    paths = (
        "",
        "/members",
        "/groups",
        "/sources",
        "/service-accounts",
        "/roles",
        "/policy",
        "/policy/diff",
        "/policy/choices",
    )

    for path in paths:
        described = schema["paths"][f"/v1/workspaces/{{slug}}{path}"]["get"]["responses"]["200"]
        told = described["content"]["application/json"]["schema"]
        assert_as_described(owner.get(path).json, told, schema, path)


def assert_as_described(value: Any, described: dict[str, Any], schema: dict[str, Any], where: str) -> None:
    """Compare names and kinds: every member is described, and what is required is there."""
    described = resolved(described, schema)
    if value is None:
        assert described.get("nullable") or "nullable" in str(described), where
    elif isinstance(value, dict) and "properties" in described:
        assert value.keys() <= described["properties"].keys(), where
        assert set(described.get("required", ())) <= value.keys(), where
        for name, inner in value.items():
            assert_as_described(inner, described["properties"][name], schema, f"{where}.{name}")
    elif isinstance(value, list):
        assert described["type"] == "array", where
        for inner in value:
            assert_as_described(inner, described["items"], schema, f"{where}[]")


def resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow references to components."""
    for group in ("allOf", "oneOf"):
        if group in described:
            return resolved(described[group][0], schema) | {"nullable": described.get("nullable", False)}
    if "$ref" not in described:
        return described
    found: dict[str, Any] = schema["components"]["schemas"][described["$ref"].rsplit("/", 1)[1]]
    return found
