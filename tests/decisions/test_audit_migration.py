"""What the trail held before there were chains gets its place in one."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from privacy_service.decisions.audit import ship
from privacy_service.decisions.audit.verifying import missing_chains, verify
from privacy_service.decisions.models import AuditRecord
from tests.decisions.tampering import sql

ACME, GLOBEX = UUID(int=1), UUID(int=2)
OLD = """
    INSERT INTO decisions_decisionrecord
        (id, at, endpoint, workspace_id, key_id, actor_id, actor_digest, effect, reason, policy_version, entities)
    VALUES (%s, %s, 'mask', %s, %s, NULL, 'digest', 'mask', 'role-lacks-pii', 0, %s)"""


def migrate_to(name: str) -> None:
    MigrationExecutor(connection).migrate([("decisions", name)])


@pytest.fixture
def _as_it_is_now(transactional_db: None) -> Iterator[None]:
    """Have every table of today again afterwards: other tests of this process use them."""
    del transactional_db
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("decisions"))


@pytest.mark.usefixtures("_as_it_is_now")
def test_records_from_before_are_laid_into_chains_in_the_order_of_time() -> None:
    migrate_to("0003_pending_act")
    for number, (workspace, second) in enumerate([(ACME, "02"), (ACME, "01"), (GLOBEX, "03"), (ACME, "01.5")]):
        at = f"2026-10-01 09:00:{second}+00:00" if connection.vendor == "postgresql" else f"2026-10-01 09:00:{second}"
        sql(OLD, UUID(int=number).hex, at, workspace.hex, UUID(int=9).hex, '{"PERSON": 1}')

    migrate_to("0004_audit_chain")
    ship()

    rows = AuditRecord.objects.order_by("workspace_id", "position").values_list("workspace_id", "position", "id")
    places = [(ACME, 1, 1), (ACME, 2, 3), (ACME, 3, 0), (GLOBEX, 1, 2)]
    assert list(rows) == [(workspace, position, UUID(int=number)) for workspace, position, number in places]
    assert [verify(workspace).faults for workspace in (ACME, GLOBEX)] == [(), ()]
    assert list(missing_chains()) == []
