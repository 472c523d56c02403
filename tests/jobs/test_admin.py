"""An administrator sees how far jobs are, and cancels one."""

import pytest
from django.test import Client
from django.urls import reverse

from privacy_service.jobs.models import Job, JobFile, State
from workspaces.models import User, Workspace


@pytest.fixture
def client(db: None) -> Client:
    """Return an administrator's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


@pytest.fixture
def job(workspace: Workspace) -> Job:
    """Return a job that is halfway."""
    used = {"name": "balanced", "workspace": "acme", "version": 0, "fingerprint": "0"}
    places = {"source": "file:///data/in", "out": "file:///data/out"}
    job = Job.objects.create(workspace=workspace, policy=used, tier="fast", state=State.RUNNING, **places)
    sizes = {"size": 4_000_000, "done_bytes": 2_000_000}
    JobFile.objects.create(job=job, source="/data/in/a.csv", out="/data/out/a.csv", identity={}, **sizes)
    return job


def test_the_list_says_how_far_a_job_is_and_its_page_shows_its_files(client: Client, job: Job) -> None:
    listed = client.get(reverse("admin:jobs_job_changelist")).content.decode()
    page = client.get(reverse("admin:jobs_job_change", args=[job.pk])).content.decode()

    assert "50% of 4.0 MB" in listed
    assert "/data/in/a.csv" in page


def test_a_job_is_cancelled_from_the_list(client: Client, job: Job) -> None:
    asked = {"action": "cancel", "_selected_action": [str(job.pk)]}

    answer = client.post(reverse("admin:jobs_job_changelist"), asked, follow=True)

    assert "Cancelled: 1." in answer.content.decode()
    assert Job.objects.get(pk=job.pk).state == State.CANCELLED
    assert JobFile.objects.get(job=job).state == State.CANCELLED
