"""The probes of the gateway's process: the same as every server's."""

from django.http import HttpRequest

from privacy_service.http import Answer
from privacy_service.observability.health import PROBES


def is_probe(path: str) -> bool:
    """Say whether a path is a probe's."""
    return path in PROBES


def probed(path: str, method: str) -> Answer:
    """Return what a probe answers; it may ask the database, so it runs in a thread."""
    request = HttpRequest()
    request.method = method
    response = PROBES[path](request)
    return Answer(response.status_code, tuple(response.items()), response.content if method == "GET" else b"")
