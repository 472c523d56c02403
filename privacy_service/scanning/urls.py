"""The paths of scans."""

from privacy_service.managing.urls import ADD, LIST, READ, at
from privacy_service.scanning.views import ScanViewSet

urlpatterns = [
    at("/<slug:slug>/inventory/scans", ScanViewSet, LIST, ADD),
    at("/<slug:slug>/inventory/scans/<uuid:pk>", ScanViewSet, READ),
]
