"""What an operator and an auditor read when they run `manage.py audit`."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from privacy_service.decisions import audit
from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import AuditChain, AuditRecord
from tests.decisions.tampering import tamper
from tests.factories import forget_acts, make_record, make_workspace
from workspaces.models import User, Workspace


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit", *arguments, stdout=out)
    return re.sub(r"[0-9a-f]{64}", "HASH", out.getvalue())


def refused(*arguments: str, out: StringIO | None = None) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        call_command("audit", *arguments, stdout=out or StringIO())
    return error.value.returncode, str(error.value)


@pytest.fixture
def trail(workspace: Workspace, bob: User) -> Workspace:
    """Return acme with three records, beside a workspace that has one."""
    forget_acts()
    for _ in range(3):
        make_record(workspace, bob)
    make_record(make_workspace("globex"))
    return workspace


def test_a_whole_trail_is_told_chain_by_chain_with_its_end(trail: Workspace) -> None:
    assert run("verify").splitlines() == [
        "installation: whole, 0 records",
        "acme: whole, 3 records; ends with acme:3:HASH",
        "globex: whole, 1 records; ends with globex:1:HASH",
    ]


def test_a_fault_is_told_with_its_place_and_makes_the_command_fail(trail: Workspace) -> None:
    tamper("UPDATE decisions_decisionrecord SET effect = 'pass' WHERE position = 2")
    tamper("DELETE FROM decisions_decisionrecord WHERE position = 3")
    out = StringIO()

    code, message = refused("verify", "--workspace", "acme", out=out)

    told = re.sub(r"\(.*\)", "()", out.getvalue()).splitlines()
    assert told == ["acme: record 2 () was changed", "acme: record 3 is missing, the newest of the chain"]
    assert (code, message) == (1, "2 faults found: the trail is not what the service wrote.")


def test_a_chain_that_is_gone_makes_the_command_fail(trail: Workspace) -> None:
    tamper("DELETE FROM decisions_decisionrecord WHERE workspace_id IN (SELECT id FROM workspaces_workspace)")
    tamper("DELETE FROM decisions_auditchain WHERE number = 2")
    out = StringIO()

    code, _ = refused("verify", out=out)

    assert code == 1
    assert "installation: chain number 2 is missing with all its records" in out.getvalue()


def test_an_end_noted_earlier_is_looked_for(trail: Workspace) -> None:
    chain = AuditChain.objects.get(pk=trail.pk)
    noted = f"acme:3:{chain.last_hash}"
    out = StringIO()

    assert "whole" in run("verify", "--expect", noted)
    code, _ = refused("verify", "--expect", f"acme:2:{chain.last_hash}", out=out)
    assert (code, "record 2 is not the one with the hash that was noted" in out.getvalue()) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("verify", "--workspace", "nowhere"), 2, "There is no workspace 'nowhere'; the admin lists those there are."),
        (("verify", "--workspace", "empty"), 2, "Nothing is recorded of empty yet."),
        (("prune",), 2, "Say --days N, or set PRIVACY_AUDIT_RETENTION_DAYS: at 0 every record is kept."),
        (
            ("export", "--actor", "nobody"),
            2,
            "Nobody here is called 'nobody'; somebody who has gone is found by their id.",
        ),
        (("mend", "acme", "--reason", "x"), 2, "Nothing to mend: the chain of acme ends where its sealed row says."),
    ],
)
def test_what_cannot_be_done_is_told(trail: Workspace, arguments: tuple[str, ...], code: int, message: str) -> None:
    make_workspace("empty")

    assert refused(*arguments) == (code, message)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("prune", "--days", "0"), "0 is no number of days"),
        (("export", "--since", "soon"), "soon is no time: write 2026-10-01"),
        (("verify", "--expect", "acme"), "acme is not SLUG:POSITION:HASH"),
        (("export", "--effect", "hide"), "invalid choice: 'hide'"),
    ],
)
def test_arguments_that_make_no_sense_are_explained(trail: Workspace, arguments: tuple[str, ...], part: str) -> None:
    assert part in refused(*arguments)[1]


def test_an_export_goes_to_a_new_file_and_is_itself_recorded(trail: Workspace, bob: User, tmp_path: Path) -> None:
    target = tmp_path / "trail.jsonl"

    run("export", "--workspace", "acme", "--actor", "bob@example.com", "--since", "2020-01-01", "--output", str(target))
    ship()

    lines = [orjson.loads(line) for line in target.read_bytes().splitlines()]
    assert [(line["position"], line["actor_id"]) for line in lines] == [(n, str(bob.pk)) for n in (1, 2, 3)]
    act = AuditRecord.objects.of(trail).acts().get()
    assert (act.kind, act.detail) == ("audit-exported", {"format": "jsonl"})


def test_an_export_without_a_file_goes_to_standard_output(trail: Workspace, capfdbinary: Any) -> None:
    call_command("audit", "export", "--format", "csv", "--workspace", "globex")

    head, row, *rest = capfdbinary.readouterr().out.splitlines()
    assert head.startswith(b"id,at,kind,workspace_id")
    assert (b",globex," in row, rest) == (True, [])


def test_pruning_says_what_it_took(trail: Workspace) -> None:
    assert run("prune", "--days", "1") == "Took away 0 records older than 1 days.\n"


def test_refused_records_can_be_put_back_and_shipped(trail: Workspace) -> None:
    folder = audit.spool().directory
    folder.mkdir(parents=True, exist_ok=True)
    old = b'{"id":"%032x","at":"2026-10-01T09:00:00+00:00","workspace_id":"%b","effect":"mask"}\n'
    (folder / "1.refused").write_bytes(old % (7, str(trail.pk).encode()))

    assert run("ship", "--refused").splitlines() == [
        "Took 1 files of refused records back.",
        "Moved 1 records into the database.",
    ]
    assert AuditRecord.objects.of(trail).count() == 4


def test_a_chain_set_back_stops_shipping_until_somebody_mends_it(trail: Workspace, bob: User) -> None:
    second = AuditRecord.objects.get(workspace_id=trail.pk, position=2).hash
    tamper("UPDATE decisions_auditchain SET last_position = 2, last_hash = %s WHERE number = 1", second)
    code, _ = refused("verify", "--workspace", "acme")

    told = run("mend", "acme", "--reason", "restored from the wrong backup")
    ship()

    assert (code, told) == (1, "The chain goes on after record 3; the trail says so.\n")
    act = AuditRecord.objects.of(trail).acts().get()
    assert (act.position, act.detail["ended_at"], act.detail["goes_on_after"]) == (4, 2, 3)
    assert run("verify", "--workspace", "acme").startswith("acme: whole, 4 records")
