"""The paths of the inventory."""

from privacy_service.inventory.views.fields import FieldViewSet
from privacy_service.inventory.views.sources import InventorySettingsViewSet, SourceNoteViewSet
from privacy_service.managing.urls import ADD, CHANGE, LIST, READ, REMOVE, at

urlpatterns = [
    at("/<slug:slug>/inventory/fields", FieldViewSet, LIST, ADD),
    at("/<slug:slug>/inventory/fields/decide", FieldViewSet, {"post": "decide"}),
    at("/<slug:slug>/inventory/fields/export", FieldViewSet, {"get": "export"}),
    at("/<slug:slug>/inventory/fields/<uuid:pk>", FieldViewSet, READ, CHANGE, REMOVE),
    at("/<slug:slug>/inventory/sources", SourceNoteViewSet, LIST),
    at("/<slug:slug>/inventory/sources/<slug:source>", SourceNoteViewSet, READ, CHANGE),
    at("/<slug:slug>/inventory/settings", InventorySettingsViewSet, READ, CHANGE),
]
