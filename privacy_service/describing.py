"""The description of the API as it is served: made once a process, since making it takes over a second."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix
from django.utils import translation
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

_RENDERERS = {one.format: one for one in (OpenApiYamlRenderer, OpenApiJsonRenderer)}
# It changes with a new version of the service alone; a browser that asks again is told by the ETag that nothing did.
_KEPT = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class Description:
    """The description in one format."""

    body: bytes
    etag: str


_making = Lock()  # Whoever asks while it is made waits for it: made twice at once, it would take twice as long.


def description(form: str, prefix: str) -> Description:
    """Return the description, as `yaml` or `json`, of the API at this path of the host."""
    with _making:
        return _made(form, prefix)


@lru_cache(maxsize=8)  # Two formats, at as many paths as a server is mounted at.
def _made(form: str, prefix: str) -> Description:
    with translation.override("en"):  # The API speaks English, whoever happens to ask first.
        described: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    if prefix:
        described["servers"] = [{"url": prefix}]
    body = _RENDERERS[form]().render(described, renderer_context={})
    return Description(body, f'"{sha256(body).hexdigest()[:32]}"')


class DescriptionView(APIView):
    """Serves the description as YAML, or as JSON to whoever wants that (`Accept`, or `?format=json`)."""

    renderer_classes = tuple(_RENDERERS.values())
    http_method_names = ["get", "head"]  # noqa: RUF012 - Django's own type.

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        """Show it, or say that what the client holds is still so."""
        renderer = request.accepted_renderer
        made = description(renderer.format, get_script_prefix().rstrip("/"))
        kept = {"ETag": made.etag, "Cache-Control": _KEPT, "Vary": "Accept"}
        whole = HttpResponse(made.body, content_type=f"{renderer.media_type}; charset=utf-8", headers=kept)
        asked: HttpRequest = request._request  # noqa: SLF001 - DRF's own has no name for Django's request.
        return get_conditional_response(asked, etag=made.etag, response=whole) or whole
