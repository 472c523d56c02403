"""The audit trail: kept before the answer goes out, shipped behind it, never changed."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import DatabaseError, connection

from classifier import REDACT_EVERYTHING
from privacy_service.decisions import audit, tasks
from privacy_service.decisions.audit import Occasion, chain, record
from privacy_service.decisions.models import AuditChain, AuditRecord
from privacy_service.decisions.spool import SEGMENT_BYTES, Spool, SpoolFull, whole_lines
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from tests.factories import forget_acts
from workspaces.authentication import Stranger
from workspaces.models import User, Workspace

KEY_ID = uuid4()
MASKED = Decision(Effect.MASK, Reason.ROLE_LACKS_PII, REDACT_EVERYTHING, 7)


def occasion(number: int = 1) -> Occasion:
    """Return a call of its own."""
    return Occasion(UUID(int=number).hex, "mask", KEY_ID)


def ship() -> int:
    """Ship decisions alone: making the cast has told of acts."""
    forget_acts()
    return audit.ship()


def test_a_decision_becomes_a_row_with_ids_and_counts(workspace: Workspace, bob: User) -> None:
    record(MASKED, AccessRequest(bob, workspace), occasion(), {"US_SSN": 2})

    assert ship() == 1
    row = dict(AuditRecord.objects.values().get())
    assert row.pop("at")
    assert row == {
        "id": UUID(int=1),
        "endpoint": "mask",
        "workspace_id": workspace.pk,
        "key_id": KEY_ID,
        "actor_id": bob.pk,
        "actor_digest": "",
        "effect": "mask",
        "reason": "role-lacks-pii",
        "policy_version": 7,
        "entities": {"US_SSN": 2},
        "kind": "decision",
        "resource_type": "",
        "resource_id": "",
        "resource_name": "",
        "detail": {},
        "position": 1,
        "previous_hash": chain.GENESIS,
        "hash": AuditChain.objects.get(pk=workspace.pk).last_hash,
    }


def test_the_name_of_somebody_unknown_is_kept_as_a_keyed_hash(workspace: Workspace) -> None:
    for number, name in enumerate(["canary@example.com", "canary@example.com", "other@example.com"]):
        record(MASKED, AccessRequest(Stranger(name), workspace), occasion(number), {})
    spooled = b"".join(path.read_bytes() for path in audit.spool().directory.iterdir())

    ship()

    digests = list(AuditRecord.objects.order_by("id").values_list("actor_digest", flat=True))
    assert digests[0] == digests[1] != digests[2]
    assert b"canary" not in spooled
    assert "canary" not in str(AuditRecord.objects.values())


def test_shipping_empties_the_spool_and_a_second_time_finds_nothing(workspace: Workspace, bob: User) -> None:
    record(MASKED, AccessRequest(bob, workspace), occasion(), {})

    assert (ship(), ship()) == (1, 0)
    assert list(audit.spool().directory.iterdir()) == []


def test_a_record_shipped_twice_is_there_once(workspace: Workspace, bob: User) -> None:
    record(MASKED, AccessRequest(bob, workspace), occasion(), {})
    audit.spool().seal()
    segment = next(audit.spool().directory.iterdir())
    copy = segment.read_bytes()
    ship()

    segment.with_suffix(".sealed").write_bytes(copy)  # As if its process had died before deleting it.
    ship()

    assert AuditRecord.objects.count() == 1


def test_many_records_are_all_shipped_in_batches(workspace: Workspace, bob: User) -> None:
    for number in range(1_203):
        record(MASKED, AccessRequest(bob, workspace), occasion(number), {})

    assert ship() == 1_203
    assert AuditRecord.objects.count() == 1_203


def test_the_worker_task_ships(workspace: Workspace, bob: User) -> None:
    record(MASKED, AccessRequest(bob, workspace), occasion(), {})

    forget_acts()
    tasks.ship_spool()

    assert AuditRecord.objects.count() == 1


def _writer(directory: Path, then: str) -> "subprocess.Popen[bytes]":
    """Start a process that spools two records and then does what is said."""
    fields: dict[str, object] = {"workspace_id": UUID(int=5), "key_id": KEY_ID, "actor_id": None, "actor_digest": ""}
    fields |= {"at": "2026-10-01 09:00:00.000000"}
    fields |= {"endpoint": "mask", "effect": "deny", "reason": "not-a-member", "policy_version": 0, "entities": {}}
    lines = [orjson.dumps(fields | {"id": UUID(int=number).hex}) for number in (1, 2)]
    code = f"""
        import os, signal, sys, time
        from pathlib import Path
        from privacy_service.decisions.spool import Spool
        spool = Spool(Path({str(directory)!r}), limit_bytes=10**6)
        for line in {lines!r}:
            spool.append(line)
        print("written", flush=True)
        {then}
    """
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)


def test_a_process_that_is_killed_after_answering_loses_no_record(workspace: Workspace) -> None:
    writer = _writer(audit.spool().directory, "os.kill(os.getpid(), signal.SIGKILL)")

    with writer:
        assert writer.wait(timeout=30) == -signal.SIGKILL
        assert ship() == 2
    assert set(AuditRecord.objects.values_list("id", flat=True)) == {UUID(int=1), UUID(int=2)}


def test_the_segment_of_a_living_process_is_left_alone(workspace: Workspace) -> None:
    with _writer(audit.spool().directory, "time.sleep(60)") as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        while_it_lives = ship()
        writer.kill()
        writer.wait()

        assert (while_it_lives, ship()) == (0, 2)


@pytest.mark.parametrize("cut", [b'{"id": "0000', b'{"id": "0000' + bytes(50), b'{"id": "0\x00\x00"}\n' + bytes(50)])
def test_a_line_cut_short_by_a_crash_spoils_no_other(workspace: Workspace, bob: User, cut: bytes) -> None:
    record(MASKED, AccessRequest(bob, workspace), occasion(), {})
    audit.spool().seal()
    segment = next(audit.spool().directory.iterdir())
    with segment.open("ab") as torn:
        torn.write(cut)

    assert ship() == 1
    assert list(audit.spool().directory.iterdir()) == []


def test_a_full_spool_refuses_and_takes_again_once_shipped(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=100)
    spool.append(b"x" * 101)

    with pytest.raises(SpoolFull):
        spool.append(b"y")
    spool.seal()
    for path in spool.claim():
        path.unlink()
    spool.measure()
    spool.append(b"z")

    assert [path.read_bytes().rstrip(b"\x00") for path in tmp_path.iterdir()] == [b"z\n"]


def test_records_that_fill_a_segment_go_on_in_the_next(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=10 * SEGMENT_BYTES)
    line = b"x" * (SEGMENT_BYTES // 2)
    for _ in range(5):
        spool.append(line)
    spool.seal()

    assert [list(whole_lines(path)) for path in sorted(tmp_path.iterdir())] == [[line + b"\n"]] * 5


def test_a_record_larger_than_a_segment_is_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=10 * SEGMENT_BYTES)

    with pytest.raises(OSError, match="larger than a segment"):
        spool.append(b"x" * SEGMENT_BYTES)


def test_a_disk_without_room_for_a_segment_is_an_error_that_leaves_nothing_behind(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=10 * SEGMENT_BYTES)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SEGMENT_BYTES // 2, before[1]))
    try:
        with pytest.raises(OSError, match="no room"):
            spool.append(b"x")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)

    assert list(tmp_path.iterdir()) == []


def test_a_segment_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    Spool(tmp_path / "spool", limit_bytes=100).append(b"x")

    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "spool", *(tmp_path / "spool").iterdir())]
    assert modes == [0o700, 0o600]


def test_after_a_fork_the_child_writes_a_segment_of_its_own(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit_bytes=1000)
    spool.append(b"parent")
    child = os.fork()
    if child == 0:
        spool.append(b"child")
        os._exit(0)
    os.waitpid(child, 0)

    assert sorted(path.read_bytes().rstrip(b"\x00") for path in tmp_path.iterdir()) == [b"child\n", b"parent\n"]


def test_the_trail_is_append_only(workspace: Workspace, bob: User) -> None:
    record(MASKED, AccessRequest(bob, workspace), occasion(), {})
    ship()
    row = AuditRecord.objects.get()

    attempts: list[Callable[[], object]] = [
        row.save,
        row.delete,
        AuditRecord.objects.all().delete,
        lambda: AuditRecord.objects.update(effect="pass"),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match="append-only"):
            attempt()
    assert AuditRecord.objects.get().effect == "mask"


def test_a_record_that_the_database_refuses_is_set_aside_and_holds_up_no_other(workspace: Workspace, bob: User) -> None:
    record(MASKED, AccessRequest(bob, workspace), occasion(1), {})
    audit.spool().append(b'{"id": null, "effect": "mask"}')
    record(MASKED, AccessRequest(bob, workspace), occasion(2), {})

    ship()

    assert AuditRecord.objects.count() == 2
    refused = [path.read_bytes() for path in audit.spool().directory.glob("*.refused")]
    assert refused == [b'{"id": null, "effect": "mask"}\n']


def test_a_shipper_beside_a_writer_loses_nothing(tmp_path: Path) -> None:
    writer, shipper = (Spool(tmp_path, limit_bytes=10**9) for _ in range(2))
    shipped: list[bytes] = []
    done = Event()

    def ship_on() -> None:
        while not done.is_set():
            for path in shipper.claim():
                shipped.extend(whole_lines(path))
                path.unlink()

    beside = Thread(target=ship_on)
    beside.start()
    for number in range(2_000):
        writer.append(b"%d" % number)
        if number % 4 == 0:
            writer.seal()
    writer.seal()
    done.set()
    beside.join()
    for path in shipper.claim():
        shipped.extend(whole_lines(path))

    assert sorted(map(int, shipped)) == list(range(2_000))


def test_a_segment_whose_file_was_deleted_is_written_anew(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", limit_bytes=10**6)
    spool.append(b"kept")
    shutil.rmtree(tmp_path / "spool")

    spool.seal()

    assert [list(whole_lines(path)) for path in (tmp_path / "spool").iterdir()] == [[b"kept\n"]]


def test_the_limit_holds_while_shipping_fails(workspace: Workspace, bob: User) -> None:
    forget_acts()
    record(MASKED, AccessRequest(bob, workspace), occasion(), {})
    audit.spool().seal()

    def vanish(*_: object) -> object:
        raise DatabaseError

    with connection.execute_wrapper(vanish), pytest.raises(DatabaseError):
        audit.ship()

    assert audit.spool()._waiting_bytes > 0
    assert ship() == 1


def test_a_segment_that_could_not_be_shipped_is_free_at_once(
    workspace: Workspace, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_acts()
    record(MASKED, AccessRequest(bob, workspace), occasion(), {})
    audit.spool().seal()

    def vanish(_: object) -> int:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(audit.shipping, "_ship_segment", vanish)
        with pytest.raises(DatabaseError) as failed:
            audit.ship()

    assert ship() == 1
    assert failed.tb is not None  # Whoever still looks at the failure holds no lock by that.
