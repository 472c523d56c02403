"""Who belongs where with which roles; every write goes through `workspaces.grants`."""

import re
from collections.abc import Collection, Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from workspaces.admin.confirming import ConfirmsRights
from workspaces.admin.shared import acting_user, uuids_in
from workspaces.effective import effective_rights, readable
from workspaces.grants import add_member, end_grant, grant, left_without_owner, remove_member
from workspaces.models import Grant, Membership, MembershipQuerySet, User
from workspaces.roles import GRANTABLE_ROLES, KIND_ROLES, Role

_FIRST_ANOTHER = "make somebody else an owner first."
_ENTITY = re.compile(r"[A-Z][A-Z0-9_]*")


class EntityNamesField(forms.CharField):
    """Names of kinds of personal data, apart by spaces or commas. What kinds there are is not known here."""

    def to_python(self, value: object) -> Any:
        """Return the names, without doubles."""
        return sorted(set(re.findall(r"[^\s,]+", str(value or ""))))

    def validate(self, value: list[str]) -> None:
        """Refuse what cannot be a name."""
        for name in value:
            if not _ENTITY.fullmatch(name):
                message = f"“{name[:40]}” is no kind of personal data. Write names such as EMAIL_ADDRESS."
                raise forms.ValidationError(message)

    def prepare_value(self, value: object) -> object:
        """Show stored names as text."""
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: object, data: object) -> bool:
        """Compare names, not spelling."""
        return bool(self.to_python(self.prepare_value(initial)) != self.to_python(data))


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """A membership with the roles on top of it."""

    in_formset = False  # There the whole of it says who owns the workspace afterwards.

    roles = forms.MultipleChoiceField(
        choices=[(role.value, role.label) for role in GRANTABLE_ROLES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What a member may do. An owner may do all of this without any of them.",
    )

    class Meta:
        model = Membership
        fields = ("workspace", "user", "kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Start from the roles that are held."""
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001 - Django's documented way to ask.
            held = {given.role: given.entities for given in self.instance.grants.all() if given.is_standing}
            self.initial["roles"] = [role.value for role in GRANTABLE_ROLES if role in held]
            self.initial["entities"] = held.get(Role.PII_VIEWER, [])

    def clean(self) -> dict[str, Any]:
        """Say it plainly where the person belongs already."""
        cleaned = super().clean() or self.cleaned_data
        workspace, user = cleaned.get("workspace"), cleaned.get("user")
        if workspace and user and Membership.objects.filter(workspace_id=workspace.pk, user=user).exists():
            self.add_error("user", "Belongs to the workspace already: change that membership.")
        if self.leaves_owners and not self.in_formset and _leave_no_owner([self.instance]):
            self.add_error("kind", f"This is the last owner of the workspace: {_FIRST_ANOTHER}")
        return cleaned

    @property
    def leaves_owners(self) -> bool:
        """Say whether this makes a member of an owner."""
        return self.initial.get("kind") == Membership.Kind.OWNER and "kind" in self.changed_data

    @property
    def joins_owners(self) -> bool:
        """Say whether this makes an owner."""
        return self.cleaned_data.get("kind") == Membership.Kind.OWNER and "kind" in self.changed_data

    def store(self, *, by: User) -> list[str]:
        """Write the membership and its roles, and return what was done, in sentences."""
        membership, done = self._stored_membership(by)
        self.instance.pk = membership.pk
        wanted = {Role(role) for role in self.cleaned_data["roles"]}
        entities = sorted(self.cleaned_data["entities"]) if "entities" in self.fields else None
        return done + settle_roles(membership, wanted, entities, by=by)

    def _stored_membership(self, by: User) -> tuple[Membership, list[str]]:
        given = self.instance
        if given._state.adding or "kind" in self.changed_data:  # noqa: SLF001 - as above.
            verb = "Added" if given._state.adding else "Changed"  # noqa: SLF001 - as above.
            membership = add_member(given.workspace, given.user, kind=given.kind, by=by)
            return membership, [f"{verb} {given}: {membership.get_kind_display().lower()}."]
        # Read anew: the writers look at the grants, which this instance may have kept from before.
        return Membership.objects.select_related("user", "workspace").get(pk=given.pk), []


class FullMembershipForm(MembershipForm):
    """A membership with the kinds of personal data that its PII viewer may see."""

    entities = EntityNamesField(
        required=False,
        label="Only these kinds",
        help_text="For a PII viewer: such as EMAIL_ADDRESS, PERSON. Empty for all.",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a choice of kinds that nobody would read."""
        cleaned = super().clean()
        if cleaned.get("entities") and Role.PII_VIEWER not in cleaned.get("roles", ()):
            self.add_error("entities", "Kinds count for a PII viewer only: tick that role as well, or clear this.")
        return cleaned


def _leave_no_owner(leaving: Iterable[Membership]) -> bool:
    return left_without_owner(Membership.objects.filter(pk__in=[membership.pk for membership in leaving])).exists()


def settle_roles(
    membership: Membership, wanted: Collection[Role], entities: list[str] | None, *, by: User
) -> list[str]:
    """Give and take roles until these are held; `entities` narrows a PII viewer, None leaves it as it is."""
    standing = {Role(given.role): given for given in Grant.objects.standing().filter(membership=membership)}
    held = {role: given.entities for role, given in standing.items()}
    done = []
    for role in GRANTABLE_ROLES:
        narrowed = entities if role == Role.PII_VIEWER else []
        if role in wanted and (role not in held or narrowed not in (None, held[role])):
            grant(membership, role, by=by, entities=narrowed or ())
            done.append(f"Gave {role.label}{_kinds(narrowed)} to {membership}.")
        elif role in held and role not in wanted:
            end_grant(standing[role], by=by)
            done.append(f"Took {role.label} from {membership}.")
    return done


def _kinds(entities: list[str] | None) -> str:
    return f" ({', '.join(entities)} only)" if entities else ""


def remove(membership: Membership, *, by: User) -> str:
    """End a membership and say so."""
    sentence = f"Removed {membership}."
    remove_member(membership, by=by)
    return sentence


def roles_of(membership: Membership) -> str:
    """Name the roles beside the one that comes with the kind."""
    return ", ".join(g.get_role_display() for g in membership.grants.all() if g.role not in KIND_ROLES) or "-"


def sight_of(membership: Membership) -> str:
    """Say what a membership read by `readable()` shows of personal data."""
    [effective] = effective_rights([membership])
    return effective.sees


class MembershipFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Memberships of one workspace, written by the writers of grants; `by` is set before it is saved."""

    by: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Start with nothing done."""
        super().__init__(*args, **kwargs)
        self.done: list[tuple[User, str]] = []

    def add_fields(self, form: Any, index: Any) -> None:
        """Leave the question of who owns the workspace to the whole set."""
        super().add_fields(form, index)
        form.in_formset = True

    def clean(self) -> None:
        """Refuse to leave the workspace without an owner; who becomes one is written before who ceases to be one."""
        super().clean()
        if any(self.errors):
            return
        stored = cast("list[MembershipForm]", self.initial_forms)
        leaving = [form.instance for form in stored if form.leaves_owners or form in self.deleted_forms]
        if not any(form.joins_owners for form in stored) and _leave_no_owner(leaving):
            message = f"The workspace would have no owner: {_FIRST_ANOTHER}"
            raise forms.ValidationError(message)
        count = self.initial_form_count()
        arriving_first = sorted(stored, key=lambda form: not form.joins_owners)
        self.forms[:count] = arriving_first

    def save_new(self, form: Any, commit: bool = True) -> Membership:  # noqa: FBT001, FBT002 - Django's signature.
        """Add a member."""
        form.instance.workspace = self.instance
        return self.save_existing(form, form.instance, commit)

    def save_existing(self, form: Any, obj: Membership, commit: bool = True) -> Membership:  # noqa: ARG002, FBT001, FBT002 - Django's signature.
        """Settle kind and roles."""
        self.done += [(obj.user, sentence) for sentence in form.store(by=self.by)]
        return obj

    def delete_existing(self, obj: Membership, commit: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002 - Django's signature.
        """Remove a member."""
        self.done.append((obj.user, remove(obj, by=self.by)))


class SightFilter(admin.SimpleListFilter):
    """Members by what they see of personal data."""

    title = "sees personal data"
    parameter_name = "sees"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the two sides."""
        del request, model_admin
        return [("yes", "All or some kinds"), ("no", "Masked data only")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep one side."""
        del request
        chosen = {"yes": queryset.seeing, "no": queryset.not_seeing}.get(self.value() or "")
        return chosen() if chosen else queryset


@admin.register(Membership)
class MembershipAdmin(ConfirmsRights, admin.ModelAdmin):  # type: ignore[type-arg]
    """Members of every workspace, however many; a workspace's own page is for the first of them."""

    form = FullMembershipForm
    fields = ("workspace", "user", "kind", "roles", "entities", "sees")
    list_display = ("user", "workspace", "kind", "roles", "sees", "created_at")
    list_filter = (("grants__role", admin.ChoicesFieldListFilter), SightFilter)
    list_select_related = ("user", "workspace")
    search_fields = ("user__email", "user__external_id", "user__name", "workspace__slug", "workspace__name")
    search_help_text = "E-mail, external id or name of the person; workspace"
    ordering = ("workspace__slug", "user__email")
    autocomplete_fields = ("workspace", "user")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Read everything a row shows at once."""
        return readable(Membership.objects.all()).order_by(*self.get_ordering(request))

    def touched(self, request: HttpRequest, object_id: str | None) -> MembershipQuerySet:
        """Return the membership, or the one that is to be."""
        if object_id:
            return Membership.objects.filter(pk=object_id)
        workspaces, users = (uuids_in([request.POST.get(name, "")]) for name in ("workspace", "user"))
        return Membership.objects.filter(workspace__in=workspaces, user__in=users)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        """Keep a membership with the person and workspace it was made for."""
        del request
        return ("workspace", "user", "sees") if obj else ("sees",)

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        """Show what a member sees once there is one."""
        fields = super().get_fields(request, obj)
        return fields if obj else [field for field in fields if field != "sees"]

    @admin.display(description="roles")
    def roles(self, membership: Membership) -> str:
        """Name the roles, where they cannot be changed."""
        return roles_of(membership)

    @admin.display(description="sees")
    def sees(self, membership: Membership) -> str:
        """Say what the member sees of personal data."""
        return sight_of(membership)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: Any) -> None:
        """Write through the writers of grants, and tell the histories of the workspace and the person."""
        del change
        form.done = form.store(by=acting_user(request))
        self._tell(request, obj, form.done)

    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature.
        """Say what was done rather than which fields were touched."""
        return " ".join(form.done) or super().construct_change_message(request, form, formsets, add)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuse to leave a workspace without an owner."""
        listed, counts, needed, protected = super().get_deleted_objects(objs, request)
        left = left_without_owner(Membership.objects.filter(pk__in=[membership.pk for membership in objs]))
        return listed, counts, needed, [*protected, *(f"The last owner of {w}: {_FIRST_ANOTHER}" for w in left)]

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Take every permission with the membership."""
        self._remove(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Take every permission with the memberships."""
        self._remove(request, queryset.select_related("user", "workspace"))

    @transaction.atomic
    def _remove(self, request: HttpRequest, memberships: Iterable[Membership]) -> None:
        for membership in memberships:
            self._tell(request, membership, [remove(membership, by=acting_user(request))])

    def _tell(self, request: HttpRequest, membership: Membership, done: Collection[str]) -> None:
        for place in (membership.workspace, membership.user) if done else ():
            self.log_change(request, place, " ".join(done))
