"""Upstreams: the only writers, whose acts the audit trail is told, and the look-up under the access stamp."""

from django.db import transaction

from privacy_service.gateway.models import Upstream
from workspaces.acts import Act, note
from workspaces.models import User, Workspace
from workspaces.stamp import StampedCache

_known = StampedCache()


def upstream_of(workspace: Workspace, slug: str) -> Upstream | None:
    """Return the workspace's active upstream with this slug, or None."""
    return _known.get((workspace.pk, slug), lambda: _read(workspace, slug))


def _read(workspace: Workspace, slug: str) -> Upstream | None:
    rows = Upstream.objects.filter(workspace=workspace, slug=slug, is_active=True)
    return rows.select_related("workspace", "source", "token_account__user").first()


@transaction.atomic
def store_upstream(upstream: Upstream, *, by: User | None = None) -> Upstream:
    """Add or change an upstream; raise ValidationError where it cannot be so."""
    done = "added" if upstream._state.adding else "changed"  # noqa: SLF001 - Django's public model interface.
    upstream.full_clean()
    upstream.save()
    note(
        Act.UPSTREAM_CHANGED,
        upstream.workspace,
        by,
        upstream,
        done=done,
        address=upstream.url,
        active=upstream.is_active,
        passes=upstream.passed_types,
        keeps_events=upstream.screens_events,
        destination=upstream.destination,
    )
    return upstream


@transaction.atomic
def remove_upstream(upstream: Upstream, *, by: User | None = None) -> None:
    """Take an upstream away; its path answers 404 from then on."""
    note(Act.UPSTREAM_CHANGED, upstream.workspace, by, upstream, done="removed")
    upstream.delete()
