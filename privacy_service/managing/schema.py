"""How the management API is described: its keys, its problems, its lists, its headers."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_serializer, inline_serializer
from rest_framework import serializers

from privacy_service.enforcement.views import ACTOR


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Names the two ways to send a key, which the settings describe."""

    target_class = "privacy_service.managing.authentication.KeyAuthentication"
    name = ["ApiKey", "Bearer"]  # noqa: RUF012 - its own type says so.

    def get_security_definition(self, auto_schema: Any) -> Any:
        """Describe both ways."""
        del auto_schema
        return [{"type": "apiKey", "in": "header", "name": "X-Api-Key"}, {"type": "http", "scheme": "bearer"}]


PAGINATION = inline_serializer(
    "Pagination",
    {
        "current": serializers.CharField(allow_null=True, help_text="The cursor of this page; null for the first."),
        "count": serializers.IntegerField(help_text="How many are on this page."),
        "next": serializers.CharField(required=False, help_text="Absent on the last page."),
        "previous": serializers.CharField(required=False, help_text="Absent on the first page."),
    },
)
PROBLEM_WITH_ERRORS = inline_serializer(
    "ManagementProblem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(help_text="What to do next."),
        "reason": serializers.CharField(help_text="Stable; see docs/api.md for the list."),
        "request_id": serializers.CharField(),
        "errors": serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()),
            required=False,
            help_text="With invalid-fields: each field with what to change.",
        ),
    },
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag of what was read, or *."
)
IF_MATCH_IF_WANTED = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag of what was read, to be refused if it has changed."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Any text that is new for this request, such as a UUID: sent again within a day, it is answered again.",
)
ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=True, description="For If-Match.")
COMMON = [ACTOR]
_DESCRIPTIONS = {
    400: "The request cannot be understood.",
    401: "No key, or one that opens nothing.",
    403: "The key lacks a scope, or the actor a right.",
    404: "No such workspace or resource, or not one of the actor's.",
    409: "It does not go together with what is there.",
    412: "It has changed since it was read.",
    422: "A field cannot be taken as it is; see `errors`.",
    428: "If-Match is needed.",
    429: "The key asks too often; see Retry-After.",
    503: "Something failed; nothing was changed. Try again.",
}


def problems(*statuses: int) -> dict[Any, Any]:
    """Return the errors that an operation can answer with, beside those of every operation."""
    return {
        (status, "application/problem+json"): OpenApiResponse(PROBLEM_WITH_ERRORS, description=_DESCRIPTIONS[status])
        for status in sorted({*statuses, 400, 401, 403, 404, 429, 503})
    }


def listed(collection: str, row: Any) -> Any:
    """Return the schema of a list: its rows under their name, and the pagination."""
    name = f"{''.join(part.title() for part in collection.split('_'))}Page"
    return extend_schema_serializer(many=False)(
        type(inline_serializer(name, {collection: row(many=True), "pagination": PAGINATION}))
    )
