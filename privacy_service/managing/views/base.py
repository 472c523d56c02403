"""What every view of the management API has in common: who may, in which order things are checked, how lists page."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework import serializers, viewsets
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.exceptions import ActorNotProven, NoSuchResource, PermissionMissing, UnknownWorkspace
from privacy_service.http import PRIVATE, request_id_now
from privacy_service.managing.authentication import KeyAuthentication
from privacy_service.managing.errors import WHERE, as_problem
from privacy_service.managing.etags import check_match, etag_of
from privacy_service.managing.idempotency import answered_once
from privacy_service.managing.paging import DEFAULT_COUNT, MOST, page_of, plain_query
from privacy_service.managing.parsing import JSONIn, StrictJSONParser, StrictSerializer
from privacy_service.observability import metrics
from workspaces.keys import Scope
from workspaces.models import Membership, User, Workspace
from workspaces.rights import Need, Rights, rights_in

ANY_MEMBER = Membership.Kind.MEMBER
OWNER = Membership.Kind.OWNER
_READING = frozenset({"GET", "HEAD"})

V = TypeVar("V", bound="ManagementViewSet")
P = ParamSpec("P")


class Listing(StrictSerializer):
    """The query of a list; each list adds its filters and, by `ordering()`, the orders it can be read in."""

    orders: ClassVar[Mapping[str, str]]  # The name of each order, and the field behind it.

    count = serializers.IntegerField(
        min_value=1, max_value=MOST, default=DEFAULT_COUNT, help_text="How many at most on one page."
    )
    cursor = serializers.CharField(
        required=False, max_length=2000, help_text="`next` or `previous` of another page's `pagination`."
    )


def ordering(orders: Mapping[str, str], *, default: str) -> serializers.ChoiceField:
    """Return the field that chooses an order; a minus before its name turns it around."""
    choices = [sign + name for name in orders for sign in ("", "-")]
    return serializers.ChoiceField(choices, default=default, help_text="A minus turns the order around.")


class MayDoThis(BasePermission):
    """Members with the right for what they ask; for everybody else the workspace is not there."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raise UnknownWorkspace or PermissionMissing where the actor may not."""
        del request
        if view.workspace is None:
            return True  # The list of the actor's own workspaces.
        rights = rights_in(view.workspace, view.actor)
        if rights is None:
            raise UnknownWorkspace
        view.rights = rights
        need = view.need()
        if not rights.allow(need):
            raise PermissionMissing(_who_may(need))
        return True


def _who_may(need: Need) -> str:
    if need == OWNER:
        return "Only an owner of the workspace may do this."
    return f"This needs the permission {need.removeprefix('workspaces.')}."


