"""Jobs that run through the workers, their files, and the chunks of those."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from privacy_service.jobs.chunks import OnError
from privacy_service.jobs.kinds import FileKind
from workspaces.models import Workspace


class State(models.TextChoices):
    """Where a job, or one of its files, stands."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


OPEN_STATES = (State.WAITING, State.RUNNING)


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs."""

    def open(self) -> "JobQuerySet":
        """Keep those that are not over."""
        return self.filter(state__in=OPEN_STATES)


class Job(models.Model):
    """A bulk run over files of a workspace."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="jobs")
    source = models.CharField(max_length=1000, help_text="The file, folder or pattern that is read.")
    out = models.CharField(max_length=1000, help_text="The file or folder that is written.")
    policy_name = models.CharField(max_length=100, blank=True, help_text="Empty: the workspace's newest.")
    policy = models.JSONField(help_text="The policy that hides, as manifests name it.")
    tier = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, choices=[(one, one) for one in FileKind], blank=True)
    on_error = models.CharField(max_length=10, choices=[(one, one) for one in OnError], default=OnError.STOP)
    only_newer = models.BooleanField("only newer policy", default=False)
    overwrites = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    message = models.CharField(max_length=500, blank=True, help_text="Why it failed.")
    left_out = models.JSONField(default=list, help_text="Files of a kind that nobody told, the first hundred.")
    up_to_date = models.PositiveIntegerField(default=0, help_text="Files that this policy had masked already.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(default=timezone.now, help_text="When anything of it was last done.")

    objects: ClassVar[JobQuerySet] = JobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-created_at"], name="job_by_workspace"),
            models.Index(fields=["state", "moved_at"], name="job_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.workspace} {self.id}"

    @property
    def is_open(self) -> bool:
        """Say whether anything of it may still be done."""
        return self.state in OPEN_STATES


class JobFile(models.Model):
    """One file of a job."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="files")
    source = models.CharField(max_length=1000)
    out = models.CharField(max_length=1000)
    identity = models.JSONField(help_text="What tells whether the input is still the one that was planned.")
    size = models.PositiveBigIntegerField()
    done_bytes = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    chunk_count = models.PositiveIntegerField(null=True, help_text="Empty until the whole file is cut.")
    message = models.CharField(max_length=500, blank=True, help_text="Why it was given up.")
    manifest = models.JSONField(null=True)
    began_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True, help_text="Until when a worker cuts it or puts it together.")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["job", "out"], name="one_file_per_output")
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.pk}"


class Chunk(models.Model):
    """One chunk of a file; what is kept of it, once it is done, are counts and checksums."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(JobFile, on_delete=models.CASCADE, related_name="chunks")
    index = models.PositiveIntegerField()
    start = models.PositiveBigIntegerField()
    end = models.PositiveBigIntegerField()
    is_last = models.BooleanField(default=False)
    weight = models.PositiveBigIntegerField(default=0, help_text="How much of the file, packed as it is, this is.")
    done = models.JSONField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["file", "index"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["file", "index"], name="one_chunk_per_index")
        ]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.index}"


def seconds_left(job: Job, size: int, done: int, now: datetime) -> int | None:
    """Return when a job should be over, by how fast it went until now."""
    if job.state != State.RUNNING or job.started_at is None or not done:
        return None
    return round((size - done) * (now - job.started_at).total_seconds() / done)


class LakeProgress(models.Model):
    """How far one person is forgotten in a lake that takes more than one pass; gone once they are."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=16, help_text="Keyed, of the person and the lake.")
    cursor = models.CharField(max_length=16, help_text="The last file in the order of the pass.")
    counts = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "digest"], name="one_progress_per_person_and_lake")
        ]

    def __str__(self) -> str:
        return f"{self.workspace_id}/{self.pk}"
