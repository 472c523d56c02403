"""What the workers do with a job: list its files, cut them, mask their chunks, and put them together.

Each step can be done twice, by two workers at once, and broken off anywhere: it takes a lease where it works for long,
and writes down what it has done in one statement that only the first of two can carry out.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from classifier import Tier
from privacy_service.jobs import chunks as plain
from privacy_service.jobs import parquet
from privacy_service.jobs.allowed import allowed_place, check_still_allowed
from privacy_service.jobs.chunks import Done, Hiding, OnError
from privacy_service.jobs.cutting import Cutting, chunks_of
from privacy_service.jobs.errors import JobRefused, PartDamaged, Unreadable
from privacy_service.jobs.finishing import Whole
from privacy_service.jobs.kinds import FileKind, Packing, form_of, packing_of
from privacy_service.jobs.manifest import PolicyUsed
from privacy_service.jobs.models import OPEN_STATES, Chunk, Job, JobFile, State
from privacy_service.jobs.packing import Unpacked
from privacy_service.jobs.places import Identity, Place
from privacy_service.jobs.planning import Planned, Wish, planned
from privacy_service.jobs.policies import Chosen, chosen_policy
from privacy_service.jobs.task import FileTask, cutting_for, lines_before
from privacy_service.jobs.work import Work, carry_out
from privacy_service.observability import metrics

LEASE = timedelta(seconds=120)
CHUNK_LEASE = timedelta(seconds=360)  # Longer than a task may take.
MOST_ATTEMPTS = 5
_AT_ONCE = 64
_MOST_LEFT_OUT = 100
_REFUSALS = (JobRefused, PartDamaged, Unreadable, OSError)


def plan(job_id: UUID) -> list[int]:
    """List the files of a job, once, and return those that are to be cut."""
    job = Job.objects.select_related("workspace").filter(pk=job_id).first()
    if job is None or not job.is_open:
        return []
    if job.state == State.WAITING:
        try:
            _keep_plan(job, planned(_wish(job)))
        except _REFUSALS as error:
            _fail_job(job, _said(error))
    return list(JobFile.objects.filter(job=job, state__in=OPEN_STATES).values_list("pk", flat=True))


def _wish(job: Job) -> Wish:
    slug = job.workspace.slug
    for address in (job.source, job.out):
        allowed_place(address, slug)
    return Wish(
        source=job.source,
        out=job.out,
        chosen=_chosen(job),
        tier=Tier(job.tier),
        kind=FileKind(job.kind) if job.kind else None,
        on_error=OnError(job.on_error),
        only_newer=job.only_newer,
        overwrites=job.overwrites,
        chunk_bytes=settings.PRIVACY_JOBS_CHUNK_BYTES,
        workspace=slug,  # A link within the folder may lead out of it.
    )


def _keep_plan(job: Job, found: Planned) -> None:
    identities = [task.source.identity() for task in found.tasks]
    with transaction.atomic():
        now = timezone.now()
        started = {"state": State.RUNNING, "started_at": now, "moved_at": now, "up_to_date": len(found.up_to_date)}
        left_out = list(found.left_out[:_MOST_LEFT_OUT])
        # Of two workers that plan at the same time one alone changes the row.
        if not Job.objects.filter(pk=job.pk, state=State.WAITING).update(left_out=left_out, **started):
            return
        JobFile.objects.bulk_create(
            JobFile(job=job, source=task.source.address, out=task.out.address, identity=asdict(one), size=one.size)
            for task, one in zip(found.tasks, identities, strict=True)
        )
    end_if_over(job.pk)


def cut_file(file_id: int) -> Iterator[int]:
    """Cut a file, and yield the chunks that are to be masked; what is packed is masked on the way, being one stream."""
    with _leased(file_id) as file:
        if file is None:
            return
        try:
            task = task_of(file)
            form = task.hiding.form
            if form.packing:
                _mask_stream(file, task)
            elif file.chunk_count is None:
                _cut(file, task)
        except _REFUSALS as error:
            give_up(file, _said(error))
            return
        yield from Chunk.objects.filter(file=file, done__isnull=True).values_list("pk", flat=True)


def _cut(file: JobFile, task: FileTask) -> None:
    if task.hiding.form.kind is FileKind.PARQUET:
        _keep_chunks(file, list(parquet.row_groups(task.source)))
        return
    some: list[plain.Chunk] = []
    with task.source.open() as raw:
        found = chunks_of(Unpacked(raw, Packing.NONE), cutting_for(task.source, task.hiding), task.chunk_bytes)
        for chunk in found:
            some.append(replace(chunk, data=None))
            if len(some) % _AT_ONCE == 0:
                _renew(file)
    _keep_chunks(file, some)


def _keep_chunks(file: JobFile, found: list[plain.Chunk]) -> None:
    weights = [file.size * (at + 1) // len(found) - file.size * at // len(found) for at in range(len(found))]
    rows = [_row(file, chunk, weight) for chunk, weight in zip(found, weights, strict=True)]
    with transaction.atomic():
        Chunk.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
        JobFile.objects.filter(pk=file.pk).update(chunk_count=len(found), state=State.RUNNING)


def _row(file: JobFile, chunk: plain.Chunk, weight: int) -> Chunk:
    places = {"index": chunk.index, "start": chunk.start, "end": chunk.end}
    return Chunk(file=file, weight=weight, is_last=chunk.is_last, **places)


def _mask_stream(file: JobFile, task: FileTask) -> None:
    """Mask a packed file from its start to its end; chunks that are done are read over."""
    done = set(Chunk.objects.filter(file=file).exclude(done__isnull=True).values_list("index", flat=True))
    cutting, count, reached = cutting_for(task.source, task.hiding), 0, 0
    with task.source.open() as raw:
        for chunk in chunks_of(Unpacked(raw, task.hiding.form.packing), cutting, task.chunk_bytes):
            read_up_to = min(chunk.read_up_to, file.size)
            if chunk.index not in done:
                result = _carried_out(task, chunk, cutting)
                Chunk.objects.bulk_create([_row(file, chunk, read_up_to - reached)], ignore_conflicts=True)
                _keep_done(Chunk.objects.select_related("file").get(file=file, index=chunk.index), result)
                if not _renew(file):
                    return
            reached, count = read_up_to, chunk.index + 1
    JobFile.objects.filter(pk=file.pk).update(chunk_count=count)


def _carried_out(task: FileTask, chunk: plain.Chunk, cutting: Cutting) -> Done:
    """Mask a chunk; raise Unreadable with the line of the file."""
    try:
        return carry_out(_work(task, chunk, cutting))
    except Unreadable as error:
        line, column, message = error.line, error.column, error.message
    raise Unreadable(message, line=line and line + lines_before(task.source, task.hiding, chunk.start), column=column)


def _work(task: FileTask, chunk: plain.Chunk, cutting: Cutting) -> Work:
    is_parquet = task.hiding.form.kind is FileKind.PARQUET
    packing = Packing.NONE if is_parquet else packing_of(task.out.name)
    return Work(task.source, chunk, task.hiding, task.part(chunk.index), packing, cutting.head)


def mask_chunk(chunk_id: int) -> int | None:
    """Mask a chunk, unless it is done or somebody is at it; return its file where that is now to be put together."""
    if not _take(chunk_id):
        return None
    row = Chunk.objects.select_related("file__job__workspace").get(pk=chunk_id)
    file = row.file
    if row.attempts > MOST_ATTEMPTS:
        give_up(file, f"Chunk {row.index} was begun {MOST_ATTEMPTS} times and never ended; is memory short?")
        return None
    try:
        _mask_row(row)
    except _REFUSALS as error:
        give_up(file, _said(error))
        return None
    return file.pk if is_whole(file.pk) else None


def _mask_row(row: Chunk) -> None:
    task = task_of(row.file)
    check_still_allowed(task.source, row.file.job.workspace.slug)
    is_parquet = task.hiding.form.kind is FileKind.PARQUET
    cutting = Cutting(None) if is_parquet else cutting_for(task.source, task.hiding)
    chunk = plain.Chunk(row.index, row.start, row.end, row.index == 0, row.is_last)
    _keep_done(row, _carried_out(task, chunk, cutting))


def _take(chunk_id: int) -> bool:
    """Lease a chunk that is not done, and whose file is wanted."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    wanted = Chunk.objects.filter(free, pk=chunk_id, done__isnull=True, file__state__in=OPEN_STATES)
    return bool(wanted.update(leased_until=now + CHUNK_LEASE, attempts=F("attempts") + 1))


