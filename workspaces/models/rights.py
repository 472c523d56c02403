"""Who belongs where, in which groups, with which roles; written by `workspaces.grants` alone."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from workspaces.models.base import AtomicSave
from workspaces.models.people import User
from workspaces.models.places import Source, Workspace
from workspaces.permissions import Permission
from workspaces.roles import KIND_ROLES, Role

# What a release before this one leaves out when it writes a row.
_NO_NAMES = models.Value([], models.JSONField())
_NO_LABELS = models.Value({}, models.JSONField())


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, by what they show of personal data."""

    def with_sight(self, workspace: Workspace | None = None) -> "MembershipQuerySet":
        """Annotate views_pii, the right to see everything, and views_part, a live grant to see at least some of it.

        Name the workspace where all are of one: else PostgreSQL reads the permissions of all others too.
        """
        place = models.OuterRef("workspace") if workspace is None else workspace
        here = {"content_object": place, "permission__codename": Permission.VIEW_PII.codename}
        viewing = Grant.objects.live().filter(role=Role.PII_VIEWER)
        return self.annotate(
            views_pii=models.Exists(WorkspaceUserPermission.objects.filter(user=models.OuterRef("user"), **here))
            | models.Exists(WorkspaceGroupPermission.objects.filter(group__user=models.OuterRef("user"), **here)),
            views_part=models.Exists(viewing.filter(membership=models.OuterRef("pk")))
            | models.Exists(viewing.filter(group__group_memberships__membership=models.OuterRef("pk"))),
        )

    def seeing(self) -> "MembershipQuerySet":
        """Keep, after with_sight(), whoever sees all or some kinds of personal data."""
        return self.filter(models.Q(views_pii=True) | models.Q(views_part=True), user__is_active=True)

    def not_seeing(self) -> "MembershipQuerySet":
        """Keep, after with_sight(), everybody else."""
        return self.exclude(models.Q(models.Q(views_pii=True) | models.Q(views_part=True), user__is_active=True))


class Membership(AtomicSave):
    """A user's place in a workspace."""

    class Kind(models.TextChoices):
        """An owner has every right; a member has what its roles give."""

        OWNER = "owner", "Owner"
        MEMBER = "member", "Member"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[MembershipQuerySet] = MembershipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace", "user"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "workspace"], name="one_membership_per_user_and_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"


class WorkspaceGroup(AtomicSave):
    """Members of one workspace who are given roles together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(Membership, through="GroupMembership", related_name="groups")
    # Guardian knows rights of Django's groups only; nobody is put into this one by hand.
    auth_group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="workspace_group", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["workspace", "name"]
        verbose_name = "workspace group"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                name="one_group_per_workspace_and_name",
                violation_error_message="The workspace has a group with this name.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.workspace}"


class GroupMembership(AtomicSave):
    """A member's place in a group; it goes with the membership, so nobody gets a group's rights without being in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(WorkspaceGroup, on_delete=models.CASCADE, related_name="group_memberships")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="group_memberships")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["group", "membership"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["membership", "group"], name="one_place_per_membership_and_group")
        ]

    def __str__(self) -> str:
        return f"{self.membership.user} in {self.group}"


class GrantQuerySet(models.QuerySet["Grant"]):
    """Grants, by where they count and whether they still do."""

    def live(self) -> "GrantQuerySet":
        """Keep what has not ended by time."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()))

    def standing(self) -> "GrantQuerySet":
        """Keep those given for good and for every source, for all or some kinds: what a role with a tick means."""
        return self.filter(expires_at=None, colours=[], sources=[], labels={}, emergency=False)

    def of_workspace(self, workspace: Workspace) -> "GrantQuerySet":
        """Keep the grants of this workspace, to members and to groups."""
        return self.filter(models.Q(membership__workspace=workspace) | models.Q(group__workspace=workspace))


class Grant(AtomicSave):
    """The record that a membership or a group holds a role, on which terms; `workspaces.terms` says what they mean."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="grants")
    group = models.ForeignKey(WorkspaceGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="grants")
    role = models.CharField(max_length=30, choices=Role)
    entities = models.JSONField(
        default=list, blank=True, help_text="The kinds of personal data a PII viewer may see; empty for all."
    )
    colours = models.JSONField(
        default=list, db_default=_NO_NAMES, blank=True, help_text="The same by colour: red, yellow, green."
    )
    # Ids instead of rows between: a source that goes leaves a grant that reaches nothing, never one that reaches all.
    sources = models.JSONField(
        default=list, db_default=_NO_NAMES, blank=True, help_text="Ids of the only sources it reaches."
    )
    labels = models.JSONField(
        default=dict, db_default=_NO_LABELS, blank=True, help_text="Labels of the only sources it reaches, all of them."
    )
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="When it ends by itself.")
    reason = models.CharField(max_length=500, blank=True, db_default="")
    emergency = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Given by breaking the glass."
    )
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[GrantQuerySet] = GrantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["membership", "group", "role", "granted_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["membership", "role"],
                condition=models.Q(role__in=sorted(KIND_ROLES)),
                name="one_grant_per_membership_and_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(membership__isnull=False, group__isnull=True)
                | models.Q(membership__isnull=True, group__isnull=False),
                name="grant_has_one_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} for {self.membership or self.group}"

    @property
    def holder(self) -> Membership | WorkspaceGroup:
        """Return whom it is given to."""
        holder = self.membership or self.group
        if holder is None:
            message = "A grant has a holder: the database holds that."
            raise ValueError(message)
        return holder

    def reaches(self, source: Source | None) -> bool:
        """Say whether it counts for this source; where none is named, only what reaches every source counts."""
        if not self.sources and not self.labels:
            return True
        if source is None or (self.sources and str(source.pk) not in self.sources):
            return False
        return source.carries(self.labels)

    @property
    def is_live(self) -> bool:
        """Say whether it still counts."""
        return self.expires_at is None or self.expires_at > timezone.now()

    @property
    def is_standing(self) -> bool:
        """Say of one grant what `GrantQuerySet.standing` asks of many."""
        return not (self.expires_at or self.colours or self.sources or self.labels or self.emergency)

    @property
    def is_plain(self) -> bool:
        """Say whether it has no terms: only such a grant is kept as a permission in guardian, which knows no terms."""
        return self.is_standing and not self.entities


class WorkspaceUserPermission(AtomicSave, UserObjectPermissionBase):
    """A user's permission on a workspace, as django-guardian keeps it, with a real foreign key."""

    content_object = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="user_permissions")

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class WorkspaceGroupPermission(AtomicSave, GroupObjectPermissionBase):
    """A group's permission on a workspace; guardian asks for it beside the user's."""

    content_object = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="group_permissions")

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
