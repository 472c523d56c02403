"""The paths of consent: its API, and what browsers of anybody ask."""

from django.urls import path

from privacy_service.consent import pages
from privacy_service.consent.views.choices import ChoiceViewSet
from privacy_service.consent.views.settings import SettingsViewSet
from privacy_service.consent.views.telling import CheckView, CurrentView, RecordView, WithdrawView
from privacy_service.managing.urls import CHANGE, LIST, READ, at

_CONSENTS = "v1/workspaces/<slug:slug>/consents"

urlpatterns = [
    path("consent/banner.js", pages.banner, name="consent-banner"),
    path("consent/<slug:slug>/settings.json", pages.shown, name="consent-shown"),
    path("consent/<slug:slug>/choices", pages.choices, name="consent-choices"),
    path("consent/<slug:slug>/demo", pages.demo, name="consent-demo"),
    at("/<slug:slug>/consent-settings", SettingsViewSet, READ, CHANGE),
    at("/<slug:slug>/consents", ChoiceViewSet, LIST),
    at("/<slug:slug>/consents/<uuid:pk>", ChoiceViewSet, READ),
    path(f"{_CONSENTS}/check", CheckView.as_view(), name="consents-check"),
    path(f"{_CONSENTS}/record", RecordView.as_view(), name="consents-record"),
    path(f"{_CONSENTS}/current", CurrentView.as_view(), name="consents-current"),
    path(f"{_CONSENTS}/withdraw", WithdrawView.as_view(), name="consents-withdraw"),
]
