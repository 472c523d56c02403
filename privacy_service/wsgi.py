"""What the web server runs: the hot path in front of Django, and the work behind it."""

import atexit
import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")
django_application = get_wsgi_application()

from privacy_service.decisions import audit  # noqa: E402 - models exist only once Django is set up.
from privacy_service.enforcement.endpoints import ONLOOKERS  # noqa: E402 - as above.
from privacy_service.enforcement.trial import try_out  # noqa: E402 - as above.
from privacy_service.hotpath import HotPath  # noqa: E402 - as above.
from privacy_service.observability import metrics  # noqa: E402 - as above.
from privacy_service.observability.background import every  # noqa: E402 - as above.
from privacy_service.rollout import minutes, moves, off_switch  # noqa: E402 - as above.
from privacy_service.rollout.shadow import Shadow  # noqa: E402 - as above.
from workspaces.keys import store_uses  # noqa: E402 - as above.
from workspaces.stamp import stamp  # noqa: E402 - as above.

application = HotPath(django_application)

gc.freeze()  # What was loaded stays for good: the collector need not walk it while somebody waits.
atexit.register(audit.ship)  # A disk that goes with its container would take the last second along.
every(settings.PRIVACY_STAMP_POLL_SECONDS, stamp.read)
every(settings.PRIVACY_AUDIT_SHIP_SECONDS, audit.ship)
every(1, metrics.flush)
every(10, store_uses)

shadow = Shadow(try_out)
ONLOOKERS.append(shadow.offer)
every(settings.PRIVACY_RELEASE_COUNT_SECONDS, shadow.write)

# The release: its switch without the database, and what its gates read.
off_switch.look()
every(settings.PRIVACY_STAMP_POLL_SECONDS, off_switch.look)
every(settings.PRIVACY_STAMP_POLL_SECONDS, off_switch.look_at_redis)
every(5, moves.write_off_down)
every(settings.PRIVACY_RELEASE_COUNT_SECONDS, minutes.write)
