"""Systems that can forget somebody, in the admin: made known, changed, tested; secrets go in and never come out."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path

from privacy_service.exceptions import InvalidFields
from privacy_service.subjects.destinations import KINDS, abilities_of
from privacy_service.subjects.identifiers import Kind
from privacy_service.subjects.models import Destination
from privacy_service.subjects.registering import PLAIN, filled_in, keep, sources_of, take_away, tested
from workspaces.admin.shared import acting_user, page_of


class DestinationForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is known of a system, with the checks of the API."""

    kind = forms.ChoiceField(choices=lambda: [(kind.name, f"{kind.name}: {kind.label}") for kind in KINDS.values()])
    identifiers = forms.MultipleChoiceField(
        choices=[(kind.value, kind.value) for kind in Kind], help_text="What it knows people by."
    )
    sources = forms.CharField(
        required=False, help_text="Slugs of the sources whose data it gets, with commas; empty for all."
    )
    secrets = forms.JSONField(
        required=False,
        help_text="As an object of texts; encrypted, never shown again. Empty leaves those there are.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = Destination
        fields = ("workspace", "slug", "kind", *PLAIN, "sources")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.slug:
            self.initial["sources"] = ", ".join(sources_of(self.instance))

    def clean_sources(self) -> list[str]:
        """Return the slugs."""
        return [slug.strip() for slug in self.cleaned_data["sources"].split(",") if slug.strip()]

    def clean_secrets(self) -> dict[str, str]:
        """Return the secrets; whatever is no object of texts is refused without being repeated."""
        secrets = self.cleaned_data["secrets"] or {}
        if not isinstance(secrets, dict) or not all(isinstance(one, str) for one in secrets.values()):
            message = 'Write an object of texts, such as {"url": "postgresql://..."}.'
            raise forms.ValidationError(message)
        return secrets

    def _post_clean(self) -> None:
        """Fill the system in, as the API does, once each field is well by itself."""
        asked = {name: value for name, value in self.cleaned_data.items() if name != "secrets" or value}
        if not self.errors:
            for name in {"workspace", "slug", "kind"} & asked.keys():
                setattr(self.instance, name, asked[name])
            try:
                filled_in(self.instance, asked)
                self.instance.validate_constraints()
            except InvalidFields as error:
                self.add_error(None, error.detail)
            except forms.ValidationError as error:
                self.add_error(None, error)


class DestinationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Systems of each workspace, with where they are and who processes there."""

    form = DestinationForm
    fields = ("workspace", "slug", "kind", *PLAIN[:3], "secrets", *PLAIN[3:4], "sources", *PLAIN[4:], "can")
    readonly_fields = ("can",)
    list_display = ("slug", "workspace", "kind", "layer_of", "can", "is_active", "region", "processor", "contact")
    list_filter = ("kind", "is_active", "region")
    list_select_related = ("workspace",)
    search_fields = ("slug", "name", "workspace__slug", "processor")
    search_help_text = "Name, workspace or processor"

    @admin.display(description="can")
    def can(self, destination: Destination) -> str:
        """Say what it can do, as its options are."""
        return ", ".join(sorted(abilities_of(destination))) if destination.kind else "-"

    @admin.display(description="layer", ordering="layer")
    def layer_of(self, destination: Destination) -> str:
        """Say whose store it is."""
        return destination.stands_as.value

    def get_readonly_fields(self, request: HttpRequest, obj: Destination | None = None) -> tuple[str, ...]:
        """Keep what a system is: its workspace, slug and kind."""
        del request
        return (*self.readonly_fields, "workspace", "slug", "kind") if obj else self.readonly_fields

    def get_urls(self) -> Any:
        """Add the button."""
        view = self.admin_site.admin_view(self.test_view)
        return [path("<uuid:pk>/test/", view, name="subjects_destination_test"), *super().get_urls()]

    def test_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Ask the system about somebody who does not exist, and say what it answers."""
        destination = get_object_or_404(Destination.objects.select_related("workspace"), pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, destination):
            raise PermissionDenied
        told = tested(destination)
        self.message_user(request, told.detail, messages.SUCCESS if told.is_well else messages.ERROR)
        return HttpResponseRedirect(page_of(destination))

    def save_model(self, request: HttpRequest, obj: Destination, form: Any, change: Any) -> None:
        """Keep it as the API does."""
        del form, change
        keep(obj, by=acting_user(request))

    def delete_model(self, request: HttpRequest, obj: Destination) -> None:
        """Take it away as the API does."""
        take_away(obj, by=acting_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Take several away."""
        for destination in queryset.select_related("workspace"):
            self.delete_model(request, destination)
