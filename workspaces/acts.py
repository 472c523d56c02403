"""note(): tell the audit trail of an act of management, in the transaction that carries the act out.

This package keeps no trail: whoever does connects to the signal `noted`. An act that cannot be kept raises, and takes
the change along that it speaks of. What is told are ids, names of things and kinds, never a value and never a
person's name or e-mail: a person is named by their id alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Model
from django.dispatch import Signal

from workspaces.models import User, Workspace

Detail = str | int | bool | datetime | UUID | Iterable[str] | None

noted = Signal()
"""Sent with `told`, a Noted, within the transaction of the act."""


class Act(StrEnum):
    """Every act of management that the trail knows; a new one is a line here and a word in docs/audit.md."""

    WORKSPACE_CREATED = "workspace-created"
    WORKSPACE_CHANGED = "workspace-changed"
    WORKSPACE_DELETED = "workspace-deleted"
    USER_CHANGED = "user-changed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - the name of an act.
    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_INS_ENDED = "sign-ins-ended"
    SIGNED_OUT_EVERYWHERE = "signed-out-everywhere"
    SECOND_FACTOR_ON = "second-factor-on"
    SECOND_FACTOR_OFF = "second-factor-off"
    RECOVERY_CODES_MADE = "recovery-codes-made"
    RECOVERY_CODE_USED = "recovery-code-used"
    MEMBER_ADDED = "member-added"
    MEMBER_CHANGED = "member-changed"
    MEMBER_REMOVED = "member-removed"
    GROUP_CHANGED = "group-changed"
    GRANT_GIVEN = "grant-given"
    GRANT_TAKEN = "grant-taken"
    GRANT_ENDED = "grant-ended"
    BREAK_GLASS_ASKED = "break-glass-asked"
    BREAK_GLASS_APPROVED = "break-glass-approved"
    BREAK_GLASS_REFUSED = "break-glass-refused"
    BREAK_GLASS_ENDED = "break-glass-ended"
    SOURCE_CHANGED = "source-changed"
    UPSTREAM_CHANGED = "upstream-changed"
    SERVICE_ACCOUNT_CHANGED = "service-account-changed"
    KEY_ISSUED = "key-issued"
    KEY_ROTATED = "key-rotated"
    KEY_REVOKED = "key-revoked"
    POLICY_CHANGED = "policy-changed"
    PACKAGE_PUBLISHED = "package-published"
    TOPIC_CHANGED = "topic-changed"
    LETTERS_SETTLED = "letters-settled"
    JOB_STARTED = "job-started"
    JOB_CANCELLED = "job-cancelled"
    RELEASE_MOVED = "release-moved"
    UNMASKED = "unmasked"
    SUBJECTS_SUPPRESSED = "subjects-suppressed"
    SUBJECTS_UNSUPPRESSED = "subjects-unsuppressed"
    SUPPRESSION_CHANGED = "suppression-changed"
    CONSENT_CHANGED = "consent-changed"
    SUBJECT_FORM_CHANGED = "subject-form-changed"
    DESTINATION_CHANGED = "destination-changed"
    REGULATION_MADE = "regulation-made"
    SUBJECT_REQUEST_MADE = "subject-request-made"
    SUBJECT_REQUEST_STARTED = "subject-request-started"
    SUBJECT_REQUEST_CANCELLED = "subject-request-cancelled"
    SUBJECT_REQUEST_COMPLETED = "subject-request-completed"
    SUBJECT_SHOWN = "subject-shown"
    RECEIPT_SETTLED = "receipt-settled"
    INDEX_CHANGED = "index-changed"
    INDEX_SCANNED = "index-scanned"
    INDEX_ASKED = "index-asked"
    ARCHIVE_MADE = "archive-made"
    ARCHIVE_FETCHED = "archive-fetched"
    NOTICES_CHANGED = "notices-changed"
    NOTICES_RUN = "notices-run"
    SUBJECT_TOLD = "subject-told"
    SUBJECT_LOG_EXPORTED = "subject-log-exported"
    SUBJECT_LOG_PURGED = "subject-log-purged"
    FIELDS_DECIDED = "fields-decided"
    INVENTORY_CHANGED = "inventory-changed"
    INVENTORY_EXPORTED = "inventory-exported"
    SCAN_STARTED = "scan-started"
    AUDIT_PRUNED = "audit-pruned"
    AUDIT_EXPORTED = "audit-exported"
    AUDIT_MENDED = "audit-mended"


@dataclass(frozen=True, slots=True)
class Noted:
    """One act: who did what to which thing, with names near those of Segment's audit events."""

    act: str
    workspace_id: UUID | None  # None for what concerns the whole installation.
    actor_id: UUID | None  # None for the service itself and its command line.
    resource_type: str
    resource_id: str
    resource_name: str
    detail: dict[str, str | int | bool | list[str]]


def note(
    act: Act, workspace: Workspace | None, actor: User | None, target: Model | None = None, /, **detail: Detail
) -> None:
    """Tell the trail; call it inside the `transaction.atomic()` of the change.

    A text named `reason` is what somebody typed: the trail keeps it with whatever looks personal in it masked.
    """
    kind, pk, name = _named(target)
    told = Noted(
        act=act,
        workspace_id=workspace.pk if workspace else None,
        actor_id=actor.pk if actor else None,
        resource_type=kind,
        resource_id=pk,
        resource_name=name,
        detail={key: _plain(value) for key, value in detail.items() if value is not None},
    )
    noted.send(sender=Act, told=told)


def _named(target: Model | None) -> tuple[str, str, str]:
    """Return what kind of thing this is, its id, and its name where things of its kind have names that are nobody's."""
    if target is None:
        return "", "", ""
    kind = str(target._meta.model_name)  # noqa: SLF001 - `_meta` is Django's public model interface.
    name = "" if isinstance(target, User) else getattr(target, "slug", "") or getattr(target, "name", "")
    return kind, str(target.pk), str(name)[:200]


def _plain(value: Detail) -> str | int | bool | list[str]:
    """Return the value as the trail's JSON holds it; it knows no floats, which two programs may spell differently."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str | UUID):
        return str(value)
    if isinstance(value, int):  # Also yes and no.
        return value
    return [str(one) for one in value or ()]
