"""Grants on terms: to a member or a group, for kinds or colours, for sources, until a time, with a reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import QuerySet
from django.http import HttpRequest

from workspaces import break_glass
from workspaces.admin.confirming import ConfirmsRights
from workspaces.admin.memberships import EntityNamesField
from workspaces.admin.shared import acting_user, uuids_in
from workspaces.effective import said
from workspaces.exceptions import TermsRefused
from workspaces.grants import add_grant, change_grant
from workspaces.models import Grant, Membership, MembershipQuerySet, Source, Workspace
from workspaces.roles import GRANTABLE_ROLES, KIND_ROLES, Role
from workspaces.terms import COLOURS, Terms


class LabelsField(forms.CharField):
    """Labels as `key:value`, apart by spaces or commas."""

    def to_python(self, value: object) -> Any:
        """Return the labels as a mapping."""
        pairs = [pair.partition(":") for pair in str(value or "").replace(",", " ").split()]
        if not all(key and text for key, _, text in pairs):
            message = "Write labels as key:value, such as env:production."
            raise forms.ValidationError(message)
        return {key: text for key, _, text in pairs}

    def prepare_value(self, value: object) -> object:
        """Show stored labels as text."""
        return " ".join(f"{key}:{text}" for key, text in value.items()) if isinstance(value, Mapping) else value


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role for a member or a group, on terms."""

    role = forms.ChoiceField(choices=[(role.value, role.label) for role in GRANTABLE_ROLES], initial=Role.PII_VIEWER)
    entities = EntityNamesField(
        required=False, label="Only these kinds", help_text="Such as EMAIL_ADDRESS, PERSON. Empty, and no colour: all."
    )
    colours = forms.MultipleChoiceField(
        required=False, choices=[(colour, colour) for colour in COLOURS], widget=forms.CheckboxSelectMultiple
    )
    source_slugs = forms.CharField(
        required=False, label="Only these sources", help_text="Slugs of sources, apart by spaces. Empty: every source."
    )
    labels = LabelsField(required=False, label="Only sources labelled", help_text="key:value; all of them at once.")
    expires_at = forms.SplitDateTimeField(
        required=False, label="Until", widget=AdminSplitDateTime, help_text="UTC. Empty: for good."
    )

    class Meta:
        model = Grant
        fields = ("membership", "group", "role", "entities", "colours", "labels", "expires_at", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the sources of a stored grant by their slugs."""
        super().__init__(*args, **kwargs)
        if self.instance.sources:
            slugs = Source.objects.filter(pk__in=self.instance.sources).values_list("slug", flat=True)
            self.initial["source_slugs"] = " ".join(slugs)

    def clean(self) -> dict[str, Any]:
        """Check whom it is for, and the terms by their own rules."""
        cleaned = super().clean() or self.cleaned_data
        holder = self.instance.membership or self.instance.group or cleaned.get("membership") or cleaned.get("group")
        if holder is None or (cleaned.get("membership") and cleaned.get("group")):
            self.add_error(None, "Choose a member or a group: one of the two.")
        elif not self.errors:
            self._check_terms(holder.workspace)
        return cleaned

    def _check_terms(self, workspace: Workspace) -> None:
        role = Role(self.instance.role or self.cleaned_data["role"])
        try:
            self.terms = self._terms(workspace)
            self.terms.check(role, workspace)
        except TermsRefused as refused:
            self.add_error(None, str(refused))

    def _terms(self, workspace: Workspace) -> Terms:
        given = self.cleaned_data
        slugs = given["source_slugs"].split()
        sources = tuple(Source.objects.filter(workspace=workspace, slug__in=slugs))
        unknown = set(slugs) - {source.slug for source in sources}
        if unknown:
            message = f"{workspace} has no source {', '.join(sorted(unknown))}."
            raise TermsRefused(message)
        expires_at: datetime | None = given["expires_at"]
        return Terms(
            entities=tuple(given["entities"]),
            colours=tuple(given["colours"]),
            sources=sources,
            labels=given["labels"],
            expires_at=expires_at,
            reason=given["reason"],
        )


class GrantAdmin(ConfirmsRights, admin.ModelAdmin):  # type: ignore[type-arg]
    """Grants; every write goes through the writers. What comes with the kind of membership is changed there."""

    form = GrantForm
    fields = ("membership", "group", "role", "entities", "colours", "source_slugs", "labels", "expires_at", "reason")
    list_display = ("holder", "role", "shows", "granted_by", "granted_at", "reason")
    list_filter = (("role", admin.ChoicesFieldListFilter), "emergency")
    list_select_related = ("membership__user", "membership__workspace", "group__workspace", "granted_by")
    search_fields = ("membership__user__email", "membership__workspace__slug", "group__name", "group__workspace__slug")
    search_help_text = "Person, group or workspace"
    autocomplete_fields = ("membership", "group")
    ordering = ("-granted_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Grant]:
        """Leave out what comes with the kind of membership."""
        return super().get_queryset(request).exclude(role__in=KIND_ROLES)

    def get_readonly_fields(self, request: HttpRequest, obj: Grant | None = None) -> tuple[str, ...]:
        """Keep a grant with its holder and role: another one is another grant."""
        del request
        return ("membership", "group", "role") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Grant | None = None) -> bool:
        """Leave emergency access to its own page."""
        return not (obj and obj.emergency) and super().has_change_permission(request, obj)

    def touched(self, request: HttpRequest, object_id: str | None) -> MembershipQuerySet:
        """Return the member, or everybody in the group."""
        given = Grant.objects.filter(pk=object_id).first() if object_id else None
        member = [given.membership_id] if given else uuids_in([request.POST.get("membership", "")])
        group = [given.group_id] if given else uuids_in([request.POST.get("group", "")])
        in_group = Membership.objects.filter(group_memberships__group__in=[one for one in group if one]).values("pk")
        return Membership.objects.filter(pk__in=[one for one in member if one]) | Membership.objects.filter(
            pk__in=in_group
        )

    @admin.display(description="given to")
    def holder(self, given: Grant) -> str:
        """Name the member or group."""
        return str(given.holder)

    @admin.display(description="for")
    def shows(self, given: Grant) -> str:
        """Say what it covers, where and until when."""
        sources = Source.objects.filter(pk__in=given.sources) if given.sources else ()
        return said(given, {str(source.pk): source.slug for source in sources})

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: Any) -> None:
        """Give, or change the terms of what is given."""
        by = acting_user(request)
        if change:
            change_grant(obj, form.terms, by=by)
        else:
            obj.pk = add_grant(obj.holder, Role(obj.role), form.terms, by=by).pk
        self.log_change(request, obj.holder.workspace, f"Gave {obj}.")

    def delete_model(self, request: HttpRequest, obj: Grant) -> None:
        """Take the grant."""
        self.log_change(request, obj.holder.workspace, f"Took {obj}.")
        break_glass.take(obj, by=acting_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        """Take grants."""
        for given in queryset:
            self.delete_model(request, given)


admin.site.register(Grant, GrantAdmin)
