"""Every path of the console."""

from django.urls import path
from django.views.i18n import set_language

from privacy_service.console.entering import SignIn, SignOut
from privacy_service.console.views import (
    access,
    audit,
    home,
    inventory,
    operations,
    playground,
    policy,
    release,
    requests,
    sources,
)

app_name = "console"

urlpatterns = [
    path("", home.start, name="start"),
    path("sign-in", SignIn.as_view(), name="sign_in"),
    path("sign-out", SignOut.as_view(), name="sign_out"),
    path("language", set_language, name="language"),
    path("release", release.state, name="release"),
    path("release/reach", release.reach, name="reach"),
    path("integrations", operations.integrations, name="integrations"),
    path("w/<slug:slug>/", home.home, name="home"),
    path("w/<slug:slug>/pulse", home.pulse, name="pulse"),
    path("w/<slug:slug>/emergencies/<uuid:pk>", home.emergency, name="emergency"),
    path("w/<slug:slug>/playground", playground.playground, name="playground"),
    path("w/<slug:slug>/access", access.access, name="access"),
    path("w/<slug:slug>/access/add", access.add, name="add"),
    path("w/<slug:slug>/access/<uuid:pk>", access.person, name="person"),
    path("w/<slug:slug>/access/<uuid:pk>/give", access.give_access, name="give_access"),
    path("w/<slug:slug>/access/<uuid:pk>/take/<uuid:grant>", access.take_access, name="take_access"),
    path("w/<slug:slug>/access/<uuid:pk>/kind", access.set_kind, name="set_kind"),
    path("w/<slug:slug>/access/<uuid:pk>/remove", access.remove, name="remove"),
    path("w/<slug:slug>/policy", policy.policy, name="policy"),
    path("w/<slug:slug>/policy/try", policy.try_change, name="try_change"),
    path("w/<slug:slug>/policy/change", policy.change, name="change_policy"),
    path("w/<slug:slug>/audit", audit.audit, name="audit"),
    path("w/<slug:slug>/audit/chain", audit.standing, name="chain"),
    path("w/<slug:slug>/audit/verify", audit.verify, name="verify"),
    path("w/<slug:slug>/audit/export", audit.export, name="export"),
    path("w/<slug:slug>/requests", requests.requests, name="requests"),
    path("w/<slug:slug>/requests/plan", requests.plan, name="plan"),
    path("w/<slug:slug>/requests/new", requests.ask, name="ask"),
    path("w/<slug:slug>/requests/<uuid:pk>", requests.one, name="request"),
    path("w/<slug:slug>/requests/<uuid:pk>/start", requests.start, name="start_request"),
    path("w/<slug:slug>/requests/<uuid:pk>/cancel", requests.cancel, name="cancel_request"),
    path("w/<slug:slug>/requests/<uuid:pk>/<uuid:receipt>/again", requests.again, name="again"),
    path("w/<slug:slug>/requests/<uuid:pk>/<uuid:receipt>/done", requests.by_hand, name="by_hand"),
    path("w/<slug:slug>/inventory", inventory.inventory, name="inventory"),
    path("w/<slug:slug>/inventory/decide", inventory.decide, name="decide"),
    path("w/<slug:slug>/inventory/export", inventory.export, name="export_inventory"),
    path("w/<slug:slug>/inventory/map", inventory.where, name="map"),
    path("w/<slug:slug>/inventory/fields/<uuid:pk>", inventory.field, name="field"),
    path("w/<slug:slug>/inventory/fields/<uuid:pk>/decide", inventory.decide_one, name="decide_one"),
    path("w/<slug:slug>/inventory/sources", sources.sources, name="sources"),
    path("w/<slug:slug>/inventory/sources/<uuid:pk>", sources.change_source, name="change_source"),
    path("w/<slug:slug>/inventory/told", sources.tell, name="tell"),
    path("w/<slug:slug>/inventory/scans", sources.scans, name="scans"),
    path("w/<slug:slug>/inventory/scans/new", sources.scan, name="scan"),
    path("w/<slug:slug>/jobs", operations.jobs, name="jobs"),
    path("w/<slug:slug>/jobs/<uuid:pk>/cancel", operations.cancel, name="cancel_job"),
]
