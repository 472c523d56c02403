"""Integrations for administrators; jobs and topics of a workspace."""

import pytest
from django.utils import timezone

from privacy_service.gateway.models import Integration
from privacy_service.jobs.models import Job, JobFile, State
from privacy_service.streams.models import RegisteredTopic
from tests.console.conftest import Opened
from tests.factories import make_workspace
from tests.managing.rights import give
from workspaces.models import Membership, User, Workspace

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
