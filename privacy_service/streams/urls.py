"""The paths of topics."""

from django.urls import path

from privacy_service.streams.views import RecordsView, TopicViewSet

urlpatterns = [
    path("v1/workspaces/<slug:slug>/topics", TopicViewSet.as_view({"get": "list"})),
    path("v1/workspaces/<slug:slug>/topics/<str:name>", RecordsView.as_view(), name="topic-records"),
]
