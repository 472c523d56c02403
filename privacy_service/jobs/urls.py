"""The paths of jobs."""

from privacy_service.jobs.views import JobFileViewSet, JobViewSet
from privacy_service.managing.urls import ADD, LIST, READ, at

urlpatterns = [
    at("/<slug:slug>/jobs", JobViewSet, LIST, ADD),
    at("/<slug:slug>/jobs/<uuid:pk>", JobViewSet, READ),
    at("/<slug:slug>/jobs/<uuid:pk>/cancel", JobViewSet, {"post": "cancel"}),
    at("/<slug:slug>/jobs/<uuid:job_id>/manifest", JobFileViewSet, LIST),
]
