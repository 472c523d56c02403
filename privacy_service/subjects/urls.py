"""The paths of the subjects' API."""

from django.urls import path

from privacy_service.managing.urls import ADD, CHANGE, LIST, READ, REMOVE, at
from privacy_service.subjects import handwork_pages, pages
from privacy_service.subjects.dialects.opendsr import endpoints as opendsr
from privacy_service.subjects.dialects.segment import endpoints as segment
from privacy_service.subjects.views.archives import AccessHistoryViewSet, ArchiveViewSet
from privacy_service.subjects.views.certificates import CertificateViewSet, KeysView, VerifyView
from privacy_service.subjects.views.destinations import DestinationViewSet
from privacy_service.subjects.views.forms import FormViewSet
from privacy_service.subjects.views.index import IndexViewSet
from privacy_service.subjects.views.notices import NoticeViewSet
from privacy_service.subjects.views.requests import RequestViewSet
from privacy_service.subjects.views.suppressions import CheckView, SuppressionViewSet

_RECEIPT = "/<slug:slug>/subject-requests/<uuid:pk>/receipts/<uuid:receipt_id>"

urlpatterns = [
    *segment.urlpatterns,
    *opendsr.urlpatterns,
    at("/<slug:slug>/suppressions", SuppressionViewSet, LIST, ADD),
    at("/<slug:slug>/suppressions/lift", SuppressionViewSet, {"post": "lift"}),
    at("/<slug:slug>/suppressions/settings", SuppressionViewSet, {"get": "read_settings", "patch": "change_settings"}),
    path("v1/workspaces/<slug:slug>/suppressions/check", CheckView.as_view(), name="suppressions-check"),
    path("people/confirm/<str:token>", pages.confirm, name="subject-confirm"),
    path("people/certificates/<str:token>", pages.certificate, name="subject-certificate"),
    path("people/certificates/<str:token>/<str:form>", pages.certificate_file, name="subject-certificate-file"),
    path("people/tasks/<str:token>", handwork_pages.tasks, name="subject-tasks"),
    path("people/tasks/<str:token>/<uuid:receipt_id>", handwork_pages.task, name="subject-task"),
    path("people/archives/<str:token>", pages.archive, name="subject-archive"),
    path("people/<slug:slug>", pages.ask, name="subject-form"),
    at("/<slug:slug>/subject-form", FormViewSet, READ, CHANGE),
    at("/<slug:slug>/destinations", DestinationViewSet, LIST, ADD),
    at("/<slug:slug>/destinations/<uuid:pk>", DestinationViewSet, READ, CHANGE, REMOVE),
    at("/<slug:slug>/destinations/<uuid:pk>/test", DestinationViewSet, {"post": "test"}),
    at("/<slug:slug>/subject-requests", RequestViewSet, LIST, ADD),
    at("/<slug:slug>/subject-requests/usage", RequestViewSet, {"get": "usage"}),
    at("/<slug:slug>/subject-requests/plan", RequestViewSet, {"post": "plan"}),
    at("/<slug:slug>/subject-requests/export", RequestViewSet, {"get": "export"}),
    at("/<slug:slug>/subject-requests/proofs", CertificateViewSet, {"post": "proofs"}),
    at("/<slug:slug>/subject-requests/<uuid:pk>", RequestViewSet, READ),
    at("/<slug:slug>/subject-requests/<uuid:pk>/certificate", CertificateViewSet, READ),
    at("/<slug:slug>/subject-requests/<uuid:pk>/start", RequestViewSet, {"post": "start"}),
    at("/<slug:slug>/subject-requests/<uuid:pk>/cancel", RequestViewSet, {"post": "cancel"}),
    at("/<slug:slug>/subject-requests/<uuid:pk>/archive", ArchiveViewSet, {"get": "fetch"}),
    at("/<slug:slug>/subject-requests/<uuid:pk>/archive/passphrase", ArchiveViewSet, {"post": "passphrase"}),
    at("/<slug:slug>/access-history", AccessHistoryViewSet, READ),
    at("/<slug:slug>/index", IndexViewSet, READ, CHANGE),
    at("/<slug:slug>/index/find", IndexViewSet, {"post": "find"}),
    at("/<slug:slug>/index/people", IndexViewSet, ADD),
    at("/<slug:slug>/index/people/remove", IndexViewSet, {"post": "remove"}),
    at("/<slug:slug>/index/scans", IndexViewSet, LIST, {"post": "scan"}),
    at("/<slug:slug>/index/scans/<uuid:pk>", IndexViewSet, {"get": "read_scan"}),
    at(f"{_RECEIPT}/again", RequestViewSet, {"post": "ask_again"}),
    at(f"{_RECEIPT}/done", RequestViewSet, {"post": "done_by_hand"}),
    at("/<slug:slug>/subject-requests/<uuid:pk>/notice/again", NoticeViewSet, {"post": "send_again"}),
    at("/<slug:slug>/subject-requests/<uuid:pk>/notice/done", NoticeViewSet, {"post": "told_by_hand"}),
    at("/<slug:slug>/subject-notices", NoticeViewSet, READ, CHANGE),
    at("/<slug:slug>/subject-notices/run", NoticeViewSet, {"post": "run"}),
    path("v1/certificates/keys", KeysView.as_view(), name="certificate-keys"),
    path("v1/certificates/verify", VerifyView.as_view(), name="certificate-verify"),
    at(f"{_RECEIPT}/proof", RequestViewSet, {"get": "proof"}),
]
