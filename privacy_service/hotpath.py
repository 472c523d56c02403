"""The hot path: the masking and decision APIs as one small callable in front of Django.

It bypasses Django's middleware, so it owns what they did: method and body limits, errors, connection clean-up (in
`workspaces.stamp`). The views in `enforcement.views` call the same endpoints and are its oracle in tests.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from privacy_service.answering import Endpoint
from privacy_service.body import body_reader
from privacy_service.connections import ending
from privacy_service.decisions import endpoints as decisions
from privacy_service.decisions.dialects import authzen, forward_auth
from privacy_service.enforcement import endpoints as enforcement
from privacy_service.enforcement.dialects import presidio, private_ai
from privacy_service.enforcement.unmasking import unmask
from privacy_service.http import received
from privacy_service.pinning import core

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/v1/workspaces/"
ENDPOINTS: dict[str, Endpoint] = {
    "mask": enforcement.mask,
    "classify": enforcement.classify,
    "unmask": unmask,
    "decision": decisions.decision,
}
"""By what follows a workspace's slug; apps above this one add what ingests ask for each event."""
ROUTES = {**private_ai.ROUTES, **presidio.ROUTES, **authzen.ROUTES}


def _elsewhere(path: str) -> Endpoint | None:
    """Return the endpoint of a dialect's path."""
    return forward_auth.check if forward_auth.is_asked(path) else ROUTES.get(path)


def _is_for_a_page(environ: "WSGIEnvironment") -> bool:
    """Say whether somebody opened the address of the service in a browser; programs of a dialect ask there too."""
    is_read = environ["PATH_INFO"] == "/" and environ["REQUEST_METHOD"] in {"GET", "HEAD"}
    return is_read and "text/html" in environ.get("HTTP_ACCEPT", "")


class HotPath:
    """Answers the hot path itself and hands every other request to Django."""

    def __init__(self, django: "WSGIApplication") -> None:
        self.django = django

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        core.stay()
        start_response = ending(environ, start_response)
        path: str = environ["PATH_INFO"]
        slug, _, name = path.removeprefix(PREFIX).partition("/") if path.startswith(PREFIX) else ("", "", "")
        endpoint = ENDPOINTS.get(name) if slug else _elsewhere(path)
        if endpoint is None or _is_for_a_page(environ):
            return self.django(environ, start_response)
        answer = endpoint(received(environ, slug, body_reader(environ)))
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        start_response(answer.status_line, headers)
        return [answer.body]
