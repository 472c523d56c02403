"""The release in the admin: one flag, with the settings that count."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from privacy_service.rollout import release
from privacy_service.rollout.models import PII_ACCESS, Flag
from privacy_service.rollout.stages import Position, Stage
from workspaces.admin.shared import acting_user

_EVERYONE = {"": "By the lists and the percentage below", "true": "Everybody but those forced off", "false": "Nobody"}
_SALT_HELP = (
    "Decides which workspaces a percentage reaches first. Changing it draws them anew: some that have the "
    "feature lose it, and their readers see personal data unmasked. Leave it alone while the release is under way."
)


class ReleaseForm(forms.ModelForm):  # type: ignore[type-arg]
    """The settings that the release asks; waffle's other ones are about requests and count for nothing here."""

    everyone = forms.TypedChoiceField(
        label="Released to",
        choices=_EVERYONE,
        required=False,
        coerce=lambda chosen: chosen == "true",
        empty_value=None,
        help_text="“Nobody” takes the release back at once, forced on or not: personal data is then passed unmasked.",
    )

    class Meta:
        model = Flag
        fields = ("everyone", "percent", "workspaces", "excluded_workspaces", "salt", "note")
        help_texts = {"salt": _SALT_HELP, "note": "Why it stands as it does."}  # noqa: RUF012 - Django's Meta.

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the stored answer among the choices."""
        super().__init__(*args, **kwargs)
        self.initial["everyone"] = {True: "true", False: "false"}.get(self.instance.everyone, "")

    def clean(self) -> dict[str, Any]:
        """Refuse a workspace that is forced both ways."""
        cleaned = super().clean() or self.cleaned_data
        forced_off = set(cleaned.get("excluded_workspaces") or ())
        both = [workspace.slug for workspace in cleaned.get("workspaces") or () if workspace in forced_off]
        if both:
            message = f"Forced on and forced off at once: {', '.join(both)}. Take each out of one of the two lists."
            self.add_error("excluded_workspaces", message)
        return cleaned


@admin.register(Flag)
class FlagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The one flag of the release: turned, never deleted, since without it everything is masked."""

    form = ReleaseForm
    fields = ("everyone", "percent", "workspaces", "excluded_workspaces", "salt", "note")
    autocomplete_fields = ("workspaces", "excluded_workspaces")
    list_display = ("name", "released_to", "forced_on", "forced_off", "modified")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flag]:
        """Leave out flags that nothing here asks."""
        return super().get_queryset(request).filter(name=PII_ACCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow the one flag back where somebody lost it, and no second."""
        return super().has_add_permission(request) and not Flag.objects.filter(name=PII_ACCESS).exists()

    def has_delete_permission(self, request: HttpRequest, obj: Flag | None = None) -> bool:
        """Refuse."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Flag, form: Any, change: Any) -> None:
        """Give the flag its only name, and record the move."""
        obj.name = PII_ACCESS
        if obj.everyone is None:
            obj.position = Position.dialled(obj.percent or Decimal(0))
        else:
            obj.position = Position(Stage.PUBLIC if obj.everyone else Stage.OFF)
        super().save_model(request, obj, form, change)
        release.move_to(obj.position, release.Circumstances(acting_user(request), "admin", why=obj.note))

    @admin.display(description="released to")
    def released_to(self, flag: Flag) -> str:
        """Say how far the release has come."""
        if flag.everyone is not None:
            return _EVERYONE["true" if flag.everyone else "false"]
        return f"{flag.percent or 0:f} % of workspaces, and those forced on"

    @admin.display(description="forced on")
    def forced_on(self, flag: Flag) -> int:
        """Count workspaces."""
        return flag.workspaces.count()

    @admin.display(description="forced off")
    def forced_off(self, flag: Flag) -> int:
        """Count workspaces."""
        return flag.excluded_workspaces.count()
