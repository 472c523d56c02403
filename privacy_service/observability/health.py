"""Is the process alive, and is everything there that it needs to answer?"""

import tempfile
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from privacy_service.observability import draining
from privacy_service.observability.metrics import exposition
from workspaces.stamp import stamp


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    del request
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether everything is there that the service needs; 503 where something is not."""
    del request
    return _report(_CHECKS)


@require_safe
def servingz(request: HttpRequest) -> HttpResponse:
    """Say whether requests should come to this server: only what is its own counts, not what all servers share.

    A load balancer that asked `/readyz` would take every server out at once when Redis is gone, which no answer needs.
    """
    del request
    return _report(_OWN_CHECKS)


def _report(checks: dict[str, Callable[[], object]]) -> HttpResponse:
    states = {name: _state_of(check) for name, check in checks.items()}
    ready = set(states.values()) == {"ok"}
    return JsonResponse({"ready": ready, "checks": states}, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the metrics of every process of this host."""
    del request
    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _state_of(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, its kind is the answer.
        return type(error).__name__
    return "ok"


def _redis() -> None:
    cache.get("readyz")


class Draining(Exception):
    """This server is about to stop."""


def _server() -> None:
    draining.look()
    if draining.seen.is_draining:
        raise Draining


def _spool() -> None:
    settings.PRIVACY_AUDIT_SPOOL_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=settings.PRIVACY_AUDIT_SPOOL_DIR, suffix=".probe") as probe:
        probe.write(bytes(4096))  # A full disk still makes empty files.


class ProbesMiddleware:
    """Answers the probes before anything looks at the Host header: they come by address, not by name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe, or pass the request on."""
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/servingz": servingz,
    "/metrics": metrics,
}
_OWN_CHECKS: dict[str, Callable[[], object]] = {"server": _server, "audit_spool": _spool}
_CHECKS: dict[str, Callable[[], object]] = {"database": stamp.read, "redis": _redis, **_OWN_CHECKS}
