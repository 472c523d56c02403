"""What browsers of anybody ask: the banner, what it shows, a page that tries it, and where choices are sent."""

import gzip
import hashlib
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from privacy_service.body import body_reader
from privacy_service.consent.collecting import allowed_origins, collect
from privacy_service.consent.showing import Shown, shown_by
from privacy_service.handlers import as_response
from privacy_service.http import received

_FRESH_SECONDS = 3600  # How long a browser may use the script without asking again.
_SETTINGS_SECONDS = 60
_OWN_ONLY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

Page = Callable[..., HttpResponse]


class _Script(NamedTuple):
    """A script as it is sent."""

    plain: bytes
    packed: bytes
    etag: str


@cache
def _banner() -> _Script:
    plain = (Path(__file__).parent / "banner.js").read_bytes()
    return _Script(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:32])


def anywhere(page: Page) -> Page:
    """Let pages of every site read this: it is the same for everybody."""

    @wraps(page)
    def shared(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        response = page(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return shared


@require_safe
@anywhere
def banner(request: HttpRequest) -> HttpResponse:
    """Return the script, packed where the browser takes that."""
    script = _banner()
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f'"{script.etag}{"-gzip" if is_packed else ""}"'
    response = _unchanged(request, etag) or HttpResponse(
        script.packed if is_packed else script.plain, content_type="text/javascript; charset=utf-8"
    )
    if is_packed and response.content:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_FRESH_SECONDS}"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@require_safe
@anywhere
def shown(request: HttpRequest, slug: str) -> HttpResponse:
    """Return what a workspace's banner shows."""
    etag = f'"{_open(slug).version}"'
    response = _unchanged(request, etag) or HttpResponse(_open(slug).body, content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_SETTINGS_SECONDS}"
    return response


@require_safe
def demo(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the banner on a page of ours, with what a site writes to have it."""
    address = settings.PRIVACY_PUBLIC_URL
    response = render(request, "consent/demo.html", {"shown": _open(slug).settings, "slug": slug, "address": address})
    response["Content-Security-Policy"] = _OWN_ONLY
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt
def choices(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a choice from the banner: there is no session that another site could use."""
    response = as_response(collect(received(request.META, slug, body_reader(request.META))))
    origin = request.headers.get("Origin", "")
    if origin in allowed_origins(shown_by(slug)):
        response["Access-Control-Allow-Origin"] = origin
    patch_vary_headers(response, ["Origin"])
    return response


def _open(slug: str) -> Shown:
    found = shown_by(slug) if settings.PRIVACY_PUBLIC_URL else None
    if found is None:
        raise Http404
    return found


def _unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """Return the answer that the browser has the latest already, or None."""
    known = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
    return HttpResponse(status=304) if etag in known or "*" in known else None