class ManagementViewSet(viewsets.GenericViewSet[Any]):
    """Checks, in this order: key, scope, rate, workspace, membership, right; then fields, then If-Match."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayDoThis,)
    parser_classes = (StrictJSONParser,)
    content_negotiation_class = JSONIn
    metadata_class = None
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]  # noqa: RUF012 - Django's own type.

    collection: ClassVar[str]  # Names the list in its answer.
    scope: ClassVar[Scope]  # What a key needs to write here; to read, this or `read`.
    reading: ClassVar[Need]
    writing: ClassVar[Need]
    listing: ClassVar[type[Listing]]
    volatile: ClassVar[frozenset[str]] = frozenset()  # Fields that change by themselves, left out of ETags.

    workspace: Workspace | None
    rights: Rights
    request_id: str
    is_proven = False  # Whether the actor's own key or signed token says who they are, not a backend's word alone.

    def scopes(self) -> tuple[Scope, ...]:
        """Return the scopes of which a key needs one."""
        return (Scope.READ, self.scope) if self._is_reading() else (self.scope,)

    def need(self) -> Need:
        """Return the right that the actor needs."""
        return self.reading if self._is_reading() else self.writing

    def _is_reading(self) -> bool:
        return self.request.method in _READING

    @property
    def space(self) -> Workspace:
        """Return the workspace in the path."""
        if self.workspace is None:
            raise UnknownWorkspace
        return self.workspace

    @property
    def actor(self) -> User:
        """Return who acts; only a member comes this far."""
        actor: User = self.request.user  # type: ignore[assignment]
        return actor

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Give the request its id."""
        self.workspace = None
        self.request_id = request_id_now()
        return super().initialize_request(request, *args, **kwargs)

    def get_exception_handler(self) -> Any:
        """Return what makes a problem of every error."""
        return as_problem

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Name the request, keep the answer out of every cache, and count it."""
        final = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (("PII-Request-Id", self.request_id), *PRIVATE):
            final[name] = value
        metrics.requests.add(WHERE, str(final.status_code))
        return final

    def page(self, rows: "QuerySet[Any]", filters: Mapping[str, Any]) -> Response:
        """Answer with one page of the rows, in the order that was asked for."""
        asked = {name: value for name, value in filters.items() if name not in {"count", "cursor"}}
        query = f"{self.request.path}?{sorted((name, str(value)) for name, value in asked.items())}"
        name = filters["ordering"].lstrip("-")
        order = filters["ordering"].replace(name, self.listing.orders[name])
        page = page_of(rows, ordering=order, count=filters["count"], cursor=filters.get("cursor"), query=query)
        shown = self.get_serializer(page.rows, many=True).data
        return Response({self.collection: shown, "pagination": page.pagination})

    def asked(self) -> dict[str, Any]:
        """Return the query of a list; raise InvalidFields for what it does not know."""
        return self.read(self.listing, plain_query(self.request.query_params))

    def read(self, form: type[serializers.BaseSerializer[Any]], data: Any) -> dict[str, Any]:
        """Return what a form makes of the data; raise InvalidFields."""
        filled = form(data=data, context=self.get_serializer_context())
        filled.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(filled.validated_data)
        return values

    def body(self, form: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
        """Return the request's body as a form reads it."""
        return self.read(form, self.request.data)

    def one(self, rows: "QuerySet[Any]", pk: UUID) -> Any:
        """Return the row with this id among those of the workspace; raise NoSuchResource."""
        row = rows.filter(pk=pk).first()
        if row is None:
            raise NoSuchResource
        return row

    def shown(self, row: Model) -> dict[str, Any]:
        """Return a row as the API shows it."""
        shown: dict[str, Any] = self.get_serializer(row).data
        return shown

    def answer(self, row: Model, *, status: int = 200, **extra: Any) -> Response:
        """Answer with one row and its ETag."""
        shown = self.shown(row)
        headers = {"ETag": etag_of(shown, volatile=self.volatile)}
        return Response({**shown, **extra}, status=status, headers=headers)

    def created(self, row: Model, *, among: str = "", **extra: Any) -> Response:
        """Answer with a new row and where it is: below this path, or among others."""
        response = self.answer(row, status=201, **extra)
        response["Location"] = f"{among or self.request.path}/{row.pk}"
        return response

    def check_proven(self) -> None:
        """Refuse a backend's word for who acts: whoever took over a backend could be anybody here."""
        if not self.is_proven:
            raise ActorNotProven

    def check_unchanged(self, row: Model, *, required: bool = True) -> None:
        """Refuse a write that names another state of the row than its present one, or none where one is needed."""
        check_match(self.request, etag_of(self.shown(row), volatile=self.volatile), required=required)


Action = Callable[Concatenate[V, Request, P], Response]


def writes(act: "Action[V, P]") -> "Action[V, P]":
    """Make an action a write: all of it or nothing, one at a time in a workspace, and a repeated POST only once."""

    @wraps(act)
    def write(view: V, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        with transaction.atomic():
            # What a write has checked must still hold when it is done: the last owner, an ETag, an Idempotency-Key.
            Workspace.objects.select_for_update(no_key=True).get(pk=view.space.pk)
            view.check_permissions(request)  # Again: the right may have gone while this write waited.
            if request.method != "POST":
                return act(view, request, *args, **kwargs)
            return answered_once(request, lambda: act(view, request, *args, **kwargs))

    return write