def _keep_done(row: Chunk, result: Done) -> None:
    with transaction.atomic():
        stored = Chunk.objects.filter(pk=row.pk, done__isnull=True).update(done=asdict(result), leased_until=None)
        if stored:
            for entity, count in result.entities.items():
                metrics.masked_entities.add(entity, amount=count)
            moved = {"done_bytes": F("done_bytes") + row.weight, "state": State.RUNNING}
            JobFile.objects.filter(pk=row.file_id, state__in=OPEN_STATES).update(**moved)
            Job.objects.filter(pk=row.file.job_id).update(moved_at=timezone.now())


def is_whole(file_id: int) -> bool:
    """Say whether every chunk of an open file is done."""
    file = JobFile.objects.filter(pk=file_id, state__in=OPEN_STATES).exclude(chunk_count=None).first()
    return file is not None and Chunk.objects.filter(file=file).exclude(done__isnull=True).count() == file.chunk_count


def finish_file(file_id: int) -> None:
    """Put a file together whose chunks are done, and have it appear."""
    if not is_whole(file_id):
        return
    with _leased(file_id) as file:
        if file is None:
            return
        try:
            task = task_of(file)
            check_still_allowed(task.out, file.job.workspace.slug)
            stored = Chunk.objects.filter(file=file).exclude(done__isnull=True).values_list("done", flat=True)
            done = [Done.from_stored(one) for one in stored if one]
            whole = Whole(task, Identity(**file.identity), done, file.began_at, lambda: _renew_now_and_then(file))
            manifest = whole.appear()
        except PartDamaged:
            _mask_anew(file)
            return
        except _REFUSALS as error:
            give_up(file, _said(error))
            return
        # What it says of each chunk lies beside the file alone.
        told_here = {name: value for name, value in manifest.items() if name != "chunks"}
        JobFile.objects.filter(pk=file.pk).update(state=State.DONE, manifest=told_here, done_bytes=file.size)
        metrics.job_files.add(State.DONE.value)
        metrics.job_bytes.add(amount=file.size)
        Chunk.objects.filter(file=file).delete()  # The manifest holds what they said.
        task.parts.delete()
    end_if_over(file.job_id)


