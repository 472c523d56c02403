"""Service accounts and API keys: issued here, shown once, rotated and revoked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from workspaces.acts import Act, note
from workspaces.admin.actor_tokens import listed_keys
from workspaces.admin.shared import Question, acting_user, ask, link_to, page_of
from workspaces.keys import (
    DATA_SCOPES,
    Scope,
    create_service_account,
    delete_service_account,
    external_id_of,
    issue_key,
    revoke_key,
    rotate_key,
)
from workspaces.models import ApiKey, ServiceAccount, User

OVERLAP = timedelta(hours=24)


class KeyForm(forms.Form):
    """What a new key may be used for, and until when."""

    key_name = forms.CharField(max_length=80, required=False, help_text="Where it is used, to tell keys apart.")
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.value) for scope in Scope],
        initial=[scope.value for scope in DATA_SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    expires_at = forms.SplitDateTimeField(required=False, widget=AdminSplitDateTime, help_text="Empty: never.")
    calls_per_day = forms.IntegerField(required=False, min_value=1, help_text="Empty: no limit.")

    def clean_expires_at(self) -> datetime | None:
        """Refuse a key that opens nothing."""
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= timezone.now():
            message = "This time has passed already."
            raise forms.ValidationError(message)
        return expires_at

    def issue_to(self, user: User, *, by: User) -> tuple[ApiKey, str]:
        """Issue the key that was asked for."""
        chosen = self.cleaned_data
        scopes = [Scope(scope) for scope in chosen["scopes"]]
        return issue_key(
            user,
            scopes=scopes,
            name=chosen["key_name"],
            expires_at=chosen["expires_at"],
            calls_per_day=chosen["calls_per_day"],
            by=by,
        )


class NewServiceAccountForm(KeyForm, forms.ModelForm):  # type: ignore[type-arg]
    """A backend's account with its first key."""

    field_order = ("name", "workspace", "key_name", "scopes", "expires_at", "calls_per_day")

    class Meta:
        model = ServiceAccount
        fields = ("name", "workspace")

    def clean(self) -> dict[str, Any]:
        """Refuse a name whose user is somebody else's."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        external_id = external_id_of(cleaned.get("name", ""), cleaned.get("workspace"))
        if User.objects.filter(external_id=external_id).exists():
            self.add_error("name", "Another user has the external id of this service: choose another name.")
        return cleaned


def state_of(key: ApiKey, now: datetime) -> str:
    """Say whether a key still opens anything."""
    if key.revoked_at:
        return f"revoked on {key.revoked_at:%Y-%m-%d}"
    if key.expires_at and key.expires_at <= now:
        return "expired"
    return "usable" if key.user.is_active else "user inactive"


def _is_usable(key: ApiKey) -> bool:
    return state_of(key, timezone.now()) == "usable"


def _show_once(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, key: str) -> None:
    # In the answer to this one request; neither the history nor the database ever holds it.
    text = format_html("Copy the key now, it cannot be shown again: <code>{}</code>", key)
    model_admin.message_user(request, text, messages.WARNING)


def _tell(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, key: ApiKey, sentence: str) -> None:
    model_admin.log_change(request, key, sentence)
    account = ServiceAccount.objects.filter(user=key.user).first()
    model_admin.log_change(request, account or key.user, sentence)


@admin.register(ServiceAccount)
class ServiceAccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Backends that ask on behalf of readers."""

    list_display = ("name", "reach", "usable_keys", "last_used", "created_at")
    list_select_related = ("workspace", "user")
    search_fields = ("name", "workspace__slug", "workspace__name")
    search_help_text = "Name or workspace"
    autocomplete_fields = ("workspace",)
    readonly_fields = ("user", "api_keys", "signing_keys", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "workspace", "user", "created_at")}),
        ("Keys", {"fields": ("api_keys",)}),
        ("Signed readers", {"fields": ("demands_actor_token", "actor_token_issuer", "signing_keys")}),
    )
    add_fieldsets = (
        (None, {"fields": ("name", "workspace")}),
        (
            "First key",
            {
                "fields": ("key_name", "scopes", "expires_at", "calls_per_day"),
                "description": "Shown once, after saving.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceAccount]:
        """Count keys in the same query."""
        usable = Q(user__api_keys__revoked_at=None) & (
            Q(user__api_keys__expires_at=None) | Q(user__api_keys__expires_at__gt=timezone.now())
        )
        counts = {"key_count": Count("user__api_keys", filter=usable), "used_at": Max("user__api_keys__last_used_at")}
        del request
        return ServiceAccount.objects.annotate(**counts)

    def get_fieldsets(self, request: HttpRequest, obj: ServiceAccount | None = None) -> Any:
        """Ask for the first key along with a new account."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_form(self, request: HttpRequest, obj: ServiceAccount | None = None, *args: Any, **kwargs: Any) -> Any:
        """Ask for the first key along with a new account."""
        if obj is None:
            kwargs = {**kwargs, "form": NewServiceAccountForm, "fields": ("name", "workspace")}
        return super().get_form(request, obj, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: ServiceAccount | None = None) -> Any:
        """Keep the name of an account: its user carries it."""
        return (*super().get_readonly_fields(request, obj), *(("name",) if obj else ()))

    def get_urls(self) -> Any:
        """Add the page that issues another key."""
        view = self.admin_site.admin_view(self.issue_view)
        return [path("<uuid:pk>/issue/", view, name="workspaces_serviceaccount_issue"), *super().get_urls()]

    @admin.display(description="may ask about", ordering="workspace")
    def reach(self, account: ServiceAccount) -> str:
        """Name the workspaces an account reaches."""
        return str(account.workspace) if account.workspace else "every workspace"

    @admin.display(description="usable keys", ordering="key_count")
    def usable_keys(self, account: ServiceAccount) -> int:
        """Count the keys that still open anything."""
        return account.key_count if account.user.is_active else 0  # type: ignore[attr-defined]

    @admin.display(description="last used", ordering="used_at")
    def last_used(self, account: ServiceAccount) -> datetime | None:
        """Say when a key was used last."""
        return account.used_at  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="API keys")
    def api_keys(self, account: ServiceAccount) -> SafeString | str:
        """List the account's keys with what they open."""
        now = timezone.now()
        rows = (
            (link_to(key, f"{key.prefix}…"), key.name or "-", ", ".join(key.scopes), state_of(key, now))
            for key in account.user.api_keys.select_related("user")
        )
        listed = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        table = "<table><tr><th>Key</th><th>Name</th><th>Scopes</th><th>State</th></tr>{}</table>"
        return format_html(table, listed) if listed else "None: issue one with the button above."

    @admin.display(description="signing keys")
    def signing_keys(self, account: ServiceAccount) -> SafeString:
        """List what readers' tokens are verified with."""
        return listed_keys(account)

    def save_model(self, request: HttpRequest, obj: ServiceAccount, form: Any, change: Any) -> None:
        """Create the account with its user and first key."""
        if change:
            self._change(request, obj, form)
            return
        account = create_service_account(obj.name, workspace=obj.workspace, by=acting_user(request))
        obj.pk, obj.user = account.pk, account.user
        self._issue(request, form, account.user)

    @transaction.atomic
    def _change(self, request: HttpRequest, obj: ServiceAccount, form: Any) -> None:
        super().save_model(request, obj, form, change=True)
        if form.changed_data:
            said = {name: getattr(obj, name) for name in form.changed_data if name != "workspace"}
            note(Act.SERVICE_ACCOUNT_CHANGED, obj.workspace, acting_user(request), obj, change="changed", **said)

    def issue_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Issue another key."""
        account = get_object_or_404(ServiceAccount.objects.select_related("user"), pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        form = KeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._issue(request, form, account.user)
            return HttpResponseRedirect(page_of(account))
        text = "The key is shown once, after this. Other keys of the account stay as they are."
        return ask(self, request, account, Question("Issue key", text, form))

    @transaction.atomic
    def _issue(self, request: HttpRequest, form: KeyForm, user: User) -> None:
        row, key = form.issue_to(user, by=acting_user(request))
        _tell(self, request, row, f"Issued {row} for {', '.join(row.scopes)}.")
        _show_once(self, request, key)

    def delete_model(self, request: HttpRequest, obj: ServiceAccount) -> None:
        """End the account, its user and its keys."""
        self.delete_queryset(request, ServiceAccount.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ServiceAccount]) -> None:
        """End accounts, their users and their keys."""
        for account in queryset.select_related("user", "workspace"):
            delete_service_account(account, by=acting_user(request))


class StateFilter(admin.SimpleListFilter):
    """Keys by whether they still open anything."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the states."""
        del request, model_admin
        return [("usable", "Usable"), ("expired", "Expired"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the keys in one state."""
        del request
        now = timezone.now()
        match self.value():
            case "usable":
                return queryset.usable(now)
            case "expired":
                return queryset.filter(expires_at__lte=now, revoked_at=None)
            case "revoked":
                return queryset.exclude(revoked_at=None)
        return queryset


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys, by their first letters; they are made with a service account and never deleted, but revoked."""

    fields = (
        "prefix",
        "name",
        "owner",
        "scope_names",
        "state",
        "created_at",
        "expires_at",
        "calls_per_day",
        "revoked_at",
        "last_used_at",
    )
    list_display = ("prefix", "name", "owner", "scope_names", "state", "expires_at", "last_used_at")
    list_filter = (StateFilter, "user__kind")
    list_select_related = ("user",)
    search_fields = ("prefix", "name", "user__external_id", "user__email")
    search_help_text = "Start of the key, its name, or whose it is"
    ordering = ("-created_at",)
    actions = ("revoke_selected",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leave issuing to the service account."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Refuse: a key is rotated or revoked."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Refuse: the trail names keys."""
        del request, obj
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to change keys."""
        return request.user.has_perm("workspaces.change_apikey")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Keep the digest from being guessed by filters."""
        return not lookup.startswith("digest") and super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> Any:
        """Add the two pages that ask before they act."""
        site = self.admin_site
        return [
            path("<uuid:pk>/rotate/", site.admin_view(self.rotate_view), name="workspaces_apikey_rotate"),
            path("<uuid:pk>/revoke/", site.admin_view(self.revoke_view), name="workspaces_apikey_revoke"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Offer rotating and revoking to whoever may."""
        kwargs["extra_context"] = {
            **(kwargs.get("extra_context") or {}),
            "may_revoke": self.has_revoke_permission(request),
        }
        return super().change_view(request, *args, **kwargs)

    @admin.display(description="owner", ordering="user")
    def owner(self, key: ApiKey) -> SafeString:
        """Link the user whose key it is."""
        return link_to(key.user)

    @admin.display(description="scopes")
    def scope_names(self, key: ApiKey) -> str:
        """Name what the key may be used for."""
        return ", ".join(key.scopes)

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        """Say whether the key still opens anything."""
        return state_of(key, timezone.now())

    def rotate_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Issue a successor and let the key end after the overlap."""
        text = "A successor with the same scopes is issued and shown once. The old key works for 24 more hours."
        return self._act(request, pk, self._rotate, Question("Rotate key", text))

    def revoke_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """End a key at once."""
        text = "Every backend that still uses this key is refused within two seconds. This cannot be undone."
        return self._act(request, pk, self._revoke, Question("Revoke key", text))

    def _act(
        self, request: HttpRequest, pk: Any, act: Callable[[HttpRequest, ApiKey], None], question: Question
    ) -> HttpResponse:
        key = get_object_or_404(ApiKey.objects.select_related("user"), pk=pk)
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        if not _is_usable(key):
            self.message_user(request, "This key opens nothing any more: issue a new one.", messages.ERROR)
        elif request.method == "POST":
            act(request, key)
        else:
            return ask(self, request, key, question)
        return HttpResponseRedirect(page_of(key))

    @transaction.atomic
    def _rotate(self, request: HttpRequest, key: ApiKey) -> None:
        successor, text = rotate_key(key, overlap=OVERLAP, by=acting_user(request))
        _tell(self, request, key, f"Rotated {key}: {successor.prefix}… follows it.")
        _show_once(self, request, text)

    @transaction.atomic
    def _revoke(self, request: HttpRequest, key: ApiKey) -> None:
        revoke_key(key, by=acting_user(request))
        _tell(self, request, key, f"Revoked {key}.")
        self.message_user(request, f"{key} opens nothing any more.", messages.SUCCESS)

    @admin.action(description="Revoke selected keys (they end at once)", permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """End keys at once."""
        for key in keys.filter(revoked_at=None).select_related("user"):
            self._revoke(request, key)
