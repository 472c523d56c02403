"""Calls of the dialects: whose key it is, for which workspace, and who acts there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from privacy_service.answering import Refuse, answers
from privacy_service.body import body_reader
from privacy_service.decisions.access import access_request, admit, admit_own, reader_named_in
from privacy_service.exceptions import MethodNotAllowed, PermissionMissing
from privacy_service.handlers import as_response
from privacy_service.http import PRIVATE, Answer, Call, received
from workspaces.keys import Scope
from workspaces.models import User, Workspace
from workspaces.permissions import Permission
from workspaces.rights import rights_in
from workspaces.stamp import stamp

Act = Callable[..., Answer]

_ADVICE = (
    "This needs the permission manage_subject_requests: make the key's service account a member with the role "
    "privacy_admin, or name somebody who has it in X-Actor."
)


class Visit(NamedTuple):
    """Somebody who may handle requests, and the workspace they do it in."""

    workspace: Workspace
    actor: User


class Streamed(NamedTuple):
    """An answer too long to be held in memory: what it is, and its pieces."""

    content_type: str
    pieces: Iterator[bytes]


def visit(call: Call, *scopes: Scope) -> Visit:
    """Return who calls and acts; the workspace is the one in the path, else the key's own.

    Raises what `admit_own` and `access_request` raise, and PermissionMissing. These contracts name no actor: a service
    account without one acts for itself.
    """
    admission = admit(call, *scopes) if call.slug else admit_own(call, *scopes)
    named, caller = reader_named_in(call), admission.caller
    acts_itself = caller.is_service and not (named.reference or named.token)
    actor = caller.user if acts_itself else access_request(admission, named).actor
    rights = rights_in(admission.workspace, actor)
    if not isinstance(actor, User) or rights is None or not rights.allow(Permission.MANAGE_SUBJECT_REQUESTS):
        raise PermissionMissing(_ADVICE)
    return Visit(admission.workspace, actor)


def visit_with_body(call: Call, *scopes: Scope) -> tuple[Visit, bytes]:
    """Return who calls and what they sent; whose right went while it was on its way is refused."""
    visited, before = visit(call, *scopes), stamp.current()
    body = call.read()
    return (visited if stamp.current() == before else visit(call, *scopes)), body


def view(endpoint: str, refuse: Refuse, acts: Mapping[str, Act]) -> Any:
    """Return the view of a path: what each method does there, with errors in the dialect's words."""

    def act_of(call: Call) -> Act:
        found = acts.get(call.header("REQUEST_METHOD"))
        if found is None:
            allowed = ", ".join(acts)
            message = f"Use one of {allowed}."
            raise MethodNotAllowed(message, Allow=allowed)
        return found

    @csrf_exempt  # A key says who calls; no browser's cookie does.
    def answer(request: HttpRequest, slug: str = "", **named: Any) -> HttpResponse:
        framed = answers(endpoint, refuse=refuse, sheds=False)(lambda call: act_of(call)(call, **named))
        return as_response(framed(received(request.META, slug, body_reader(request.META))))

    return answer


def streaming_view(endpoint: str, refuse: Refuse, act: Callable[..., Streamed]) -> Any:
    """Return the view of a path that hands out what is long; whatever is wrong is known before it begins."""

    @csrf_exempt  # As above.
    def answer(request: HttpRequest, slug: str = "", **named: Any) -> HttpResponseBase:
        begun: list[Streamed] = []

        def begin(call: Call) -> Answer:
            begun.append(act(call, **named))
            return Answer(200, (("Content-Type", begun[0].content_type), ("PII-Request-Id", call.id), *PRIVATE), b"")

        framed = answers(endpoint, "GET", refuse=refuse, sheds=False)(begin)(
            received(request.META, slug, body_reader(request.META))
        )
        if not begun:
            return as_response(framed)
        return StreamingHttpResponse(begun[0].pieces, headers=dict(framed.headers))

    return answer