def _mask_anew(file: JobFile) -> None:
    """Forget what was done of a file, a part of which is damaged; the look for what stands still begins it again."""
    Chunk.objects.filter(file=file).update(done=None, leased_until=None)
    JobFile.objects.filter(pk=file.pk).update(done_bytes=0)


def task_of(file: JobFile) -> FileTask:
    """Return the masking of a file as its job asks for it; raise JobRefused where its policy is not there any more."""
    job = file.job
    chosen = _chosen(job)
    form = form_of(file.source, FileKind(job.kind) if job.kind else None)
    hiding = Hiding(form, chosen.policy, Tier(job.tier), OnError(job.on_error))
    size = settings.PRIVACY_JOBS_CHUNK_BYTES
    return FileTask(Place(file.source), Place(file.out), hiding, chosen.used, parts_of(file), size)


def _chosen(job: Job) -> Chosen:
    used = PolicyUsed(**job.policy)
    chosen = chosen_policy(job.workspace, job.policy_name, version=used.version)
    if chosen.used != used:
        message = "The keys or the default policy of the installation have changed since this job began. Start it anew."
        raise JobRefused(message)
    return chosen


def give_up(file: JobFile, message: str) -> None:
    """Leave a file, with its reason; nothing of it is visible."""
    open_file = JobFile.objects.filter(pk=file.pk, state__in=OPEN_STATES)
    if open_file.update(state=State.FAILED, message=message[:500], leased_until=None):
        metrics.job_files.add(State.FAILED.value)
        _forget_parts(file)
    end_if_over(file.job_id)


def _fail_job(job: Job, message: str) -> None:
    now = timezone.now()
    over = {"state": State.FAILED, "message": message[:500], "ended_at": now, "moved_at": now}
    Job.objects.filter(pk=job.pk, state__in=OPEN_STATES).update(**over)


def end_if_over(job_id: UUID) -> None:
    """End a job none of whose files is open any more."""
    files = JobFile.objects.filter(job=job_id)
    if files.filter(state__in=OPEN_STATES).exists():
        return
    failed = files.filter(state=State.FAILED).count()
    now = timezone.now()
    over = {"state": State.FAILED if failed else State.DONE, "ended_at": now, "moved_at": now}
    message = f"{failed} of {files.count()} files were given up." if failed else ""
    Job.objects.filter(pk=job_id, state=State.RUNNING).update(message=message, **over)


def clean_up(job_id: UUID) -> None:
    """Take away what a cancelled job has left waiting."""
    for file in JobFile.objects.filter(job=job_id, state=State.CANCELLED):
        _forget_parts(file)


def parts_of(file: JobFile) -> Place:
    """Return the folder in which the parts of a file wait: beside its output, where every worker finds them."""
    out = Place(file.out)
    return out.beside(f".{out.name}.{file.pk}.masking")


def _forget_parts(file: JobFile) -> None:
    """Take away its parts, then the rows by which a sweep knows that there may be parts."""
    with suppress(OSError):
        parts_of(file).delete()
    Chunk.objects.filter(file=file).delete()


@contextmanager
def _leased(file_id: int) -> Iterator[JobFile | None]:
    """Give an open file to one worker alone, or None where another one has it."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    taken = JobFile.objects.filter(free, pk=file_id, state__in=OPEN_STATES).update(leased_until=now + LEASE)
    if not taken:
        yield None
        return
    file = JobFile.objects.select_related("job__workspace").get(pk=file_id)
    try:
        yield file
    finally:
        JobFile.objects.filter(pk=file_id).update(leased_until=None)


def _renew(file: JobFile) -> bool:
    """Say that the file is worked on; return whether it is still wanted."""
    file.leased_until = timezone.now() + LEASE
    Job.objects.filter(pk=file.job_id).update(moved_at=timezone.now())
    still = JobFile.objects.filter(pk=file.pk, state__in=OPEN_STATES)
    return bool(still.update(leased_until=file.leased_until))


def _renew_now_and_then(file: JobFile) -> None:
    if file.leased_until is None or file.leased_until - timezone.now() < LEASE / 2:
        _renew(file)


def _said(error: Exception) -> str:
    return (
        f"It cannot be read or written: {error.strerror or 'no reason given'}."
        if isinstance(error, OSError)
        else str(error)
    )
