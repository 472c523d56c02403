"""What the gateway's server runs: the reverse proxy, with the work behind it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")
django.setup()

from privacy_service import serving  # noqa: E402 - models exist only once Django is set up.
from privacy_service.connections import ending_asgi  # noqa: E402 - as above.
from privacy_service.gateway.proxy import Gateway  # noqa: E402 - as above.

application = ending_asgi(Gateway())
serving.start()
