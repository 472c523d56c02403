"""Every path of the console."""

from django.urls import path
from django.views.i18n import set_language

from privacy_service.console.entering import SignIn, SignOut
from privacy_service.console.views import home, playground

app_name = "console"

urlpatterns = [
    path("", home.start, name="start"),
    path("sign-in", SignIn.as_view(), name="sign_in"),
    path("sign-out", SignOut.as_view(), name="sign_out"),
    path("language", set_language, name="language"),
    path("w/<slug:slug>/", home.home, name="home"),
    path("w/<slug:slug>/pulse", home.pulse, name="pulse"),
    path("w/<slug:slug>/emergencies/<uuid:pk>", home.emergency, name="emergency"),
    path("w/<slug:slug>/playground", playground.playground, name="playground"),
]
