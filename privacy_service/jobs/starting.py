"""start_job() and cancel_job(): the only beginnings and early ends of jobs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from classifier import Tier
from privacy_service.inventory.restricting import check_may_read
from privacy_service.jobs.allowed import allowed_place
from privacy_service.jobs.chunks import OnError
from privacy_service.jobs.kinds import FileKind
from privacy_service.jobs.models import OPEN_STATES, Job, JobFile, State
from privacy_service.jobs.policies import Chosen, chosen_policy
from workspaces.acts import Act, note
from workspaces.models import User, Workspace


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job is asked for."""

    source: str
    out: str
    policy: str = ""
    tier: Tier = Tier.FAST
    kind: FileKind | None = None
    on_error: OnError = OnError.STOP
    only_newer: bool = False
    overwrites: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Asked":
        """Return what a body or a form asks for, once its fields were checked."""
        return cls(
            source=given["source"],
            out=given["out"],
            policy=given["policy"],
            tier=Tier(given["tier"]),
            kind=FileKind(given["format"]) if given["format"] else None,
            on_error=OnError(given["on_error"]),
            only_newer=given["only_newer_policy"],
            overwrites=given["overwrite"],
        )


def check_job(workspace: Workspace, asked: Asked, *, by: User | None) -> Chosen:
    """Return the policy that a job would mask by; raise as `start_job` would."""
    for address in (asked.source, asked.out):
        allowed_place(address, workspace.slug)
        if by is not None:
            check_may_read(workspace, address, by)
    return chosen_policy(workspace, asked.policy)


@transaction.atomic
def start_job(workspace: Workspace, asked: Asked, *, by: User | None) -> Job:
    """Begin a job; raise JobRefused where its places or its policy are none for it.

    Raise AccessDenied where one of them is of a restricted source that is kept from whoever asks.
    """
    from privacy_service.jobs.tasks import plan_job  # noqa: PLC0415 - tasks call what starts them.

    chosen = check_job(workspace, asked, by=by)
    job = Job.objects.create(
        workspace=workspace,
        source=asked.source,
        out=asked.out,
        policy_name=asked.policy,
        policy=asdict(chosen.used),
        tier=asked.tier,
        kind=asked.kind or "",
        on_error=asked.on_error,
        only_newer=asked.only_newer,
        overwrites=asked.overwrites,
        created_by=by,
    )
    note(Act.JOB_STARTED, workspace, by, job, policy_version=chosen.used.version)
    # Where no worker can be asked now, the job is kept all the same: `jobs.pick_up` asks again.
    transaction.on_commit(lambda: plan_job.delay(str(job.pk)), robust=True)
    return job


@transaction.atomic
def cancel_job(job: Job, *, by: User | None) -> Job:
    """End a job: files that are whole stay, of the others nothing does; one that is over stays as it is."""
    from privacy_service.jobs.tasks import clean_up  # noqa: PLC0415 - as above.

    job = Job.objects.select_for_update().get(pk=job.pk)
    if not job.is_open:
        return job
    now = timezone.now()
    job.state, job.ended_at, job.moved_at = State.CANCELLED, now, now
    job.save(update_fields=["state", "ended_at", "moved_at"])
    JobFile.objects.filter(job=job, state__in=OPEN_STATES).update(state=State.CANCELLED)
    note(Act.JOB_CANCELLED, job.workspace, by, job)
    # As above: what a worker could not be asked for now, `jobs.pick_up` asks again.
    transaction.on_commit(lambda: clean_up.delay(str(job.pk)), robust=True)
    return job
