"""Access: who sees what in a workspace, through what, and the writes that change it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from privacy_service.console.explaining import explained
from privacy_service.console.frame import show, workspace_page
from privacy_service.console.granting import GrantForm, kinds_by_group
from privacy_service.console.letting_in import told_of, way_in
from privacy_service.console.places import OWNER, Place, place_of, writing
from privacy_service.console.speaking import in_words
from privacy_service.console.wording import (
    Names,
    names_of_sources,
    role_name,
    sees,
    showing,
    showing_nothing,
    terms,
    through,
)
from privacy_service.exceptions import NoSuchResource, PrivacyError
from privacy_service.managing.acting import change_kind, check_may_let_in, dismiss, give, let_in
from privacy_service.managing.views.members import filtered
from workspaces import break_glass
from workspaces.acts import Act, note
from workspaces.effective import readable
from workspaces.exceptions import RightsRefused
from workspaces.models import Grant, Membership, Source, User
from workspaces.permissions import Permission
from workspaces.roles import KIND_ROLES

P = ParamSpec("P")
NEED = Permission.MANAGE_MEMBERS
_PAGE = 50
_SIGHTS = ("some", "nothing")

View = Callable[Concatenate[HttpRequest, Place, P], HttpResponse]


@require_http_methods(["GET", "POST"])
@workspace_page(NEED)
def access(request: HttpRequest, place: Place) -> HttpResponse:
    """List the members with what they see; the search works as one types, and puts no name into an address."""
    return _listed(request, place)


def _listed(request: HttpRequest, place: Place, **asking: str) -> HttpResponse:
    sought, sight = request.POST.get("q", "").strip()[:100], request.POST.get("sees", "")
    asked = {"search": sought, "sees": sight if sight in _SIGHTS else ""}
    members = readable(Membership.objects.filter(workspace=place.workspace), place.workspace)
    page = Paginator(filtered(members, asked).order_by("-kind", "created_at", "pk"), _PAGE).get_page(
        request.POST.get("p")
    )
    names = names_of_sources(given for member in page for given in showing(member))
    rows = [_row(one, names) for one in page]
    context: dict[str, Any] = {"page": page, "rows": rows, "sought": sought, "sight": sight, "asking": asking}
    return show(request, "access", place, section="access", **context)


def _row(member: Membership, names: Names) -> dict[str, Any]:
    """Return what the list says of a member: through what they see, and what else they hold."""
    shown = [through(given, names) for given in showing(member)]
    others = [role_name(given.role) for given in showing_nothing(member)]
    return {"member": member, "sees": sees(member), "through": shown, "others": others}


@require_GET
@workspace_page(NEED)
def person(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Show one member: what they see and why, their grants, and the form that gives more."""
    return _person(request, place, _member(place, pk), GrantForm(place.workspace))


