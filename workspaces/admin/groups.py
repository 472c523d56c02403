"""Groups of a workspace: who is in them, and the grants that they give."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from workspaces.admin.confirming import ConfirmsRights
from workspaces.admin.shared import acting_user, link_to, list_of, uuids_in
from workspaces.effective import said
from workspaces.grants import add_to_group, create_group, delete_group, remove_from_group, rename_group
from workspaces.models import Grant, GroupMembership, Membership, MembershipQuerySet, User, WorkspaceGroup

SHOWN_PLACES = 50


class PlaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A member's place in the group."""

    class Meta:
        model = GroupMembership
        fields = ("membership",)

    def clean_membership(self) -> Membership:
        """Refuse whoever does not belong to the group's workspace."""
        membership: Membership = self.cleaned_data["membership"]
        if membership.workspace_id != self.instance.group.workspace_id:
            message = "A group takes members of its own workspace only."
            raise forms.ValidationError(message)
        return membership


class PlaceFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Places in one group, written by the writers of grants; `by` is set before it is saved."""

    by: User

    def save_new(self, form: Any, commit: bool = True) -> GroupMembership:  # noqa: ARG002, FBT001, FBT002 - Django's signature.
        """Put a member in."""
        return add_to_group(self.instance, form.cleaned_data["membership"], by=self.by)

    def delete_existing(self, obj: GroupMembership, commit: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 - as above.
        """Take a member out."""
        remove_from_group(self.instance, obj.membership, by=self.by)

    def get_queryset(self) -> QuerySet[GroupMembership]:
        """Show the first places: the list of members, filtered by the group, has them all."""
        if not hasattr(self, "_first"):
            first = GroupMembership.objects.filter(group=self.instance).values("pk")[:SHOWN_PLACES]
            ids = [row["pk"] for row in first]
            self._first = GroupMembership.objects.filter(pk__in=ids).select_related(
                "membership__user", "membership__workspace"
            )
        return self._first


class PlacesInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who is in the group."""

    model = GroupMembership
    form = PlaceForm
    formset = PlaceFormSet
    autocomplete_fields = ("membership",)
    verbose_name = "member"
    verbose_name_plural = "members (the first 50)"
    extra = 1

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a place is added or removed."""
        del request, obj
        return False


@admin.register(WorkspaceGroup)
class WorkspaceGroupAdmin(ConfirmsRights, admin.ModelAdmin):  # type: ignore[type-arg]
    """Groups; every write goes through the writers of grants."""

    fields = ("workspace", "name", "grants_given")
    readonly_fields = ("grants_given",)
    list_display = ("name", "workspace", "people")
    list_select_related = ("workspace",)
    search_fields = ("name", "workspace__slug")
    search_help_text = "Name or workspace"
    autocomplete_fields = ("workspace",)
    inlines = (PlacesInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkspaceGroup]:
        """Count people in the same query."""
        del request
        return WorkspaceGroup.objects.select_related("workspace").annotate(count=Count("group_memberships"))

    def get_readonly_fields(self, request: HttpRequest, obj: WorkspaceGroup | None = None) -> tuple[str, ...]:
        """Keep a group in its workspace."""
        del request
        return ("workspace", "grants_given") if obj else ("grants_given",)

    def get_inlines(self, request: HttpRequest, obj: WorkspaceGroup | None) -> Any:
        """Ask for members once there is a group."""
        return super().get_inlines(request, obj) if obj else ()

    def touched(self, request: HttpRequest, object_id: str | None) -> MembershipQuerySet:
        """Return who is in the group, and who is to be."""
        typed = uuids_in(str(value) for name, value in request.POST.items() if name.endswith("-membership"))
        inside = GroupMembership.objects.filter(group__in=uuids_in([object_id or ""])).values("membership")
        return Membership.objects.filter(Q(pk__in=typed) | Q(pk__in=inside))

    @admin.display(description="people", ordering="count")
    def people(self, group: WorkspaceGroup) -> SafeString:
        """Link everybody in the group."""
        address = f"{list_of(Membership)}?groups__id__exact={group.pk}"
        return format_html('<a href="{}">{}</a>', address, group.count)  # type: ignore[attr-defined]

    @admin.display(description="grants")
    def grants_given(self, group: WorkspaceGroup) -> SafeString:
        """List what the group gives its members."""
        where = reverse("admin:workspaces_grant_add")
        add = format_html('<a href="{}?group={}" class="addlink">Add a grant</a>', where, group.pk)
        if group._state.adding:  # noqa: SLF001 - Django's documented way to ask.
            return SafeString("Save the group first.")
        held = Grant.objects.filter(group=group)
        rows = format_html_join("", "<li>{}: {}</li>", ((link_to(g, g.get_role_display()), said(g, {})) for g in held))
        return format_html("<ul>{}</ul>{}", rows, add)

    def save_model(self, request: HttpRequest, obj: WorkspaceGroup, form: Any, change: Any) -> None:
        """Make or rename the group."""
        del form
        if change:
            rename_group(obj, obj.name, by=acting_user(request))
            return
        made = create_group(obj.workspace, obj.name, by=acting_user(request))
        obj.pk, obj.auth_group = made.pk, made.auth_group

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """Write places through the writers."""
        formset.by = acting_user(request)
        super().save_formset(request, form, formset, change)

    def delete_model(self, request: HttpRequest, obj: WorkspaceGroup) -> None:
        """End the group, with everything it gave."""
        delete_group(obj, by=acting_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[WorkspaceGroup]) -> None:
        """End groups."""
        for group in queryset.select_related("workspace"):
            self.delete_model(request, group)
