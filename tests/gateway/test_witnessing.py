"""Fields of upstreams' answers come into the Inbox, masked or passed on, and the answers are as they were."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from privacy_service.enforcement import witnessing
from privacy_service.inventory.models import Field
from tests.backend import Backend
from tests.gateway.conftest import Asker
from tests.inventory.test_passing import StillOnlooker
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)

EVENT = b'{"traits": {"email": "dora.canary@example.com", "plan": "gold"}}'
MASKED, PASSED = "bob", "carol"


@pytest.fixture
def onlooker(acme: Workspace, settings: Settings) -> Iterator[StillOnlooker]:
    """Return an onlooker that takes everything."""
    settings.PRIVACY_INVENTORY_SHARE = 1.0
    still = StillOnlooker()
    witnessing.WITNESSES.append(still)
    yield still
    witnessing.WITNESSES.remove(still)


@pytest.mark.parametrize("reader", [MASKED, PASSED])
@pytest.mark.parametrize(
    ("content_type", "body"), [("application/json", EVENT), ("application/x-ndjson", EVENT + b"\n" + EVENT)]
)
def test_fields_of_an_answer_come_into_the_inbox(
    asker: Asker, backend: Backend, onlooker: StillOnlooker, reader: str, content_type: str, body: bytes
) -> None:
    backend.on("/api/x", body, Content_Type=content_type)

    got = asker.ask("/x", reader)
    onlooker.work_all()

    found = {(one.place, one.path): one.kinds for one in Field.objects.all()}
    count = body.count(b"\n") + 1
    assert (got.status, got.is_whole, b"dora" in got.body) == (200, True, reader == PASSED)
    assert found == {
        ("gateway:orders", "/traits/email"): {"EMAIL_ADDRESS": count},
        ("gateway:orders", "/traits/plan"): {},
    }
    assert "dora" not in str(list(Field.objects.values()))


def test_large_answers_are_left_alone(asker: Asker, backend: Backend, onlooker: StillOnlooker) -> None:
    backend.on("/api/x", b'{"note": "%s"}' % (b"x" * 100_000), Content_Type="application/json")

    got = asker.ask("/x")

    assert (got.status, got.is_whole, list(onlooker._queue)) == (200, True, [])
