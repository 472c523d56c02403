"""People whose data a workspace takes in no more, the systems that forget them, and the API as the owner asks it."""

import pytest

from privacy_service.subjects import suppressions
from privacy_service.subjects.destinations.base import Subject
from privacy_service.subjects.identifiers import Identifier, Kind
from tests.factories import make_member, make_workspace
from tests.managing.conftest import Api, person
from tests.shop import shop, shop_server
from workspaces.models import Membership, User, Workspace

__all__ = ["shop", "shop_server"]  # Fixtures.

DORA = Identifier(Kind.EMAIL, "dora.canary@example.com")
DORAS_ID = Identifier(Kind.USER_ID, "9")
DORA_HERSELF = Subject((DORA, DORAS_ID))


@pytest.fixture(autouse=True)
def _follow_nothing_of_other_tests() -> None:
    suppressions.forget()


@pytest.fixture
def owner(alice: User) -> Api:
    """Return the API as alice's own key opens it."""
    return person(alice)


@pytest.fixture
def other(db: None) -> Workspace:
    """Return a workspace of somebody else."""
    del db
    workspace = make_workspace("other")
    make_member(workspace, "oscar", kind=Membership.Kind.OWNER)
    return workspace
