"""The service's paths, and one that does nothing."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from privacy_service.urls import urlpatterns as of_the_service


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """Answer at once."""
    del request
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [*of_the_service, path("nothing", nothing)]
