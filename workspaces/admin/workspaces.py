"""Workspaces, with the people in them."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workspaces.acts import Act, note
from workspaces.admin.confirming import ConfirmsRights
from workspaces.admin.memberships import MembershipForm, MembershipFormSet, roles_of, sight_of
from workspaces.admin.shared import acting_user, list_of, uuids_in
from workspaces.effective import readable
from workspaces.models import Membership, MembershipQuerySet, User, Workspace

SHOWN_MEMBERS = 50  # More rows would pass DATA_UPLOAD_MAX_NUMBER_FIELDS, and nobody reads them.


class FirstMembersFormSet(MembershipFormSet):
    """The members of a workspace that has few; one with many shows none here and links their list."""

    def get_queryset(self) -> QuerySet[Membership]:
        """Return all members or none."""
        if not hasattr(self, "_few"):
            self._few = self.instance.memberships.count() <= SHOWN_MEMBERS
        return super().get_queryset() if self._few else Membership.objects.none()


class MembersInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who is in: their kind and roles can be changed, and they can be removed."""

    model = Membership
    form = MembershipForm
    formset = FirstMembersFormSet
    fields = ("kind", "roles", "sees")
    readonly_fields = ("sees",)
    verbose_name_plural = "members"
    show_change_link = True
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        """Leave adding to the rows below."""
        del request, obj
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Read everything a row shows at once."""
        del request
        return readable(Membership.objects.all()).order_by("user__email", "user__external_id")

    @admin.display(description="roles")
    def roles(self, membership: Membership) -> str:
        """Name the roles, where they cannot be changed."""
        return roles_of(membership)

    @admin.display(description="sees")
    def sees(self, membership: Membership) -> str:
        """Say what the member sees of personal data."""
        return sight_of(membership)


class NewMembersInline(admin.TabularInline):  # type: ignore[type-arg]
    """Whom to add."""

    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    fields = ("user", "kind", "roles")
    autocomplete_fields = ("user",)
    verbose_name = "person"
    verbose_name_plural = "add people"
    can_delete = False
    extra = 1

    def has_view_or_change_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        """Leave the rows out for whoever cannot add people."""
        del request, obj
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Show nobody who is in already."""
        del request
        return Membership.objects.none()


@admin.register(Workspace)
class WorkspaceAdmin(ConfirmsRights, admin.ModelAdmin):  # type: ignore[type-arg]
    """Workspaces; people are added and given roles on the page of each."""

    fields = (
        "slug",
        "name",
        "is_internal",
        "is_beta_tester",
        "break_glass",
        "break_glass_minutes",
        "people",
        "created_at",
    )
    readonly_fields = ("people", "created_at")
    list_display: tuple[str, ...] = ("slug", "name", "owners", "members", "created_at")
    list_filter = ("is_internal", "is_beta_tester", "created_at")
    search_fields = ("slug", "name")
    search_help_text = "Slug or name"
    ordering = ("slug",)
    inlines = (MembersInline, NewMembersInline)

    def touched(self, request: HttpRequest, object_id: str | None) -> MembershipQuerySet:
        """Return the members that the page shows, and those that it adds."""
        typed = uuids_in(str(value) for name, value in request.POST.items() if name.startswith("memberships-"))
        named = Membership.objects.filter(Q(pk__in=typed) | Q(user__in=typed))
        return named.filter(workspace__in=uuids_in([object_id or ""]))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        """Count people in the same query."""
        del request
        owners = Count("memberships", filter=Q(memberships__kind=Membership.Kind.OWNER))
        return Workspace.objects.annotate(owner_count=owners, member_count=Count("memberships")).order_by("slug")

    def get_fields(self, request: HttpRequest, obj: Workspace | None = None) -> Any:
        """Ask for slug and name alone while there is nothing else."""
        return super().get_fields(request, obj) if obj else ("slug", "name")

    def get_inlines(self, request: HttpRequest, obj: Workspace | None) -> Any:
        """Show members once there can be any."""
        return super().get_inlines(request, obj) if obj else [NewMembersInline]

    @admin.display(description="owners", ordering="owner_count")
    def owners(self, workspace: Workspace) -> int:
        """Count owners."""
        return workspace.owner_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="people", ordering="member_count")
    def members(self, workspace: Workspace) -> SafeString:
        """Link the list of everybody in the workspace."""
        return format_html('<a href="{}">{}</a>', _members_address(workspace), workspace.member_count)  # type: ignore[attr-defined]

    @admin.display(description="people")
    def people(self, workspace: Workspace) -> SafeString | str:
        """Link the list, and say why the rows below may be missing."""
        count = workspace.member_count  # type: ignore[attr-defined]
        if not count:
            return "Nobody yet: add the owner below."
        text = f"{count} people, too many to show here: open their list" if count > SHOWN_MEMBERS else count
        return format_html('<a href="{}">{}</a>', _members_address(workspace), text)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: Any) -> None:
        """Save the workspace and tell the audit trail."""
        super().save_model(request, obj, form, change)
        said = {name: form.cleaned_data[name] for name in form.changed_data}
        if not change or said:
            note(Act.WORKSPACE_CHANGED if change else Act.WORKSPACE_CREATED, obj, acting_user(request), obj, **said)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """Write memberships through the writers of grants, and tell the history of each person."""
        formset.by = acting_user(request)
        super().save_formset(request, form, formset, change)
        for user, sentence in formset.done:
            self.log_change(request, user, sentence)

    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature.
        """Say in the workspace's history who joined and left and which roles were given and taken."""
        done = [sentence for formset in formsets for _, sentence in formset.done]
        if not done:
            return super().construct_change_message(request, form, [], add)
        fields = f"Changed {' and '.join(form.changed_data)}." if form.changed_data and not add else ""
        return " ".join(["Added.", *done] if add else [*([fields] if fields else []), *done])

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let whoever may delete a workspace delete what is only part of it, policies included."""
        listed, counts, _, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Workspace) -> None:
        """End the workspace and the service accounts that are bound to it."""
        self.delete_queryset(request, Workspace.objects.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        """End workspaces and the service accounts that are bound to them."""
        for workspace in queryset:
            note(Act.WORKSPACE_DELETED, workspace, acting_user(request), workspace)
        # The users first: keys of an account that lost its row, and with it its bounds, would open every workspace.
        User.objects.filter(service_account__workspace__in=queryset.values("pk")).delete()
        queryset.delete()


def _members_address(workspace: Workspace) -> str:
    return f"{list_of(Membership)}?workspace__id__exact={workspace.pk}"
