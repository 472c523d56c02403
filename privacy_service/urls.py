"""Every path the service answers."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerView

from privacy_service.consent import urls as consent
from privacy_service.console.entering.views import own_password, to_sign_in
from privacy_service.decisions.dialects import authzen
from privacy_service.describing import DescriptionView
from privacy_service.enforcement.views import ClassifyView, CompareView, DecisionView, ExplainView, MaskView, UnmaskView
from privacy_service.inventory import urls as inventory
from privacy_service.jobs import urls as jobs
from privacy_service.managing import urls as managing
from privacy_service.observability import health
from privacy_service.releasing import urls as releasing
from privacy_service.scanning import urls as scanning
from privacy_service.streams import urls as streams
from privacy_service.subjects import urls as subjects

admin.site.login = to_sign_in  # type: ignore[method-assign]
admin.site.password_change = own_password  # type: ignore[method-assign,assignment]
admin.site.site_header = admin.site.site_title = "privacy-service"
admin.site.site_url = None
admin.site.index_title = "Who may see what"

handler404 = "privacy_service.console.missing.not_found"
handler500 = "privacy_service.console.outage.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:start"), name="root"),  # Of programs the hot path takes it.
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("servingz", health.servingz, name="servingz"),
    path("metrics", health.metrics, name="metrics"),
    path(".well-known/authzen-configuration", authzen.configuration, name="authzen"),
    path("docs", SpectacularSwaggerView.as_view(url_name="schema", http_method_names=["get", "head"]), name="docs"),
    path("docs/openapi.yaml", DescriptionView.as_view(), name="schema"),
    path("admin/", admin.site.urls),
    path("console/", include("privacy_service.console.urls")),
    # In production the hot path answers these four, and both `/check`s, before Django is asked (hotpath.py).
    path("v1/workspaces/<slug:slug>/mask", MaskView.as_view(), name="mask"),
    path("v1/workspaces/<slug:slug>/classify", ClassifyView.as_view(), name="classify"),
    path("v1/workspaces/<slug:slug>/unmask", UnmaskView.as_view(), name="unmask"),
    path("v1/workspaces/<slug:slug>/decision", DecisionView.as_view(), name="decision"),
    path("v1/workspaces/<slug:slug>/explain", ExplainView.as_view(), name="explain"),
    path("v1/workspaces/<slug:slug>/compare", CompareView.as_view(), name="compare"),
    *managing.urlpatterns,
    *releasing.urlpatterns,
    *streams.urlpatterns,
    *subjects.urlpatterns,
    *consent.urlpatterns,
    *inventory.urlpatterns,
    *scanning.urlpatterns,
    *jobs.urlpatterns,
]
