"""The keys that readers' tokens are verified with: added and removed, a shared secret shown once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from workspaces.actor_tokens.fetching import AddressNotAllowed, checked_address
from workspaces.actor_tokens.keeping import keep_address, keep_document, keep_secret, kids_of, remove_key
from workspaces.actor_tokens.keys import SHORTEST_SECRET, UnusableKey, check_document
from workspaces.admin.shared import acting_user, link_to
from workspaces.models import ActorTokenKey, ServiceAccount

_KINDS = ActorTokenKey.Kind


class ActorTokenKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """One key set, address or secret of an account."""

    document = forms.JSONField(
        required=False, label="Key set", help_text="The public keys, as a JWKS document; for the first kind."
    )
    url = forms.CharField(
        required=False,
        max_length=500,
        label="Address",
        help_text="https://..., on a host that PRIVACY_JWKS_HOSTS names; for the second kind.",
    )
    secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput,
        help_text=f"At least {SHORTEST_SECRET} characters; leave it empty for a new one, which is shown once.",
    )

    class Meta:
        model = ActorTokenKey
        fields = ("account", "kind", "document", "url")

    def clean(self) -> dict[str, Any]:
        """Check the one thing that the kind asks for, and leave out the others."""
        given = {**(super().clean() or {}), **self.cleaned_data}
        kind = given.get("kind")
        try:
            if kind == _KINDS.DOCUMENT:
                check_document(given.get("document"))
            elif kind == _KINDS.ADDRESS:
                checked_address(given.get("url", ""))
            elif 0 < len(given.get("secret", "").encode()) < SHORTEST_SECRET:
                self.add_error("secret", f"Give at least {SHORTEST_SECRET} characters.")
        except (UnusableKey, AddressNotAllowed) as error:
            self.add_error("document" if kind == _KINDS.DOCUMENT else "url", str(error))
        return given

    def _post_clean(self) -> None:
        """Leave the row to the writers in `keeping`: it cannot be whole before they sealed its secret."""


@admin.register(ActorTokenKey)
class ActorTokenKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What a service account's readers are verified with."""

    form = ActorTokenKeyForm
    fields = ("account", "kind", "document", "url", "secret")
    list_display = ("account", "kind", "kids", "url", "created_at")
    list_filter = ("kind",)
    list_select_related = ("account",)
    search_fields = ("account__name", "url")
    search_help_text = "Service account or address"

    def has_change_permission(self, request: HttpRequest, obj: ActorTokenKey | None = None) -> bool:
        """Refuse: keys rotate by adding the new one, and removing the old one once nothing is signed with it."""
        del request, obj
        return False

    def get_fields(self, request: HttpRequest, obj: ActorTokenKey | None = None) -> Any:
        """Show what may be read again: never a secret."""
        del request
        return ("account", "kind", "kids", "document", "url", "created_at") if obj else self.fields

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Keep the sealed secret from being guessed by filters."""
        return not lookup.startswith("sealed_secret") and super().lookup_allowed(lookup, value, request)

    @admin.display(description="kid")
    def kids(self, key: ActorTokenKey) -> str:
        """Name the keys as tokens name them."""
        return kids_of(key)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: ActorTokenKey, form: Any, change: Any) -> None:
        """Keep the key."""
        del change
        given = form.cleaned_data
        account, by = given["account"], acting_user(request)
        match given["kind"]:
            case _KINDS.DOCUMENT:
                kept = keep_document(account, given["document"], by=by)
            case _KINDS.ADDRESS:
                kept = keep_address(account, given["url"], by=by)
            case _:
                kept, secret = keep_secret(account, given["secret"], by=by)
                _show_once(self, request, kept, "" if given["secret"] else secret)
        obj.pk, obj.kid, obj.account, obj.kind = kept.pk, kept.kid, account, kept.kind
        self.log_change(request, account, f"Added {kept} ({kids_of(kept)}).")

    def delete_model(self, request: HttpRequest, obj: ActorTokenKey) -> None:
        """Remove a key; what only it verified is refused within two seconds."""
        self.log_change(request, obj.account, f"Removed {obj} ({kids_of(obj)}).")
        remove_key(obj, by=acting_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ActorTokenKey]) -> None:
        """Remove keys."""
        for key in queryset.select_related("account"):
            self.delete_model(request, key)


def listed_keys(account: ServiceAccount) -> SafeString:
    """List an account's signing keys, with a link to add one."""
    add = format_html(
        '<a href="{}?account={}" class="addlink">Add a signing key</a>',
        reverse("admin:workspaces_actortokenkey_add"),
        account.pk,
    )
    rows = (
        (link_to(key, key.get_kind_display()), kids_of(key), key.url or "-", f"{key.created_at:%Y-%m-%d}")
        for key in account.actor_token_keys.all()
    )
    listed = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
    head = "<table><tr><th>Kind</th><th>kid</th><th>Address</th><th>Added</th></tr>{}</table><p>{}</p>"
    return format_html(head, listed, add) if listed else format_html("<p>None. {}</p>", add)


def _show_once(model_admin: Any, request: HttpRequest, key: ActorTokenKey, secret: str) -> None:
    # In the answer to this one request; neither the history nor a session ever holds it.
    text = format_html("Tokens signed with this secret name the kid <code>{}</code>.", key.kid)
    if secret:
        text = format_html("{} Copy the secret now, it cannot be shown again: <code>{}</code>", text, secret)
    model_admin.message_user(request, text, messages.WARNING)
