"""The native API as its description says it is, asked what nobody would: no answer breaks, and each is as described.

A second workspace holds canaries in all that a person may name; whoever asks is no member there, and reads none.
"""

from collections import Counter
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

EXAMPLES_AN_OPERATION = 100 if IS_FUZZING else 3  # Every third is about a workspace of others.
CANARY = "canary4711"
_METHODS = {"get", "put", "post", "patch", "delete"}
_OTHERS = f"""
from privacy_service.decisions.models import Policy
from tests.factories import make_member, make_source, make_workspace
umbrella = make_workspace("umbrella")
umbrella.name = "{CANARY} Ltd"
umbrella.save()
make_member(umbrella, "{CANARY}")
make_source(umbrella, "{CANARY}", team="{CANARY}")
rules = {{"default": "replace", "block": {{"values": ["{CANARY}"]}}}}
Policy.objects.create(workspace=umbrella, rules=rules, note="{CANARY}")
"""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Return where a service of its own answers: what is asked here changes it."""
    with service_with_demo(_OTHERS) as service:
        yield address_of(service)


def test_whatever_is_asked_no_operation_breaks_or_shows_what_is_others(base: str) -> None:
    schema = schemathesis.openapi.from_url(f"{base}/docs/openapi.yaml", timeout=60)  # It is made at the first request.
    headers = {"X-Api-Key": DEMO_KEY, "X-Actor": "alice@acme.example"}
    asked = operations = 0
    seen: Counter[int] = Counter()
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
                case.path_parameters["slug"] = "acme" if asked % 3 else "umbrella"
            response = case.call(base_url=base, headers=headers)
            case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])
            assert CANARY not in f"{response.headers}{response.text}"
            seen[response.status_code] += 1

        ask()
    described = sum(len(_METHODS & set(item)) for item in schema.raw_schema["paths"].values())
    assert (operations, asked == seen.total() > operations > 140) == (described, True), seen
