"""One request to the service in this process, without a socket."""

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Call:
    """One request, made anew each time."""

    def __init__(self, application: "WSGIApplication", key: str, path: str, content_type: str, body: bytes) -> None:
        self._application = application
        self._body = body
        self._environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "HTTP_AUTHORIZATION": f"Bearer {key}",
            "HTTP_X_ACTOR": "bob@acme.example",
        }

    def __call__(self) -> None:
        """Ask; raise where the answer is not 200, or is what was sent: nothing was masked then."""
        environ = {**self._environ, "wsgi.input": io.BytesIO(self._body)}
        status: list[str] = []
        pieces = self._application(environ, lambda *said: status.append(said[0]))  # type: ignore[arg-type]
        if b"".join(pieces) == self._body or status != ["200 OK"]:
            message = f"{environ['PATH_INFO']} was answered with {status}, and perhaps with what was sent."
            raise RuntimeError(message)


def nothing_else(*_: object) -> Any:
    """Stand where Django does, for requests that the hot path answers itself."""
    message = "The hot path handed over a request that is its own."
    raise RuntimeError(message)
