"""What the gateway's server runs: the reverse proxy, with the work behind it."""

import os

import django

from privacy_service.starting import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")
with loading():
    django.setup()

    from privacy_service import serving
    from privacy_service.connections import ending_asgi
    from privacy_service.gateway.proxy import Gateway

application = ending_asgi(Gateway())
serving.start()
