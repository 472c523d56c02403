"""Is the feature released to a workspace, and turning it on and off."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from privacy_service.rollout.models import BUCKETS, PII_ACCESS, Flag, bucket_of
from workspaces.models import Workspace
from workspaces.stamp import StampedCache

_live = StampedCache()


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """How far the release has come; `percent` counts only while `everyone` is unset."""

    everyone: bool | None
    percent: Decimal
    forced_on: tuple[str, ...]
    forced_off: tuple[str, ...]


def is_live_for(workspace: Workspace) -> bool:
    """Say whether the feature is released to this workspace; raise Flag.DoesNotExist where nobody can tell."""
    return _live.get(workspace.pk, lambda: _ask(workspace.pk))


def state() -> ReleaseState:
    """Return how far the release has come."""
    flag = Flag.objects.get(name=PII_ACCESS)
    return ReleaseState(
        flag.everyone,
        flag.percent or Decimal(0),
        tuple(flag.workspaces.values_list("slug", flat=True)),
        tuple(flag.excluded_workspaces.values_list("slug", flat=True)),
    )


def turn_on() -> None:
    """Release to every workspace that is not forced off."""
    _turn(everyone=True)


def turn_off() -> None:
    """Take the release back from everybody at once, forced on or not."""
    _turn(everyone=False)


def dial(percent: Decimal) -> None:
    """Release to this share of workspaces, from 0 to 100, beside those forced on."""
    _turn(everyone=None, percent=percent)


@transaction.atomic
def override(workspace: Workspace, *, setting: bool | None) -> None:
    """Force the feature on or off for one workspace, or with None leave it to the dial; raise Flag.DoesNotExist."""
    # Never made here: without the flag everything is masked, and one override must not end that for everybody.
    flag = Flag.objects.select_for_update().get(name=PII_ACCESS)
    flag.workspaces.remove(workspace)
    flag.excluded_workspaces.remove(workspace)
    if setting is not None:
        (flag.workspaces if setting else flag.excluded_workspaces).add(workspace)
    flag.save()


@transaction.atomic
def _turn(*, everyone: bool | None, percent: Decimal | None = None) -> None:
    flag = _flag()
    flag.everyone, flag.percent = everyone, percent
    flag.save()


def _flag() -> Flag:
    flag: Flag = Flag.objects.select_for_update().get_or_create(name=PII_ACCESS)[0]
    return flag


def _ask(workspace_id: UUID) -> bool:
    forced_on = Flag.workspaces.through.objects.filter(flag=OuterRef("pk"), workspace=workspace_id)
    forced_off = Flag.excluded_workspaces.through.objects.filter(flag=OuterRef("pk"), workspace=workspace_id)
    flag = Flag.objects.annotate(on=Exists(forced_on), off=Exists(forced_off)).get(name=PII_ACCESS)
    if flag.everyone is False or flag.off:
        return False
    if flag.everyone or flag.on:
        return True
    return bucket_of(flag.salt, workspace_id) * 100 < (flag.percent or 0) * BUCKETS
