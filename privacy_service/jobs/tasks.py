"""The work of jobs as tasks: they take ids, can run twice, and one that is lost is picked up."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from privacy_service.jobs import carrying
from privacy_service.jobs.models import OPEN_STATES, Chunk, Job, JobFile, State
from privacy_service.jobs.standing import work_waits
from privacy_service.observability import metrics

_LONGEST_SECONDS = 6 * 3600  # Cutting or joining a file of terabytes; a lease says that it is still at work.
_LOST_AFTER = timedelta(minutes=5)  # What nobody has touched for so long was lost with its worker.
_MOST_AT_ONCE = 1000


@shared_task(name="jobs.plan_job", time_limit=_LONGEST_SECONDS)
def plan_job(job_id: str) -> None:
    """List the files of a job, and have each cut."""
    for file_id in carrying.plan(UUID(job_id)):
        cut_file.delay(file_id)
    metrics.flush()


@shared_task(name="jobs.cut_file", time_limit=_LONGEST_SECONDS)
def cut_file(file_id: int) -> None:
    """Cut a file, and have each chunk masked."""
    for chunk_id in carrying.cut_file(file_id):
        mask_chunk.delay(chunk_id)
    if carrying.is_whole(file_id):
        finish_file.delay(file_id)
    metrics.flush()


@shared_task(name="jobs.mask_chunk")
def mask_chunk(chunk_id: int) -> None:
    """Mask a chunk; after the last one have the file put together."""
    file_id = carrying.mask_chunk(chunk_id)
    if file_id is not None:
        finish_file.delay(file_id)
    metrics.flush()


@shared_task(name="jobs.finish_file", time_limit=_LONGEST_SECONDS)
def finish_file(file_id: int) -> None:
    """Put a file together, and have it appear."""
    carrying.finish_file(file_id)
    metrics.flush()


@shared_task(name="jobs.clean_up")
def clean_up(job_id: str) -> None:
    """Take away what a cancelled job has left waiting."""
    carrying.clean_up(UUID(job_id))


@shared_task(name="jobs.pick_up")
def pick_up() -> None:
    """Send again what was lost with a worker: jobs to plan, end or clean up after, files to cut or join, chunks."""
    if work_waits():
        return  # What stands still stands behind other work.
    now = timezone.now()
    for job_id in Job.objects.filter(state=State.WAITING, moved_at__lt=now - _LOST_AFTER).values_list("pk", flat=True):
        plan_job.delay(str(job_id))
    for job_id in Job.objects.filter(state=State.RUNNING, moved_at__lt=now - _LOST_AFTER).values_list("pk", flat=True):
        carrying.end_if_over(job_id)
    left = Chunk.objects.filter(file__job__state=State.CANCELLED, file__job__moved_at__lt=now - _LOST_AFTER)
    for job_id in left.values_list("file__job", flat=True).distinct()[:_MOST_AT_ONCE]:
        clean_up.delay(str(job_id))
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    still = JobFile.objects.filter(free, state__in=OPEN_STATES, job__moved_at__lt=now - _LOST_AFTER)
    for file_id in still.values_list("pk", flat=True)[:_MOST_AT_ONCE]:
        (finish_file if carrying.is_whole(file_id) else cut_file).delay(file_id)
    lost = Chunk.objects.filter(done__isnull=True, leased_until__lt=now, file__state__in=OPEN_STATES)
    for chunk_id in lost.values_list("pk", flat=True)[:_MOST_AT_ONCE]:
        mask_chunk.delay(chunk_id)
    metrics.flush()
