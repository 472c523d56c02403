"""People whose data a workspace takes in no more, and the API as its owner asks it."""

import pytest

from privacy_service.subjects import suppressions
from privacy_service.subjects.identifiers import Identifier, Kind
from tests.managing.conftest import Api, person
from workspaces.models import User

DORA = Identifier(Kind.EMAIL, "dora.canary@example.com")


@pytest.fixture(autouse=True)
def _follow_nothing_of_other_tests() -> None:
    suppressions.forget()


@pytest.fixture
def owner(alice: User) -> Api:
    """Return the API as alice's own key opens it."""
    return person(alice)