def _writes(view: View[P]) -> Callable[..., HttpResponse]:
    """Make a view a write: one at a time in a workspace; what is refused is said on the page that asked."""

    @require_POST
    @workspace_page(NEED)
    @wraps(view)
    def write(request: HttpRequest, place: Place, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            with writing(place, NEED) as there:
                return view(request, there, *args, **kwargs)
        except NoSuchResource:
            raise
        except PrivacyError as error:
            messages.error(request, in_words(error))
        except RightsRefused as error:
            messages.error(request, in_words(error))
        if "pk" in kwargs:
            return redirect("console:person", place.workspace.slug, kwargs["pk"])
        return redirect("console:access", place.workspace.slug)

    return write


@_writes
def add(request: HttpRequest, place: Place) -> HttpResponse:
    """Let somebody in, once it was asked whether this is the name: by a mistyped one a stranger would get in.

    It is asked whoever has the name, so that nobody learns here who is known in other workspaces.
    """
    kind = Membership.Kind.OWNER if request.POST.get("kind") == OWNER else Membership.Kind.MEMBER
    user = request.POST.get("user", "").strip()
    check_may_let_in(place.workspace, user, kind, rights=place.rights)
    if request.POST.get("sure") != "yes":
        return _listed(request, place, user=user, kind=kind, way_in=way_in(user))
    is_new = not User.objects.named(user).exists()
    member = let_in(place.workspace, user, kind, rights=place.rights, by=place.actor)
    messages.success(request, told_of(str(member.user), is_new=is_new))
    return redirect("console:person", place.workspace.slug, member.pk)


@_writes
def give_access(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Give a role on the terms of the form."""
    member, form = _member(place, pk), GrantForm(place.workspace, request.POST)
    if not (form.is_valid() and _is_given(place, member, form)):
        return _person(request, place, member, form, status=400)
    messages.success(request, _("Given. Every server process follows within two seconds."))
    return redirect("console:person", place.workspace.slug, pk)


@_writes
def take_access(request: HttpRequest, place: Place, pk: UUID, grant: UUID) -> HttpResponse:
    """End one grant of a member."""
    given = Grant.objects.filter(membership=_member(place, pk), pk=grant).exclude(role__in=KIND_ROLES).first()
    if given is None:
        raise NoSuchResource
    break_glass.take(given, by=place.actor)
    messages.success(request, _("Taken. Every server process follows within two seconds."))
    return redirect("console:person", place.workspace.slug, pk)


@_writes
def set_kind(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """Make a member an owner, or an owner a member."""
    kind = Membership.Kind.OWNER if request.POST.get("kind") == OWNER else Membership.Kind.MEMBER
    change_kind(_member(place, pk), kind, rights=place.rights, by=place.actor)
    messages.success(request, _("Changed."))
    return redirect("console:person", place.workspace.slug, pk)


@_writes
def demand_factor(request: HttpRequest, place: Place) -> HttpResponse:
    """Want a second factor of everybody who opens this workspace's pages, or no longer."""
    workspace = place_of(place.actor, place.workspace.slug, OWNER).workspace
    workspace.demands_second_factor = request.POST.get("demand") == "yes"
    workspace.save(update_fields=["demands_second_factor"])
    demands = workspace.demands_second_factor
    note(Act.WORKSPACE_CHANGED, workspace, place.actor, workspace, demands_second_factor=demands)
    messages.success(request, _("Changed."))
    return redirect("console:access", workspace.slug)


@_writes
def remove(request: HttpRequest, place: Place, pk: UUID) -> HttpResponse:
    """End a membership."""
    member = _member(place, pk)
    dismiss(member, rights=place.rights, by=place.actor)
    messages.success(request, _("%(person)s belongs to the workspace no more.") % {"person": member.user})
    return redirect("console:access", place.workspace.slug)


def _is_given(place: Place, member: Membership, form: GrantForm) -> bool:
    """Give what a valid form asks for; where that is refused, the form says why and keeps what was chosen."""
    try:
        with transaction.atomic():
            give(member, form.role_chosen, form.terms, rights=place.rights, by=place.actor)
    except (PrivacyError, RightsRefused) as error:
        form.add_error(None, in_words(error))
    return form.is_valid()


def _member(place: Place, pk: UUID) -> Membership:
    member = readable(Membership.objects.filter(workspace=place.workspace, pk=pk), place.workspace).first()
    if member is None:
        raise NoSuchResource
    return member


def _person(
    request: HttpRequest, place: Place, member: Membership, form: GrantForm, *, status: int = 200
) -> HttpResponse:
    sources = Source.objects.filter(workspace=place.workspace)
    source = sources.filter(slug=request.GET.get("source", "")).first()
    context = {
        "section": "access",
        "member": member,
        "sees": sees(member),
        "grants": _grants(member),
        "why": explained(place.workspace, member.user, source),
        "source": source,
        "sources": sources[:200],
        "form": form,
        "kinds": kinds_by_group(form["entities"].data or ()),
        "is_mine": member.user == place.actor,
    }
    return show(request, "person", place, status=status, **context)


def _grants(member: Membership) -> list[dict[str, Any]]:
    """Return the grants of a member and their groups, but what comes with their kind of membership."""
    own = [one for one in member.grants.all() if one.role not in KIND_ROLES]
    shared = [given for group in member.groups.all() for given in group.grants.all()]
    names = names_of_sources([*own, *shared])
    return [
        {"grant": one, "role": role_name(one.role), "terms": terms(one, names), "is_own": one in own}
        for one in (*own, *shared)
        if one.is_live
    ]
