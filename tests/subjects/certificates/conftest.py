"""Somebody who was forgotten in three systems, and the certificate of it."""

import pytest

from privacy_service.subjects.carrying_out import settle_by_hand
from privacy_service.subjects.certificates.issuing import certificate_of
from privacy_service.subjects.lifecycle import Proof, open_request, settle, start
from privacy_service.subjects.models import Certificate, Receipt, Status, SubjectRequest, Wish
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import User, Workspace


@pytest.fixture
def forgotten(workspace: Workspace, alice: User) -> SubjectRequest:
    """Return a request that one system carried out, one cannot, and a person did by hand."""
    shop = make_destination(workspace, "sql", {"tables": []}, slug="shop")
    shop.region, shop.processor = "EU", "Hosting & Söhne"
    shop.save()
    make_destination(workspace, "webhook", {"url": "https://example.com/hook"}, slug="hook")
    make_destination(workspace, "manual", {"steps": "Look into the binder."}, slug="binder")
    request = start(open_request(workspace, Wish.SUPPRESS_WITH_DELETE, [DORA, DORAS_ID])[0].pk, Proof.EMAIL)
    receipts = Receipt.objects.filter(request=request)
    receipts.filter(name="shop").update(
        status=Status.COMPLETED, code=200, attempts=3, evidence={"people": 1, "orders": 2}, done_at=request.started_at
    )
    receipts.filter(name="hook").update(status=Status.UNSUPPORTED, problem="It knows people by phone.")
    settle_by_hand(receipts.get(name="binder").pk, proof="Ticket 4711 of dora.canary", by=alice)
    request.refresh_from_db()
    settle(request)
    return request


@pytest.fixture
def certificate(forgotten: SubjectRequest) -> Certificate:
    """Return its certificate."""
    return certificate_of(forgotten)
