"""Policies in the admin: read, and changed by adding the next version."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

import classifier
from privacy_service.decisions.models import Policy
from privacy_service.decisions.policies import default_rules
from privacy_service.decisions.versions import PolicyUnchanged, VersionMoved, newest_version, store_version
from workspaces.admin.shared import acting_user, uuids_in
from workspaces.models import User, Workspace

RULES_OF_ONES_OWN = (
    'Rules of your own: "matchers": [{"name": "Order", "colour": "red", "on": "value", "how": "pattern", "term": '
    f'"ORD-[0-9]{{8}}"}}], with colour {", ".join(classifier.Colour)}; on {", ".join(classifier.On)}; how '
    f'{", ".join(classifier.How)}; where wanted "synonyms", "entity" and "operator". Never masked: "allow": '
    '{"keys": [...], "values": [...]}; always masked: "block", written alike. What is blocked goes first, then what is '
    "allowed, then the matchers."
)


class RulesField(forms.JSONField):
    """Rules of a policy, one a line."""

    widget = forms.Textarea(attrs={"rows": 30, "cols": 80, "class": "vLargeTextField", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """Lay the rules out; what was typed and refused comes back as it was typed."""
        return _laid_out(value) if isinstance(value, dict) else super().prepare_value(value)


def _laid_out(rules: dict[str, Any]) -> str:
    return json.dumps(rules, indent=2, ensure_ascii=False)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The next version of a workspace's policy."""

    rules = RulesField(
        help_text=(
            f"Which operator hides which kind of personal data. Operators: {', '.join(classifier.OPERATORS)}. "
            "A kind that is not named is hidden as the kind it is a part of (a GIVEN_NAME as a PERSON), else by the "
            f"default. {RULES_OF_ONES_OWN}"
        )
    )

    # Whose rules the page began with, and of which version, so that nobody replaces what they have not read.
    began_with = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Policy
        fields = ("workspace", "rules", "note")

    by: User

    def _post_clean(self) -> None:
        """Store rules that hold, by the one writer of versions; a page that is not saved leaves nothing behind."""
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        given, (workspace_id, _, version) = self.cleaned_data, self.cleaned_data["began_with"].partition(":")
        is_same = workspace_id == str(given["workspace"].pk) and version.isdecimal()
        try:
            self.instance = store_version(
                given["workspace"],
                given["rules"],
                replaces=int(version) if is_same else None,
                reason=given["note"],
                by=self.by,
            )
        except VersionMoved as moved:
            self.add_error(None, f"{moved} Look at it, open this page anew, and make your change from there.")
        except PolicyUnchanged as same:
            self.add_error(None, str(same))


@admin.register(Policy)
class PolicyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Versions of policies: added and read, never changed."""

    form = PolicyForm
    list_display = ("workspace", "version", "is_newest", "note", "created_by", "created_at")
    list_display_links = ("version",)
    list_select_related = ("workspace", "created_by")
    list_filter = ("created_at",)
    search_fields = ("workspace__slug", "workspace__name", "note")
    search_help_text = "Workspace or note"
    ordering = ("workspace__slug", "-version")
    autocomplete_fields = ("workspace",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        """Know which version counts."""
        newest = Policy.objects.filter(workspace=OuterRef("workspace")).order_by("-version")
        del request
        return Policy.objects.order_by(*self.ordering).annotate(newest=Subquery(newest.values("version")[:1]))

    def get_fields(self, request: HttpRequest, obj: Policy | None = None) -> Any:
        """Show a stored version laid out."""
        del request
        if obj is None:
            return ("workspace", "rules", "note", "began_with")
        return ("workspace", "version", "is_newest", "rules_laid_out", "note", "created_by", "created_at")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start from the newest rules of the workspace in the address, or from the installation's default."""
        workspace = Workspace.objects.filter(pk__in=uuids_in([request.GET.get("workspace", "")])).first()
        if workspace is None:
            return {"rules": default_rules()}
        version, rules = newest_version(workspace)
        return {"workspace": workspace, "rules": rules, "began_with": f"{workspace.pk}:{version}"}

    def get_form(self, request: HttpRequest, obj: Policy | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature.
        """Store in the name of whoever is signed in."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by = acting_user(request)
        return form

    def has_change_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        """Refuse: a change is a new version."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        """Refuse: the trail names versions."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: Any) -> None:
        """Tell the workspace's history; the form has stored the version."""
        del form, change
        self.log_change(request, obj.workspace, f"Set policy version {obj.version}.")

    @admin.display(description="in force", boolean=True)
    def is_newest(self, policy: Policy) -> bool:
        """Say whether this version counts."""
        return policy.version == policy.newest  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="rules")
    def rules_laid_out(self, policy: Policy) -> SafeString:
        """Show the rules, one a line."""
        return format_html("<pre>{}</pre>", _laid_out(policy.rules))
