"""What the web server runs: the hot path in front of Django, and the work behind it."""

import os
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from privacy_service.starting import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")
with loading():
    django_application = get_wsgi_application()

    from privacy_service import serving
    from privacy_service.hotpath import HotPath

    _ = get_resolver().url_patterns  # Imports every page and view, which the first request would wait for.

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

application: "WSGIApplication" = HotPath(django_application)
if settings.PRIVACY_TRACING:
    from privacy_service.observability import tracing  # it needs an extra, and loads all of it.

    application = tracing.traced(application, tracing.exporting())
serving.keep_to_a_core()
serving.start()
