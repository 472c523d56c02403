"""Jobs through the workers: begun over the API, masked chunk by chunk, taken up again where a worker was lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from classifier import Tier
from privacy_service.celery import app
from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord, Policy
from privacy_service.jobs import carrying, tasks
from privacy_service.jobs.errors import JobRefused
from privacy_service.jobs.models import Chunk, Job, JobFile, State
from privacy_service.jobs.starting import Asked, cancel_job, start_job
from privacy_service.observability import facts, metrics
from tests.factories import make_policy
from tests.jobs.files import CANARY, LINES, TABLE
from tests.leaking import forget_to_hide
from tests.managing.conftest import Api, person
from workspaces.grants import grant
from workspaces.keys import Scope
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role

Begin = Callable[..., Job]


@pytest.fixture
def lake(tmp_path: Path, settings: Any) -> Path:
    """Return a folder in which acme's jobs may read and write, with two files in it."""
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}/{{workspace}}/"]
    settings.PRIVACY_JOBS_CHUNK_BYTES = 2000
    folder = tmp_path / "acme"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "events.jsonl").write_bytes(LINES)
    (folder / "in" / "table.csv").write_bytes(TABLE)
    return folder


@pytest.fixture
def at_once() -> Iterator[None]:
    """Have tasks carried out when they are sent."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.fixture
def owner(alice: User) -> Api:
    """Return the API as alice's own key opens it."""
    return person(alice)


@pytest.fixture
def begin(workspace: Workspace, alice: User, lake: Path) -> Begin:
    """Return what begins a job over the folder; its tasks are not sent."""

    def begin(**asked: Any) -> Job:
        return start_job(
            workspace, Asked(f"file://{lake}/in", f"file://{lake}/out", tier=Tier.PATTERNS, **asked), by=alice
        )

    return begin


def work_off(job: Job) -> Job:
    """Do all that is left of a job, as workers do."""
    for file_id in carrying.plan(job.pk):
        for chunk_id in list(carrying.cut_file(file_id)):
            carrying.mask_chunk(chunk_id)
        carrying.finish_file(file_id)
    return Job.objects.get(pk=job.pk)


