"""What keeps the database itself from changing the trail: triggers that refuse, whoever asks.

Records are never updated, and deleted only before their chain's first position, which retention moves forward; the
ends of a chain only ever move forward. A superuser who drops the triggers gets past them: that is what hashes and
seals are for.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

RECORDS = "decisions_decisionrecord"
CHAINS = "decisions_auditchain"
_REFUSAL = "The audit trail is append-only"
_MOVES_BACK = """
    NEW.workspace_id <> OLD.workspace_id OR NEW.number <> OLD.number OR NEW.opened < OLD.opened
    OR NEW.last_position < OLD.last_position OR NEW.first_position < OLD.first_position
    OR NEW.first_position > NEW.last_position + 1"""
_IS_KEPT = f"""
    NOT EXISTS (SELECT 1 FROM {CHAINS} AS chain
                WHERE chain.workspace_id = OLD.workspace_id AND OLD.position < chain.first_position)"""  # noqa: S608 - our own words.

_POSTGRES = f"""
    CREATE OR REPLACE FUNCTION decisions_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_LEVEL = 'ROW' AND TG_TABLE_NAME = '{RECORDS}' AND TG_OP = 'DELETE' THEN
            IF NOT ({_IS_KEPT}) THEN RETURN OLD; END IF;
        ELSIF TG_LEVEL = 'ROW' AND TG_TABLE_NAME = '{CHAINS}' AND TG_OP = 'UPDATE' THEN
            IF NOT ({_MOVES_BACK}) THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
"""
_ROW = "audit_guard"
_TABLE = "audit_guard_truncate"

_SQLITE = {
    f"{RECORDS}_guard_update": f"BEFORE UPDATE ON {RECORDS}",
    f"{RECORDS}_guard_delete": f"BEFORE DELETE ON {RECORDS} WHEN {_IS_KEPT}",
    f"{CHAINS}_guard_update": f"BEFORE UPDATE ON {CHAINS} WHEN {_MOVES_BACK}",
    f"{CHAINS}_guard_delete": f"BEFORE DELETE ON {CHAINS}",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Set the triggers up, where they are not; a superuser and a replica are refused like anybody else."""
    with connection.cursor() as cursor:
        for statement in _postgres() if connection.vendor == "postgresql" else _sqlite():
            cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for tests, which empty every table, and for whoever has to restore a backup by hand."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS decisions_audit_guard() CASCADE")
        for trigger in _SQLITE if connection.vendor == "sqlite" else ():
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")


def _postgres() -> list[str]:
    statements = [_POSTGRES]
    for table in (RECORDS, CHAINS):
        for trigger, occasion in ((_ROW, "UPDATE OR DELETE"), (_TABLE, "TRUNCATE")):
            each = "ROW" if trigger == _ROW else "STATEMENT"
            calls = f"FOR EACH {each} EXECUTE FUNCTION decisions_audit_guard()"
            statements.append(f"CREATE OR REPLACE TRIGGER {trigger} BEFORE {occasion} ON {table} {calls}")
            statements.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
    return statements


def _sqlite() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    return [f"CREATE TRIGGER IF NOT EXISTS {name} {occasion} {refuse}" for name, occasion in _SQLITE.items()]
