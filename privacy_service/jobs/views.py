"""Jobs over HTTP: begun, watched and cancelled by whoever may run them in a workspace."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier import POLICY_NAMES, Tier
from privacy_service.exceptions import PermissionMissing
from privacy_service.jobs.chunks import OnError
from privacy_service.jobs.errors import JobRefused
from privacy_service.jobs.kinds import FileKind
from privacy_service.jobs.models import Job, JobFile, State, seconds_left
from privacy_service.jobs.starting import Asked, cancel_job, start_job
from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.schema import COMMON, ETAG, IDEMPOTENCY_KEY, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from workspaces.keys import Scope
from workspaces.permissions import Permission

_PLACE = "An address below one of the installation's PRIVACY_JOBS_PLACES, such as file:///data/in/ or s3://bucket/in/."


class JobSerializer(serializers.Serializer[Job]):
    """A job, and how far it is."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    out = serializers.CharField()
    policy = serializers.DictField(help_text="Name, workspace, version and fingerprint, as in manifests.")
    tier = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    message = serializers.CharField(help_text="Why it failed.")
    files = serializers.IntegerField(source="file_count", help_text="How many are to be masked.")
    files_done = serializers.IntegerField()
    files_failed = serializers.IntegerField()
    up_to_date = serializers.IntegerField(help_text="Files that this policy had masked already.")
    left_out = serializers.ListField(child=serializers.CharField(), help_text="Files of a kind that nobody told.")
    bytes = serializers.IntegerField(source="size")
    bytes_done = serializers.IntegerField()
    seconds_left = serializers.SerializerMethodField(help_text="An estimate; null before one can be made.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)

    def get_seconds_left(self, job: Any) -> int | None:
        """Return when it should be over."""
        return seconds_left(job, job.size, job.bytes_done, timezone.now())


class JobFileSerializer(serializers.Serializer[JobFile]):
    """A file of a job, with its manifest once it is masked."""

    source = serializers.CharField()  # type: ignore[assignment]
    out = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    message = serializers.CharField(help_text="Why it was given up: line and kind of error, never a value.")
    bytes = serializers.IntegerField(source="size")
    bytes_done = serializers.IntegerField(source="done_bytes")
    manifest = serializers.DictField(allow_null=True, help_text="Counts, checksums and policy; see docs/jobs.md.")


class NewJob(StrictSerializer):
    """A new job."""

    source = Text(max_length=1000, help_text=f"A file, a folder or a pattern. {_PLACE}")  # type: ignore[assignment]
    out = Text(max_length=1000, help_text=f"A file or a folder. {_PLACE}")
    policy = serializers.ChoiceField(
        POLICY_NAMES, required=False, default="", help_text="Absent: the workspace's newest. Others need manage_policy."
    )
    tier = serializers.ChoiceField([*Tier], default=Tier.FAST)
    format = serializers.ChoiceField([*FileKind], required=False, default=None, allow_null=True)
    on_error = serializers.ChoiceField([*OnError], default=OnError.STOP)
    only_newer_policy = serializers.BooleanField(default=False)
    overwrite = serializers.BooleanField(default=False)


class JobListing(Listing):
    """Filters of the list of jobs."""

    orders: ClassVar[dict[str, str]] = {"created_at": "created_at"}
    ordering = ordering(orders, default="-created_at")
    state = serializers.ChoiceField(State.choices, required=False)


class FileListing(Listing):
    """Filters of the files of a job."""

    orders: ClassVar[dict[str, str]] = {"id": "pk"}
    ordering = ordering(orders, default="id")
    state = serializers.ChoiceField(State.choices, required=False)


class JobViewSet(ManagementViewSet):
    """Bulk runs of a workspace."""

    collection = "jobs"
    scope = Scope.JOBS
    reading = Permission.RUN_JOBS
    writing = Permission.RUN_JOBS
    listing = JobListing
    serializer_class = JobSerializer
    volatile = frozenset(
        {"state", "message", "files", "files_done", "files_failed", "bytes", "bytes_done", "seconds_left"}
    )

    def get_queryset(self) -> QuerySet[Job]:
        """Return the workspace's jobs, with how far each is."""
        return Job.objects.filter(workspace=self.space).annotate(
            file_count=Count("files"),
            files_done=Count("files", filter=Q(files__state=State.DONE)),
            files_failed=Count("files", filter=Q(files__state=State.FAILED)),
            size=Sum("files__size", default=0),
            bytes_done=Sum("files__done_bytes", default=0),
        )

    @extend_schema(
        operation_id="jobs_list",
        parameters=[JobListing, *COMMON],
        responses={200: listed("jobs", JobSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the workspace's jobs."""
        del request, slug
        filters = self.asked()
        rows = self.get_queryset()
        return self.page(rows.filter(state=filters["state"]) if "state" in filters else rows, filters)

    @extend_schema(operation_id="jobs_read", parameters=[*COMMON, ETAG], responses={200: JobSerializer, **problems()})
    def retrieve(self, request: Request, slug: str, pk: UUID) -> Response:
        """Show a job, and how far it is."""
        del request, slug
        return self.answer(self.one(self.get_queryset(), pk))

    @extend_schema(
        operation_id="jobs_create",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=NewJob,
        examples=[
            OpenApiExample(
                "a folder", {"source": "file:///data/acme/in/", "out": "file:///data/acme/masked/"}, request_only=True
            )
        ],
        responses={201: JobSerializer, **problems(422)},
    )
    @writes
    def create(self, request: Request, slug: str) -> Response:
        """Have files masked. The answer comes at once; the job itself says how far it is."""
        del request, slug
        asked = self.body(NewJob)
        if asked["policy"] and Permission.MANAGE_POLICY not in self.rights.permissions:
            message = "To choose another policy than the workspace's needs the permission manage_policy."
            raise PermissionMissing(message)
        try:
            job = start_job(self.space, Asked.of(asked), by=self.actor)
        except JobRefused as error:
            raise invalid_fields({"": [str(error)]}) from None
        return self.created(self.one(self.get_queryset(), job.pk))

    @extend_schema(
        operation_id="jobs_cancel",
        parameters=[IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=None,
        responses={200: JobSerializer, **problems()},
    )
    @writes
    def cancel(self, request: Request, slug: str, pk: UUID) -> Response:
        """End a job: files that are whole stay, of the others nothing does; one that is over stays as it is."""
        del request, slug
        job = cancel_job(self.one(self.get_queryset(), pk), by=self.actor)
        return self.answer(self.one(self.get_queryset(), job.pk))


class JobFileViewSet(ManagementViewSet):
    """The files of a job."""

    collection = "files"
    scope = Scope.JOBS
    reading = Permission.RUN_JOBS
    writing = Permission.RUN_JOBS
    listing = FileListing
    serializer_class = JobFileSerializer

    @extend_schema(
        operation_id="jobs_manifest",
        parameters=[FileListing, *COMMON],
        responses={200: listed("files", JobFileSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str, job_id: UUID) -> Response:
        """List the files of a job, each with what masking found in it."""
        del request, slug
        filters = self.asked()
        job = self.one(Job.objects.filter(workspace=self.space), job_id)
        rows = JobFile.objects.filter(job=job)
        return self.page(rows.filter(state=filters["state"]) if "state" in filters else rows, filters)
