"""Topics of a workspace over HTTP: which there are, and their records as the reader may see them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.body import body_reader
from privacy_service.enforcement.views import PROBLEMS, READER, EndpointView
from privacy_service.handlers import as_response
from privacy_service.http import received
from privacy_service.managing.schema import COMMON, listed, problems
from privacy_service.managing.views.base import ANY_MEMBER, OWNER, Listing, ManagementViewSet, ordering
from privacy_service.streams.flow import Access
from privacy_service.streams.models import RegisteredTopic
from privacy_service.streams.topics.asking import BEGINNING, DEFAULT_COUNT, END, EVENTS, LINES, MOST
from privacy_service.streams.topics.endpoints import records
from workspaces.keys import Scope


class TopicSerializer(serializers.Serializer[RegisteredTopic]):
    """A topic."""

    name = serializers.CharField()
    access = serializers.ChoiceField([*Access], help_text="restricted: for view_pii; decided; open to every member.")
    flow = serializers.CharField(help_text="The flow that describes it.")


class TopicListing(Listing):
    """Order of the list of topics."""

    orders: ClassVar[dict[str, str]] = {"name": "name"}
    ordering = ordering(orders, default="name")


class TopicViewSet(ManagementViewSet):
    """Topics of a workspace."""

    collection = "topics"
    scope = Scope.TOPICS
    reading = ANY_MEMBER
    writing = OWNER
    listing = TopicListing
    serializer_class = TopicSerializer

    def get_queryset(self) -> QuerySet[RegisteredTopic]:
        """Return the workspace's topics."""
        return RegisteredTopic.objects.filter(workspace=self.space)

    @extend_schema(
        operation_id="topics_list",
        parameters=[TopicListing, *COMMON],
        responses={200: listed("topics", TopicSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the topics that flows have registered; what a member may read of each is another question."""
        del request, slug
        return self.page(self.get_queryset(), self.asked())


class RecordsView(EndpointView):
    """Records of a topic."""

    @extend_schema(
        operation_id="topic_records",
        parameters=[
            OpenApiParameter("from", str, description=f"{BEGINNING}, {END}, or the id after which to go on."),
            OpenApiParameter("count", int, description=f"At most {MOST}; {DEFAULT_COUNT} where it ends by itself."),
            OpenApiParameter("follow", bool, description="Wait for more; true for server-sent events."),
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="Counts more than `from`."),
            *READER,
        ],
        responses={(200, LINES): OpenApiTypes.STR, (200, EVENTS): OpenApiTypes.STR, **PROBLEMS},
    )
    def get(self, request: Request, slug: str, name: str) -> HttpResponse | StreamingHttpResponse:
        """Read records, a JSON object a line or an event: id, key and value, masked as the reader's role says."""
        answer, following = records(received(request.META, slug, body_reader(request.META)), name)
        if following is None:
            return as_response(answer)
        return StreamingHttpResponse(following, headers={key: str(value) for key, value in answer.headers})

    def http_method_not_allowed(self, request: HttpRequest, *_: Any, **kwargs: Any) -> Any:
        """Refuse the method in the endpoint's own words."""
        return as_response(
            records(received(request.META, kwargs["slug"], body_reader(request.META)), kwargs["name"])[0]
        )

    options = http_method_not_allowed
