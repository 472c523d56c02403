"""The native API as its description says it is, asked what nobody would: no answer breaks, and each is as described."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.drawing import IS_FUZZING
from tests.stories.conftest import DEMO_KEY, address_of, service_with_demo

EXAMPLES_AN_OPERATION = 100 if IS_FUZZING else 2  # The description has some seventy operations.


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Return where a service of its own answers: what is asked here changes it."""
    with service_with_demo() as service:
        yield address_of(service)


def test_whatever_is_asked_no_operation_breaks(base: str) -> None:
    schema = schemathesis.openapi.from_url(f"{base}/docs/openapi.yaml")
    headers = {"X-Api-Key": DEMO_KEY, "X-Actor": "alice@acme.example"}
    asked = operations = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        operations += 1

        @hypothesis.settings(
            max_examples=EXAMPLES_AN_OPERATION,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: Case[Any]) -> None:
            nonlocal asked
            asked += 1
            if "slug" in case.path_parameters:
                case.path_parameters["slug"] = "acme"
            response = case.call(base_url=base, headers=headers)
            case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])

        ask()
    assert asked > operations > 50
