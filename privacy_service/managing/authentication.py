"""Who calls the management API: the same keys, actors and limits as on the hot path."""

from typing import TYPE_CHECKING

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from privacy_service.body import body_reader
from privacy_service.decisions.access import access_request, actor_anywhere, admit, caller_in, reader_named_in
from privacy_service.http import Call
from workspaces.authentication import Actor, Caller

if TYPE_CHECKING:
    from privacy_service.managing.views.base import ManagementViewSet


class KeyAuthentication(BaseAuthentication):
    """Finds the key's caller and the actor it acts for; both must be allowed what is asked."""

    def authenticate(self, request: Request) -> tuple[Actor, Caller]:
        """Return the actor, and whose key it is; raise the same errors as the hot path."""
        view: ManagementViewSet = request.parser_context["view"]
        call = Call(request.META, view.kwargs.get("slug", ""), body_reader(request.META), view.request_id)
        reader = reader_named_in(call)
        if not call.slug:
            caller = caller_in(call, *view.scopes())
            return actor_anywhere(caller, reader), caller
        admission = admit(call, *view.scopes())
        access = access_request(admission, reader)
        view.workspace = access.workspace
        view.is_proven = bool(reader.token) or not admission.caller.is_service
        return access.actor, admission.caller

    def authenticate_header(self, request: Request) -> str:
        """Say how to authenticate."""
        del request
        return 'Bearer realm="privacy-service"'
