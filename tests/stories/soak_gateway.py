"""A gigabyte of each kind through the gateway in constant memory: `make soak`."""

import pytest

from tests.backend import Backend
from tests.stories.conftest import Service
from tests.stories.gateways import NDJSON, gateway, headers_of, lines_of, long_answer, streamed

__all__ = ["gateway"]  # A fixture.

MEGABYTES = 1000


@pytest.mark.parametrize(
    ("content_type", "is_packed", "actor"),
    [
        (NDJSON, False, "bob"),
        (NDJSON, True, "bob"),
        ("text/csv", False, "bob"),
        (NDJSON, False, "carol"),
    ],
    ids=["NDJSON masked", "NDJSON unpacked and masked", "CSV masked", "NDJSON passed"],
)
def test_a_gigabyte_in_constant_memory(
    gateway: Service, backend: Backend, key: str, content_type: str, is_packed: bool, actor: str
) -> None:
    backend.does("/api/long", long_answer(MEGABYTES, content_type, is_packed=is_packed))

    took = streamed(gateway, headers_of(key, actor), "/gateway/acme/orders/long")

    print(f"\n{took.megabytes:.0f} MB in {took.seconds:.1f} s, {took.grown_megabytes:.0f} MB more memory")  # noqa: T201 - it is what one wants to know.
    assert took.lines in {lines_of(MEGABYTES), lines_of(MEGABYTES) + 1}
    assert took.masked == (0 if actor == "carol" else lines_of(MEGABYTES))
    assert took.grown_megabytes < 50
