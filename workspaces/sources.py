"""Sources of a workspace: the only writers, because their labels decide which grants reach them."""

from collections.abc import Mapping

from workspaces.acts import Act, note
from workspaces.history import writes
from workspaces.models import Membership, Source, User, Workspace


@writes
def add_source(  # noqa: PLR0913 - one line a field of a source.
    workspace: Workspace,
    slug: str,
    *,
    name: str = "",
    labels: Mapping[str, str] | None = None,
    restricted: bool = False,
    by: User | None = None,
) -> Source:
    """Add a source; raise ValidationError for a slug that is taken or labels that are none."""
    source = Source(workspace=workspace, slug=slug, name=name or slug, labels=labels or {}, is_restricted=restricted)
    return _stored(source, by, "added")


@writes
def change_source(
    source: Source,
    *,
    name: str | None = None,
    labels: Mapping[str, str] | None = None,
    restricted: bool | None = None,
    by: User | None = None,
) -> Source:
    """Change what is given; the slug stays, because backends name the source by it."""
    source.name = source.name if name is None else name
    source.labels = source.labels if labels is None else labels
    source.is_restricted = source.is_restricted if restricted is None else restricted
    return _stored(source, by, "changed")


def is_kept_closed_by(source: Source, user: User) -> bool:
    """Say whether this person may not open a restricted source, a place of it included, because they are only a member.

    Whoever looks after the installation and is no member may: they can make themselves owner too, and the trail tells.
    """
    members = Membership.objects.filter(workspace=source.workspace_id, user=user)
    return source.is_restricted and members.exclude(kind=Membership.Kind.OWNER).exists()


@writes
def remove_source(source: Source, *, by: User | None = None) -> None:
    """End a source; grants that name it reach it no more, and nothing else."""
    note(Act.SOURCE_CHANGED, source.workspace, by, source, done="removed")
    source.delete()


def _stored(source: Source, by: User | None, done: str) -> Source:
    source.full_clean()
    source.save()
    labels = [f"{key}:{value}" for key, value in sorted(source.labels.items())]
    note(Act.SOURCE_CHANGED, source.workspace, by, source, done=done, labels=labels, restricted=source.is_restricted)
    return source
