"""The paths of the release's API, and of the flag for OpenFeature clients."""

from django.urls import path

from privacy_service.releasing import ofrep, views

urlpatterns = [
    path("v1/release", views.StateView.as_view()),
    path("v1/release/moves", views.MovesView.as_view()),
    path("v1/release/preview", views.PreviewView.as_view()),
    path("v1/release/planned/<str:code>", views.PlannedView.as_view()),
    path("v1/release/planned/<str:code>/confirm", views.ConfirmView.as_view()),
    path("v1/release/resume", views.ResumeView.as_view()),
    path("v1/release/reports", views.ReportsView.as_view()),
    path("v1/release/reports/<int:number>/close", views.CloseView.as_view()),
    path("v1/release/stale", views.StaleView.as_view()),
    path("ofrep/v1/evaluate/flags", ofrep.BulkView.as_view()),
    path("ofrep/v1/evaluate/flags/<path:key>", ofrep.FlagView.as_view()),
]
