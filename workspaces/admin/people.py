"""Users and groups: who can be named as a reader, and who can sign in here."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as PermissionRow
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from workspaces import second_factor
from workspaces.acts import Act, note
from workspaces.admin.shared import acting_user, link_to, list_of
from workspaces.effective import effective_rights, readable
from workspaces.history import acting
from workspaces.models import Membership, User
from workspaces.permissions import APP_LABEL, Permission

_SHOWN_MEMBERSHIPS = 50
_RIGHTS_A_PAGE = 100
_RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def _only_admin_rights(field: Any) -> Any:
    """Leave out what counts on one workspace only: offered here, it would look like access and give none."""
    if field is not None and field.queryset.model is PermissionRow:
        on_workspaces = [permission.codename for permission in Permission]
        offered = field.queryset.select_related("content_type")
        field.queryset = offered.exclude(content_type__app_label=APP_LABEL, codename__in=on_workspaces)
    if field is not None and field.queryset.model is Group:
        field.queryset = field.queryset.filter(workspace_group=None)  # Who is in those is written elsewhere.
    return field


class _NamedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A user has an e-mail or an external id, each nobody else's."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        email = cleaned.get("email")
        if not email and not cleaned.get("external_id") and not self.errors:
            self.add_error("email", "Give an e-mail, an external id, or both: backends name the user by them.")
        if email and User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            self.add_error("email", "Another user has this e-mail.")
        return cleaned


class NewPersonForm(_NamedForm, AdminUserCreationForm):  # type: ignore[type-arg]
    """A person, who can sign in here only where a password is given."""

    usable_password = forms.ChoiceField(
        label="Signs in here",
        choices={"true": "With a password", "false": "Not at all"},
        initial="false",
        required=False,
        widget=forms.RadioSelect(attrs={"class": "radiolist inline"}),
        help_text="Only administrators and owners sign in. Everybody else reads through backends, which name them.",
    )

    class Meta:
        model = User
        fields = ("email", "external_id", "name")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}


class PersonForm(_NamedForm, UserChangeForm):  # type: ignore[type-arg]
    """A person as they are."""

    class Meta:
        model = User
        fields = ("email", "external_id", "name", "is_active", "password", *_RIGHTS)
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}

    def clean_groups(self) -> Any:
        """Keep the groups of workspaces, which are not offered here: saving a person must not take them away."""
        return self.cleaned_data["groups"] | Group.objects.filter(user=self.instance).exclude(workspace_group=None)


@admin.register(User)
class UserAdmin(StockUserAdmin):  # type: ignore[type-arg]
    """People, whom administrators look after, and service users, which their service accounts do."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("__str__", "name", "external_id", "kind", "is_active", "is_staff", "last_login")
    list_filter = ("kind", "is_active", "is_staff", "is_superuser")
    search_fields = ("email", "external_id", "name")
    search_help_text = "E-mail, external id or name"
    ordering = ("email", "external_id")
    readonly_fields = ("kind", "date_joined", "last_login", "workspaces_of", "service_account_of")
    actions = ("activate", "deactivate", "reset_second_factor")
    add_fieldsets = ((None, {"fields": ("email", "external_id", "name", "usable_password", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("email", "external_id", "name", "is_active", "password")}),
        ("Belongs to", {"fields": ("workspaces_of",)}),
        ("Rights in this admin", {"fields": _RIGHTS, "description": "No right to see personal data comes with these."}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    service_fieldsets = (
        (None, {"fields": ("kind", "external_id", "name", "is_active", "service_account_of")}),
        ("Belongs to", {"fields": ("workspaces_of",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show a service as what it is."""
        if obj and obj.kind == User.Kind.SERVICE:
            return self.service_fieldsets
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep services to their accounts, and superusers from whoever is less."""
        if obj and (obj.kind == User.Kind.SERVICE or obj.is_superuser > acting_user(request).is_superuser):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse: with a user would go the record of what they did and whom they gave rights. Deactivate them."""
        del request, obj
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Let superusers alone hand out rights in this admin: anybody else could make themselves one."""
        own = () if acting_user(request).is_superuser else _RIGHTS
        return (*super().get_readonly_fields(request, obj), *own)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the rights that count here."""
        return _only_admin_rights(super().formfield_for_manytomany(db_field, request, **kwargs))

    @transaction.atomic
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Tell the audit trail, by the names of fields alone: what they hold is about a person."""
        super().save_related(request, form, formsets, change)
        user: User = form.instance
        if form.changed_data:
            note(
                Act.USER_CHANGED, None, acting_user(request), user, changed=form.changed_data, is_active=user.is_active
            )

    def get_urls(self) -> Any:
        """Add the page of what the person sees everywhere."""
        view = self.admin_site.admin_view(self.rights_view)
        return [path("<uuid:pk>/rights/", view, name="workspaces_user_rights"), *super().get_urls()]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 - Django's own name.
        """Set another's password; one's own takes the old one, on the page for that."""
        if self.get_object(request, unquote(id)) == acting_user(request):
            return redirect("admin:password_change")
        with acting(acting_user(request)):
            changed: HttpResponse = super().user_change_password(request, id, form_url)
        return changed

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        """Save the person, in whose record of a new password the administrator stands."""
        with acting(acting_user(request)):
            super().save_model(request, obj, form, change)

    def rights_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Show what a person sees in each of their workspaces, and through what."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_view_permission(request, user):
            raise PermissionDenied
        members = readable(Membership.objects.filter(user=user)).order_by("workspace__slug")
        page = Paginator(members, _RIGHTS_A_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": "What this person sees",
            "subtitle": str(user),
            "opts": self.opts,
            "original": user,
            "page": page,
            "rights": effective_rights(page),
        }
        return TemplateResponse(request, "admin/workspaces/user/rights.html", context)

    @admin.display(description="workspaces")
    def workspaces_of(self, user: User) -> SafeString | str:
        """Link the user's memberships."""
        held = user.memberships.select_related("workspace", "user").prefetch_related("grants")
        shown = held.order_by("workspace__slug")[: _SHOWN_MEMBERSHIPS + 1]
        if not shown:
            return "None yet. Open a workspace and add the person there."
        lines = format_html_join(
            "", "<li>{}: {}</li>", ((link_to(m, str(m.workspace)), _roles_of(m)) for m in shown[:_SHOWN_MEMBERSHIPS])
        )
        more = format_html('<li><a href="{}?user__id__exact={}">All of them</a></li>', list_of(Membership), user.pk)
        return format_html("<ul>{}{}</ul>", lines, more if len(shown) > _SHOWN_MEMBERSHIPS else "")

    @admin.display(description="service account")
    def service_account_of(self, user: User) -> SafeString:
        """Link the account, where the service is looked after."""
        return link_to(user.service_account)

    @admin.action(description="Activate selected users", permissions=["change"])
    def activate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Let users read again."""
        self._set_active(request, users, active=True)

    @admin.action(description="Deactivate selected users: they read nothing", permissions=["change"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Shut users out at once, of every workspace."""
        self._set_active(request, users, active=False)

    @admin.action(description="Turn the second factor of selected users off, and sign them out", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Help whoever has lost their authenticator and their recovery codes."""
        me = acting_user(request)
        reachable = users if me.is_superuser else users.filter(is_superuser=False)
        # One's own takes a code, on the account page: a session that somebody else got hold of must not end it.
        reset = [user for user in reachable.exclude(pk=me.pk) if second_factor.reset(user, by=me)]
        for user in reset:
            self.log_change(request, user, "Turned the second factor off.")
        self.message_user(
            request, f"{len(reset)} turned off; they sign in with their password now, and can turn it on again."
        )

    @transaction.atomic
    def _set_active(self, request: HttpRequest, users: QuerySet[User], *, active: bool) -> None:
        me = acting_user(request)
        reachable = users if me.is_superuser else users.filter(is_superuser=False)
        changed = reachable.filter(is_active=not active).exclude(pk=me.pk)
        for user in changed:  # One by one: an update() would bypass the access stamp.
            user.is_active = active
            user.save(update_fields=["is_active"])
            note(Act.USER_CHANGED, None, me, user, changed=["is_active"], is_active=active)
            self.log_change(request, user, "Activated." if active else "Deactivated.")
        done = "activated" if active else "deactivated"
        self.message_user(request, f"{len(changed)} {done}.", messages.SUCCESS if changed else messages.WARNING)


def _roles_of(membership: Membership) -> str:
    return ", ".join(grant.get_role_display() for grant in membership.grants.all())


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(StockGroupAdmin):
    """Groups of administrators."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Leave out what stands behind groups of workspaces."""
        return super().get_queryset(request).filter(workspace_group=None)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        """Offer the rights that count here."""
        return _only_admin_rights(super().formfield_for_manytomany(db_field, request, **kwargs))
