"""People whose data a workspace takes in no more, the systems that forget them, and the API as the owner asks it."""

from collections.abc import Iterator

import pytest

from privacy_service.subjects import suppressions
from privacy_service.subjects.destinations.base import Subject
from privacy_service.subjects.destinations.keeping import sweep
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.index import overhearing
from privacy_service.subjects.tokens import keeping
from tests.mails import mails
from tests.managing.conftest import other, owner
from tests.shop import shop, shop_server

__all__ = ["mails", "other", "owner", "shop", "shop_server"]  # Fixtures.

DORA = Identifier(Kind.EMAIL, "dora.canary@example.com")
DORAS_ID = Identifier(Kind.USER_ID, "9")
DORA_HERSELF = Subject((DORA, DORAS_ID))


@pytest.fixture(autouse=True)
def _keep_no_connections_of_other_tests() -> Iterator[None]:
    yield
    sweep(everything=True)


@pytest.fixture(autouse=True)
def _follow_nothing_of_other_tests() -> None:
    suppressions.forget()
    keeping.forget()
    overhearing.forget()
    overhearing.overheard.take()
