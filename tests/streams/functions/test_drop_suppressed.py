"""`drop-suppressed` leaves out events about people whom the workspace takes in no more."""

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection

from privacy_service.streams.errors import FlowError
from privacy_service.subjects import suppressions
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.suppressions import lift, suppress
from tests.factories import make_workspace
from tests.streams.making import built_in, values
from workspaces.models import Workspace

ALICE = Identifier(Kind.USER_ID, "alice-1")
BY_MAIL = Identifier(Kind.EMAIL, "alice@example.com")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    suppressions.forget()
    yield
    suppressions.forget()


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (b'{"userId":"alice-1","n":1.50}', []),
        (b'{"traits":{"email":"ALICE@example.com"}}', []),
        (b'{"customer":{"number":"alice-1"}}', []),
        (b'{"userId":"bob-1","n":1.50}', b'{"userId":"bob-1","n":1.50}'),
        (b'{"n":7}', b'{"n":7}'),
        (b'{"batch":[{"userId":"alice-1"}]}', "refused"),
        (b'[{"userId":"alice-1"}]', "unreadable"),
        (b"userId: alice-1", "unreadable"),
    ],
)
def test_events_about_suppressed_people_go_no_further(workspace: Workspace, record: bytes, expected: object) -> None:
    suppress(workspace, [ALICE, BY_MAIL])
    function = built_in("drop-suppressed", {"identifiers": {"user_id": "customer.number"}}, namespace=workspace.slug)

    assert values(function, record, b'{"userId":"carol-1"}') == [expected, b'{"userId":"carol-1"}']


def test_whoever_is_lifted_is_taken_in_again_and_other_workspaces_are_others(workspace: Workspace) -> None:
    suppress(workspace, [ALICE])
    make_workspace("other")
    event = b'{"userId":"alice-1"}'
    own, other = (built_in("drop-suppressed", {}, namespace=slug) for slug in ("acme", "other"))

    assert (values(own, event), values(other, event)) == ([[]], [event])
    lift(workspace, [ALICE])
    assert values(own, event) == [event]


@pytest.mark.django_db
def test_where_nobody_can_tell_nothing_goes_on(workspace: Workspace) -> None:
    def gone(*_: object) -> None:
        raise OperationalError

    function = built_in("drop-suppressed", {}, namespace=workspace.slug)
    with connection.execute_wrapper(gone):
        assert values(function, b'{"userId":"alice-1"}') == ["unavailable"]
    assert values(built_in("drop-suppressed", {"workspace": "gone"}), b'{"userId":"alice-1"}') == ["unavailable"]


def test_an_unknown_kind_of_identifier_is_told() -> None:
    with pytest.raises(FlowError, match=r"identifiers\.mail: 'mail' is not allowed\. Did you mean `email`\?"):
        built_in("drop-suppressed", {"identifiers": {"mail": "a.b"}})