def test_an_owner_has_a_folder_masked_and_watches_it(
    alice: User,
    workspace: Workspace,
    lake: Path,
    at_once: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    owner, asked = person(alice), {"source": f"file://{lake}/in/", "out": f"file://{lake}/out/", "tier": "patterns"}
    make_policy(workspace, {"US_SSN": "last4"})

    with django_capture_on_commit_callbacks(execute=True):
        begun = owner.post("/jobs", asked)
    told = owner.get(f"/jobs/{begun.json['id']}").json
    manifest = owner.get(f"/jobs/{begun.json['id']}/manifest").json

    assert (begun.status, begun.json["state"], begun.json["policy"]["version"]) == (201, "waiting", 1)
    assert told["state"] == "done"
    assert (told["files"], told["files_done"], told["files_failed"]) == (2, 2, 0)
    assert told["bytes_done"] == told["bytes"] == len(LINES) + len(TABLE)
    assert [file["manifest"]["rows"] for file in manifest["files"]] == [60, 60]
    written = {one.name: one.read_bytes() for one in (lake / "out").iterdir()}
    assert written.keys() == {
        f"{name}{end}" for name in ("events.jsonl", "table.csv") for end in ("", ".manifest.json")
    }
    assert written["events.jsonl"].count(b'"ssn":"***-**-6789"') == 60
    assert CANARY not in str(written) + str(told) + str(manifest)


def test_what_a_job_did_is_in_the_trail(begin: Begin, alice: User) -> None:
    job = begin()
    cancel_job(job, by=alice)
    audit.ship()

    acts = AuditRecord.objects.filter(resource_type="job").order_by("position")
    assert [(one.kind, one.actor_id, one.resource_id) for one in acts] == [
        ("job-started", alice.pk, str(job.pk)),
        ("job-cancelled", alice.pk, str(job.pk)),
    ]


RIGHTS = [
    ((), (Scope.JOBS,), 403, "permission-missing"),
    ((Role.PRIVACY_ADMIN,), (Scope.MASK,), 403, "scope-missing"),
    ((Role.PRIVACY_ADMIN,), (Scope.JOBS,), 201, ""),
]


@pytest.mark.parametrize(("roles", "scopes", "status", "reason"), RIGHTS)
def test_who_may_run_jobs_needs_the_permission_and_the_scope(
    bob: User, lake: Path, roles: tuple[Role, ...], scopes: tuple[Scope, ...], status: int, reason: str
) -> None:
    for role in roles:
        grant(Membership.objects.get(user=bob), role)

    answer = person(bob, *scopes).post("/jobs", {"source": f"file://{lake}/in", "out": f"file://{lake}/out"})

    assert (answer.status, answer.json.get("reason", "")) == (status, reason)


def test_another_policy_than_the_workspaces_needs_the_right_to_change_it(bob: User, lake: Path) -> None:
    grant(Membership.objects.get(user=bob), Role.PRIVACY_ADMIN)
    asked = {"source": f"file://{lake}/in", "out": f"file://{lake}/out", "policy": "analytics"}

    answer = person(bob).post("/jobs", asked)

    assert (answer.status, answer.json["reason"]) == (403, "permission-missing")


PLACES = [
    "/etc/passwd",
    "file:///etc/",
    "file://{lake}/../other/in",
    "file://{lake}/link/secret.jsonl",
    "file://{lake}x/in",
    "s3://bucket/in",
    "filecache::file://{lake}/in",
    "http://127.0.0.1/in.jsonl",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_job_goes_to_no_place_that_is_not_listed(owner: Api, lake: Path, place: str) -> None:
    (lake.parent / "other").mkdir()
    (lake.parent / "other" / "secret.jsonl").write_bytes(LINES)
    (lake / "link").symlink_to(lake.parent / "other")
    address = place.replace("{lake}", str(lake))

    read = owner.post("/jobs", {"source": address, "out": f"file://{lake}/out"})
    written = owner.post("/jobs", {"source": f"file://{lake}/in", "out": address})

    assert (read.status, written.status) == (422, 422)
    assert "may not go there" in read.json["detail"]
    assert Job.objects.count() == 0


def test_no_place_at_all_is_open_unless_one_is_listed(owner: Api, lake: Path, settings: Any) -> None:
    settings.PRIVACY_JOBS_PLACES = []

    answer = owner.post("/jobs", {"source": f"file://{lake}/in", "out": f"file://{lake}/out"})

    assert answer.status == 422
    assert "PRIVACY_JOBS_PLACES" in answer.json["detail"]


@pytest.mark.parametrize("name", ["innocent.jsonl", "[x]*.jsonl"])
def test_a_link_within_the_folder_that_leads_out_of_it_is_as_if_it_were_not_there(
    begin: Begin, lake: Path, name: str
) -> None:
    (lake.parent / "secret.jsonl").write_bytes(LINES)
    (lake / "in" / name).symlink_to(lake.parent / "secret.jsonl")
    (lake / "in" / "photo.png").symlink_to(lake.parent / "secret.jsonl")

    job = work_off(begin())

    assert sorted(Path(one.source).name for one in JobFile.objects.filter(job=job)) == ["events.jsonl", "table.csv"]
    assert (job.state, job.left_out) == (State.DONE, [])
    assert not (lake / "out" / name).exists()


@pytest.mark.parametrize("there", ["anna-meyer-divorce.pdf", "anna-meyer.jsonl", None])
@pytest.mark.parametrize("pattern", ["in/**", "in/*/anna-meyer*"])
def test_a_pattern_tells_nothing_of_what_a_link_shows_of_elsewhere(
    workspace: Workspace, alice: User, lake: Path, there: str | None, pattern: str
) -> None:
    rival = lake.parent / "rival"
    rival.mkdir()
    if there:
        (rival / there).write_bytes(LINES)
    for name in ("events.jsonl", "table.csv"):
        (lake / "in" / name).unlink()
    (lake / "in" / "link").symlink_to("../../rival")

    asked = Asked(f"file://{lake}/{pattern}", f"file://{lake}/out", tier=Tier.PATTERNS)
    job = work_off(start_job(workspace, asked, by=alice))

    said = f"Nothing matches {lake}/{pattern}."
    assert (job.state, job.message, job.left_out) == (State.FAILED, said, [])


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_where_masked_files_go_tells_nothing_of_elsewhere(begin: Begin, lake: Path, is_there: bool) -> None:
    rival = lake.parent / "rival"
    rival.mkdir()
    if is_there:
        (rival / "events.jsonl").write_bytes(LINES)
    (lake / "in" / "link").mkdir()
    (lake / "in" / "events.jsonl").rename(lake / "in" / "link" / "events.jsonl")
    (lake / "out").mkdir()
    (lake / "out" / "link").symlink_to(rival)

    job = work_off(begin())

    assert job.state == State.FAILED
    assert "may not go there" in job.message


def test_a_chunk_whose_worker_died_is_masked_by_another(begin: Begin, lake: Path, at_once: None) -> None:
    job = begin()
    file_id = carrying.plan(job.pk)[0]
    chunk_ids = list(carrying.cut_file(file_id))
    assert carrying._take(chunk_ids[1])  # And then its worker dies.
    for chunk_id in chunk_ids:
        assert carrying.mask_chunk(chunk_id) is None
    assert not carrying.is_whole(file_id)

    long_ago = timezone.now() - timedelta(hours=1)
    Chunk.objects.filter(pk=chunk_ids[1]).update(leased_until=long_ago)
    Job.objects.filter(pk=job.pk).update(moved_at=long_ago)
    tasks.pick_up()

    assert Job.objects.get(pk=job.pk).state == State.DONE
    assert (lake / "out" / "events.jsonl").read_bytes().count(b"\n") == 60


@pytest.mark.parametrize("lost", ["plan", "cut", "mask", "finish"])
def test_a_task_that_is_lost_is_sent_again(begin: Begin, lake: Path, at_once: None, lost: str) -> None:
    job = begin()
    steps = ["plan", "cut", "mask", "finish"]
    for step in steps[: steps.index(lost)]:
        for file in JobFile.objects.filter(job=job) if step != "plan" else [None]:
            if file is None:
                carrying.plan(job.pk)
            elif step == "cut":
                list(carrying.cut_file(file.pk))
            else:
                for chunk_id in Chunk.objects.filter(file=file).values_list("pk", flat=True):
                    carrying.mask_chunk(chunk_id)
    Job.objects.filter(pk=job.pk).update(moved_at=timezone.now() - timedelta(hours=1))

    tasks.pick_up()

    assert Job.objects.get(pk=job.pk).state == State.DONE
    assert (lake / "out" / "events.jsonl").read_bytes().count(b"\n") == 60
    assert (lake / "out" / "table.csv").read_bytes().count(b"\n") == TABLE.count(b"\n")


def test_a_job_whose_worker_died_before_it_could_end_it_ends(begin: Begin, at_once: None) -> None:
    job = begin()
    for file_id in carrying.plan(job.pk):
        JobFile.objects.filter(pk=file_id).update(state=State.DONE)  # And then its worker dies.
    Job.objects.filter(pk=job.pk).update(moved_at=timezone.now() - timedelta(hours=1))

    tasks.pick_up()

    assert Job.objects.get(pk=job.pk).state == State.DONE


def test_every_task_can_run_twice(begin: Begin, lake: Path) -> None:
    job = begin()
    for _ in range(2):
        file_ids = carrying.plan(job.pk)
    for file_id in file_ids:
        chunk_ids = [list(carrying.cut_file(file_id)) for _ in range(2)]
        assert chunk_ids[0] == chunk_ids[1]
        for chunk_id in [*chunk_ids[0], *chunk_ids[1]]:
            carrying.mask_chunk(chunk_id)
        carrying.finish_file(file_id)
        carrying.finish_file(file_id)

    told = JobFile.objects.filter(job=job).values_list("state", "done_bytes", "size", "manifest__rows")
    assert [(state, done == size, rows) for state, done, size, rows in told] == [("done", True, 60)] * 2


def test_a_packed_file_is_masked_as_one_stream_and_gone_on_with(begin: Begin, lake: Path) -> None:
    import gzip  # noqa: PLC0415 - for this test alone.

    for name in ("events.jsonl", "table.csv"):
        (lake / "in" / name).unlink()
    (lake / "in" / "events.jsonl.gz").write_bytes(gzip.compress(LINES))
    job = begin()
    (file_id,) = carrying.plan(job.pk)
    assert list(carrying.cut_file(file_id)) == []
    first = Chunk.objects.filter(file=file_id)
    count = first.count()
    first.filter(index__gt=1).delete()  # As if the worker had died after the second.
    JobFile.objects.filter(pk=file_id).update(chunk_count=None)

    assert list(carrying.cut_file(file_id)) == []
    carrying.finish_file(file_id)

    assert count > 3
    assert gzip.decompress((lake / "out" / "events.jsonl.gz").read_bytes()).count(b"\n") == 60
    assert Job.objects.get(pk=job.pk).state == State.DONE


def test_a_file_that_cannot_be_read_is_given_up_and_the_others_are_masked(begin: Begin, lake: Path) -> None:
    (lake / "in" / "events.jsonl").write_bytes(LINES + b'{"email": "canary.person@example.com"\n')

    job = work_off(begin())

    failed, done = JobFile.objects.filter(job=job).order_by("source")
    assert (job.state, job.message) == (State.FAILED, "1 of 2 files were given up.")
    assert (failed.state, done.state) == (State.FAILED, State.DONE)
    assert failed.message.startswith("line 61, column 38")
    assert CANARY not in failed.message
    assert not (lake / "out" / "events.jsonl").exists()
    assert Chunk.objects.count() == 0


def test_a_cancelled_job_leaves_nothing_lying(begin: Begin, lake: Path, alice: User) -> None:
    job = begin()
    file_id = carrying.plan(job.pk)[0]
    chunk_ids = list(carrying.cut_file(file_id))
    carrying.mask_chunk(chunk_ids[0])

    cancelled = cancel_job(job, by=alice)
    carrying.clean_up(job.pk)

    assert cancelled.state == State.CANCELLED
    assert [carrying.mask_chunk(chunk_id) for chunk_id in chunk_ids] == [None] * len(chunk_ids)
    assert list((lake / "out").iterdir()) == []


def test_a_cancelled_job_is_cleaned_up_later_where_no_worker_could_be_asked(
    begin: Begin,
    lake: Path,
    alice: User,
    at_once: None,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def broken(*_: object) -> None:
        raise OSError

    job = begin()
    for chunk_id in list(carrying.cut_file(carrying.plan(job.pk)[0])):
        carrying.mask_chunk(chunk_id)
    with monkeypatch.context() as patched, django_capture_on_commit_callbacks(execute=True):
        patched.setattr(tasks.clean_up, "delay", broken)
        cancel_job(job, by=alice)
    left = list((lake / "out").iterdir())

    Job.objects.filter(pk=job.pk).update(moved_at=timezone.now() - timedelta(hours=1))
    tasks.pick_up()

    assert left
    assert list((lake / "out").iterdir()) == []
    assert not Chunk.objects.exists()


def test_a_damaged_part_is_never_put_out_but_masked_anew(begin: Begin, lake: Path) -> None:
    job = begin()
    file_id = carrying.plan(job.pk)[0]
    for chunk_id in carrying.cut_file(file_id):
        carrying.mask_chunk(chunk_id)
    part = carrying.parts_of(JobFile.objects.get(pk=file_id)).child("part-000001").path
    part.write_bytes(part.read_bytes()[:-1])

    carrying.finish_file(file_id)
    assert not (lake / "out" / "events.jsonl").exists()
    work_off(job)

    assert (lake / "out" / "events.jsonl").read_bytes().count(b"\n") == 60


def test_a_chunk_that_ends_its_worker_again_and_again_gives_the_file_up(begin: Begin) -> None:
    job = begin()
    file_id = carrying.plan(job.pk)[0]
    chunk_id = next(iter(carrying.cut_file(file_id)))
    Chunk.objects.filter(pk=chunk_id).update(attempts=carrying.MOST_ATTEMPTS)

    assert carrying.mask_chunk(chunk_id) is None

    file = JobFile.objects.get(pk=file_id)
    assert (file.state, "never ended" in file.message) == (State.FAILED, True)


def test_a_policy_that_has_changed_meanwhile_does_not_mix_with_the_one_a_job_began_with(
    begin: Begin, workspace: Workspace, lake: Path, settings: Any
) -> None:
    make_policy(workspace, {"US_SSN": "last4"})
    job = begin()
    make_policy(workspace, {"US_SSN": "redact"})

    work_off(job)
    masked = (lake / "out" / "events.jsonl").read_bytes()
    settings.PRIVACY_TOKEN_KEY = "another-token-key-0123456789-0123456789"

    assert masked.count(b'"ssn":"***-**-6789"') == 60
    with pytest.raises(JobRefused, match="have changed since this job began"):
        carrying.task_of(JobFile.objects.filter(job=job)[0])


def test_how_many_jobs_run_and_which_stands_still_is_among_the_metrics(begin: Begin) -> None:
    job = begin()
    Job.objects.filter(pk=job.pk).update(moved_at=timezone.now() - timedelta(minutes=30))
    facts.forget()

    shown = metrics.exposition().decode()

    assert 'privacy_jobs_open{state="waiting"} 1.0' in shown
    still = next(line for line in shown.splitlines() if line.startswith("privacy_jobs_still_seconds "))
    assert float(still.split()[1]) > 1700


def test_a_file_that_was_masked_badly_is_given_up_and_nothing_of_it_put_out(
    workspace: Workspace, begin: Begin, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = make_policy(workspace, {})
    Policy.objects.create(workspace=workspace, rules={**policy.rules, "leak_check": True})
    job = begin()
    forget_to_hide(monkeypatch)

    work_off(job)

    files = {(one.state, one.message) for one in JobFile.objects.filter(job=job)}
    assert {state for state, _ in files} == {State.FAILED}
    assert all("still shows what was to be hidden" in message for _, message in files)
    assert CANARY not in str(files)
    assert [path for path in lake.rglob("*") if path.is_file() and "in" not in path.parts] == []
