"""Is the process alive, and is everything there that it needs to answer?"""

import tempfile
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from privacy_service.observability.metrics import exposition
from workspaces.stamp import stamp


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    del request
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether each thing that answers depend on is there; 503 where one is not."""
    del request
    checks = {name: _state_of(check) for name, check in _CHECKS.items()}
    ready = set(checks.values()) == {"ok"}
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the metrics of every process of this host."""
    del request
    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _state_of(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, its kind is the answer.
        return type(error).__name__
    return "ok"


def _redis() -> None:
    cache.get("readyz")


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
        probe = PROBES.get(request.path)
        return probe(request) if probe else self.get_response(request)


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}
_CHECKS = {"database": stamp.read, "redis": _redis, "audit_spool": _spool}
