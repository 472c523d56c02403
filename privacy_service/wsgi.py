"""What the web server runs: the hot path in front of Django, and the work behind it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")
django_application = get_wsgi_application()

from privacy_service import serving  # noqa: E402 - models exist only once Django is set up.
from privacy_service.hotpath import HotPath  # noqa: E402 - as above.

application = HotPath(django_application)
serving.start()
