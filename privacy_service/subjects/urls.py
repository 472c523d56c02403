"""The paths of the subjects' API."""

from django.urls import path

from privacy_service.managing.urls import ADD, LIST, at
from privacy_service.subjects.views import CheckView, SuppressionViewSet

urlpatterns = [
    at("/<slug:slug>/suppressions", SuppressionViewSet, LIST, ADD),
    at("/<slug:slug>/suppressions/lift", SuppressionViewSet, {"post": "lift"}),
    at("/<slug:slug>/suppressions/settings", SuppressionViewSet, {"get": "read_settings", "patch": "change_settings"}),
    path("v1/workspaces/<slug:slug>/suppressions/check", CheckView.as_view(), name="suppressions-check"),
]
