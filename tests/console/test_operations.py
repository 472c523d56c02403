"""Integrations for administrators; jobs and topics of a workspace."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from privacy_service.gateway.models import Integration
from privacy_service.inventory.models import SourceNote
from privacy_service.jobs.models import Job, JobFile, State
from privacy_service.streams.models import RegisteredTopic
from tests.console.conftest import Opened
from tests.factories import make_source, make_workspace
from tests.managing.rights import give
from workspaces.models import Membership, User, Workspace
from workspaces.sources import change_source

SYSTEMS, JOBS = "/console/integrations", "/console/w/acme/jobs"


def make_job(workspace: Workspace, state: State = State.RUNNING) -> Job:
    """Return a job of two files, one of them half done."""
    places = {"source": "file:///data/in/", "out": "file:///data/out/", "policy": {}, "tier": "fast"}
    job = Job.objects.create(workspace=workspace, state=state, **places)
    for name, done, at in (("a", 100, State.DONE), ("b", 50, State.RUNNING)):
        JobFile.objects.create(job=job, source=name, out=name, identity={}, size=100, done_bytes=done, state=at)
    return job


def test_systems_are_listed_with_how_far_they_have_come(opened: Opened, administrator: User) -> None:
    Integration.objects.create(
        system="orders", status="live", way="nginx", data_kinds=["US_SSN"], last_seen_at=timezone.now()
    )
    Integration.objects.create(system="billing", owner="Team Money")
    client = opened(administrator)
    page = client.get(SYSTEMS).content.decode()

    assert all(words in page for words in ("orders", "US SSN", "nginx", "just now", "Team Money", "Planned"))
    assert "billing" not in client.get(f"{SYSTEMS}?status=live").content.decode()


def test_without_a_system_the_page_says_how_one_appears(opened: Opened, administrator: User) -> None:
    assert "No system has called yet" in opened(administrator).get(SYSTEMS).content.decode()


def test_owners_of_a_workspace_do_not_see_what_others_have_integrated(opened: Opened, alice: User) -> None:
    assert opened(alice).get(SYSTEMS).status_code == 403


def test_jobs_are_shown_with_how_far_they_are(opened: Opened, workspace: Workspace, alice: User) -> None:
    make_job(workspace)
    RegisteredTopic.objects.create(workspace=workspace, name="user-info", flow="mask-user-info")
    page = opened(alice).get(JOBS).content.decode()

    assert 'value="75"' in page
    assert "1 of 2 files" in page
    assert "every 3s" in page
    assert "user-info" in page


def test_a_job_is_cancelled(opened: Opened, workspace: Workspace, alice: User) -> None:
    job = make_job(workspace)
    page = opened(alice).post(f"{JOBS}/{job.pk}/cancel", follow=True).content.decode()
    job.refresh_from_db()

    assert "Files that were whole stay." in page
    assert "every 3s" not in page
    assert job.state == State.CANCELLED


def test_a_job_of_another_workspace_is_not_there(opened: Opened, workspace: Workspace, alice: User) -> None:
    job = make_job(make_workspace("other"))

    assert opened(alice).post(f"{JOBS}/{job.pk}/cancel").status_code == 404


@pytest.mark.parametrize("may", [True, False])
def test_jobs_are_for_who_may_run_them(opened: Opened, bob: User, may: bool) -> None:
    if may:
        give(Membership.objects.get(user=bob), "run_jobs")

    assert opened(bob).get(JOBS).status_code == (200 if may else 403)


def text_of(page: bytes) -> str:
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).replace("\xa0", " ").split())


@pytest.fixture
def lake(tmp_path: Path, settings: Settings) -> dict[str, str]:
    """Return what fills in the form for a job, in the one folder that jobs of acme may read and write."""
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}/{{workspace}}/"]
    at = f"file://{tmp_path}/acme"
    return {"source": f"{at}/in/", "out": f"{at}/out/", "tier": "fast", "on_error": "stop"}


def test_a_job_is_looked_at_first_and_then_begun(
    opened: Opened,
    workspace: Workspace,
    alice: User,
    lake: dict[str, str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = opened(alice)
    asked = client.post(f"{JOBS}/new", {**lake, "overwrite": "on"}).content.decode()
    assert not Job.objects.exists()
    with django_capture_on_commit_callbacks() as tasks:
        page = client.post(f"{JOBS}/new", {**lake, "policy": "strict", "sure": "yes"}, follow=True).content.decode()

    assert "Begin this job?" in asked
    assert "Files that are there already are replaced." in asked
    job = Job.objects.get()
    assert (job.source, job.out, job.policy_name, job.overwrites) == (lake["source"], lake["out"], "strict", False)
    assert (job.created_by, len(tasks)) == (alice, 1)
    assert "You may leave this page" in page
    assert lake["source"] in page


def test_a_look_at_a_job_names_its_first_files_their_sizes_and_where_they_go(
    opened: Opened, alice: User, lake: dict[str, str], tmp_path: Path
) -> None:
    read = tmp_path / "acme" / "in"
    read.mkdir(parents=True)
    for number in range(12):
        (read / f"day-{number:02}.jsonl").write_bytes(b"x" * 2048)
    (read / "photo.png").touch()
    page = text_of(opened(alice).post(f"{JOBS}/new", lake).content)

    assert "12 files would be masked, 24.0 KB." in page
    assert f"day-09.jsonl 2.0 KB {tmp_path}/acme/out/day-09.jsonl and 2 more" in page
    assert "1 file is left out, since its name does not tell what it is made of: photo.png" in page
    assert "Begin this job?" in page


@pytest.mark.parametrize(
    ("there", "change", "words"),
    [
        ((), {}, "No file that could be masked is at file://"),
        (("photo.png",), {}, "No file that could be masked is at file://"),
        (("a.jsonl",), {"source": "in/*.csv"}, "No file that could be masked is at file://"),
        (("a.jsonl", "../out/a.jsonl"), {}, "Files are there already at file://"),
        (("a.jsonl",), {"out": "in/masked/"}, "a later run would read what this one writes"),
    ],
)
def test_a_look_at_a_job_that_would_fail_says_why(
    opened: Opened,
    alice: User,
    lake: dict[str, str],
    tmp_path: Path,
    there: tuple[str, ...],
    change: dict[str, str],
    words: str,
) -> None:
    for name in ("in", "out"):
        (tmp_path / "acme" / name).mkdir(parents=True)
    for name in there:
        (tmp_path / "acme" / "in" / name).touch()
    asked = {**lake, **{name: f"file://{tmp_path}/acme/{value}" for name, value in change.items()}}
    response = opened(alice).post(f"{JOBS}/new", asked)

    assert response.status_code == 400
    assert words in text_of(response.content)
    assert "Begin this job?" not in text_of(response.content)


@pytest.mark.parametrize("pattern", ["**", "*/*.jsonl", "*/alice-liddell*"])
def test_a_look_at_a_job_tells_nothing_of_what_a_link_shows_of_elsewhere(
    opened: Opened, alice: User, lake: dict[str, str], tmp_path: Path, pattern: str
) -> None:
    (tmp_path / "acme" / "in").mkdir(parents=True)
    (tmp_path / "others").mkdir()
    (tmp_path / "acme" / "in" / "link").symlink_to(tmp_path / "others")
    said = []
    for name in ("", "alice-liddell.pdf", "alice-liddell.jsonl"):
        if name:
            (tmp_path / "others" / name).write_text("{}")
        response = opened(alice).post(f"{JOBS}/new", {**lake, "source": f"{lake['source']}{pattern}"})
        said.append(re.findall('role="alert".*?</p>', response.content.decode()))
        assert "liddell." not in text_of(response.content)

    assert "No file that could be masked" in said[0][0]
    assert said == [said[0]] * 3


def test_a_look_at_a_job_names_no_file_of_elsewhere_beside_its_own(
    opened: Opened, alice: User, lake: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "acme" / "in").mkdir(parents=True)
    (tmp_path / "acme" / "in" / "own.jsonl").touch()
    (tmp_path / "rival").mkdir()
    (tmp_path / "rival" / "anna-meyer-divorce.pdf").touch()
    (tmp_path / "acme" / "in" / "link").symlink_to("../../rival")
    page = text_of(opened(alice).post(f"{JOBS}/new", {**lake, "source": f"{lake['source']}**"}).content)

    assert "1 file would be masked" in page
    assert "left out, since" not in page
    assert "divorce" not in page


def test_a_look_at_a_job_of_very_many_files_counts_no_further_than_a_thousand(
    opened: Opened, alice: User, lake: dict[str, str], tmp_path: Path
) -> None:
    read = tmp_path / "acme" / "in"
    read.mkdir(parents=True)
    (read / "a-photo.png").touch()
    for number in range(1_002):
        (read / f"{number:04}.jsonl").touch()
    page = text_of(opened(alice).post(f"{JOBS}/new", {**lake, "source": f"{lake['source']}**"}).content)

    assert "More than 1,000 files would be masked." in page
    assert f"0009.jsonl 0 bytes {tmp_path}/acme/out/0009.jsonl" in page
    assert " more Begin" not in page
    assert "Begin this job?" in page


def test_where_this_server_sees_no_files_the_job_can_be_begun_all_the_same(
    opened: Opened, alice: User, lake: dict[str, str], tmp_path: Path
) -> None:
    page = text_of(opened(alice).post(f"{JOBS}/new", lake).content)

    assert not (tmp_path / "acme").exists()
    assert "This server cannot look there" in page
    assert "Begin this job?" in page


def test_a_double_click_begins_one_job_and_the_form_filled_in_anew_another(
    opened: Opened, alice: User, lake: dict[str, str]
) -> None:
    client = opened(alice)
    counts = []
    for _ in range(2):
        [once] = re.findall('name="once" value="(.+?)"', client.post(f"{JOBS}/new", lake).content.decode())
        refused = {**lake, "source": "file:///etc/", "sure": "yes", "once": once}
        assert client.post(f"{JOBS}/new", refused).status_code == 400, "What was refused may be tried again."
        for _ in range(2):
            page = client.post(f"{JOBS}/new", {**lake, "sure": "yes", "once": once}, follow=True).content.decode()
            assert page.count("You may leave this page") == 1
            counts.append(Job.objects.count())

    assert counts == [1, 1, 2, 2]


def test_the_name_of_a_form_is_its_senders_alone(opened: Opened, alice: User, bob: User, lake: dict[str, str]) -> None:
    give(Membership.objects.get(user=bob), "run_jobs")
    for user in (alice, bob):
        opened(user).post(f"{JOBS}/new", {**lake, "sure": "yes", "once": "the same"})

    assert [job.created_by for job in Job.objects.order_by("created_at")] == [alice, bob]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": "file:///etc/"}, "Jobs of this workspace may not go there; they may go below file://"),
        ({"source": ""}, "Name what is read and where it goes"),
        ({"tier": "magic"}, "Name what is read and where it goes"),
    ],
)
def test_a_job_that_cannot_be_says_why_and_keeps_what_was_filled_in(
    opened: Opened, alice: User, lake: dict[str, str], change: dict[str, str], words: str
) -> None:
    for sure in (dict[str, str](), {"sure": "yes"}):
        response = opened(alice).post(f"{JOBS}/new", {**lake, **change, **sure})

        assert (response.status_code, words in response.content.decode()) == (400, True)
        assert f'value="{lake["out"]}"' in response.content.decode()
    assert not Job.objects.exists()


def test_without_a_place_the_page_says_who_opens_one(opened: Opened, alice: User, settings: Settings) -> None:
    settings.PRIVACY_JOBS_PLACES = []
    client = opened(alice)
    page = client.get(JOBS).content.decode()
    asked = {"source": "file:///a", "out": "file:///b", "tier": "fast", "on_error": "stop"}

    assert "No place is open to jobs" in page
    assert client.post(f"{JOBS}/new", asked).status_code == 400


def test_another_policy_is_for_who_may_change_the_policy(opened: Opened, bob: User, lake: dict[str, str]) -> None:
    give(Membership.objects.get(user=bob), "run_jobs")
    client = opened(bob)
    refused = client.post(f"{JOBS}/new", {**lake, "policy": "analytics", "sure": "yes"})

    assert 'id="job-policy"' not in client.get(JOBS).content.decode()
    assert (refused.status_code, Job.objects.exists()) == (400, False)
    assert client.post(f"{JOBS}/new", {**lake, "sure": "yes"}).status_code == 302


def test_a_place_of_a_restricted_source_is_kept_from_who_sees_none_of_it(
    opened: Opened, released_workspace: Workspace, bob: User, lake: dict[str, str]
) -> None:
    source = change_source(make_source(released_workspace, "crm"), restricted=True)
    SourceNote.objects.create(source=source, places=[lake["source"]])
    give(Membership.objects.get(user=bob), "run_jobs")
    refused = opened(bob).post(f"{JOBS}/new", {**lake, "sure": "yes"})

    assert (refused.status_code, Job.objects.exists()) == (400, False)
