"""Acts of management: noted with the change that they speak of, and only with it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import orjson
import pytest
from django.db import transaction

from privacy_service.decisions.audit.acts import kept_together
from privacy_service.decisions.audit.chain import INSTALLATION
from privacy_service.decisions.models import PendingAct
from tests.factories import make_member
from workspaces.acts import Act, note
from workspaces.models import User, Workspace


def kept() -> list[dict[str, object]]:
    """Return what was noted, oldest first."""
    acts = [orjson.loads(act.line) for act in PendingAct.objects.order_by("id")]
    # The fixtures move the release and make members.
    return [act for act in acts if act.get("detail", {}).keys().isdisjoint({"before", "user"})]


def test_an_act_is_kept_with_ids_and_kinds(workspace: Workspace, alice: User) -> None:
    bob = make_member(workspace, "bob")
    until = datetime(2026, 12, 1, 9, tzinfo=UTC)

    note(Act.GRANT_GIVEN, workspace, alice, bob, role="pii_viewer", entities=["PERSON"], until=until, notice=None)

    [act] = kept()
    assert act.pop("id")
    assert act.pop("at")
    assert act == {
        "kind": "grant-given",
        "workspace_id": str(workspace.pk),
        "actor_id": str(alice.pk),
        "resource_type": "membership",
        "resource_id": str(bob.pk),
        "detail": {"role": "pii_viewer", "entities": ["PERSON"], "until": "2026-12-01T09:00:00+00:00"},
    }


def test_a_workspace_is_named_and_a_person_is_not(workspace: Workspace, bob: User) -> None:
    note(Act.WORKSPACE_CHANGED, workspace, None, workspace)
    note(Act.MEMBER_ADDED, workspace, None, bob)

    assert [act.get("resource_name") for act in kept()] == ["acme", None]
    assert "example.com" not in str(kept())


def test_an_act_on_the_whole_installation_has_a_chain_of_its_own(db: None) -> None:
    note(Act.RELEASE_MOVED, None, None, stage="beta")

    assert [act["workspace_id"] for act in kept()] == [str(INSTALLATION)]


def test_an_act_goes_with_the_transaction_that_it_belongs_to(workspace: Workspace) -> None:
    with transaction.atomic():
        note(Act.WORKSPACE_CHANGED, workspace, None)
        transaction.set_rollback(True)

    assert kept() == []


def test_acts_of_many_are_written_in_one_statement_and_go_with_their_transaction(
    workspace: Workspace, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    with django_assert_num_queries(1), kept_together():
        for number in range(3):
            note(Act.WORKSPACE_CHANGED, workspace, None, number=number)
    with pytest.raises(ZeroDivisionError), kept_together():
        note(Act.WORKSPACE_CHANGED, workspace, None, number=1 // 0)
    note(Act.WORKSPACE_CHANGED, workspace, None, number=3)

    assert [act["detail"] for act in kept()] == [{"number": number} for number in range(4)]


def test_what_somebody_typed_as_a_reason_is_kept_without_personal_data(workspace: Workspace, alice: User) -> None:
    note(Act.BREAK_GLASS_ASKED, workspace, alice, reason="case 4711, canary@example.com, 123-45-6789\x1b[2J")

    [act] = kept()
    assert act["detail"] == {"reason": "case 4711, <EMAIL_ADDRESS>, <US_SSN> [2J"}


def test_a_reason_of_any_length_is_cut(workspace: Workspace) -> None:
    note(Act.BREAK_GLASS_ASKED, workspace, None, reason="long " * 1000)

    [act] = kept()
    assert len(str(act["detail"])) < 600
