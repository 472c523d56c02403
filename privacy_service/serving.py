"""The work behind every server process: following changes, shipping the audit trail, counting."""

import atexit
import sys

from django.conf import settings

from privacy_service import safety
from privacy_service.decisions import audit
from privacy_service.enforcement.endpoints import ONLOOKERS
from privacy_service.enforcement.trial import try_out
from privacy_service.enforcement.witnessing import WITNESSES
from privacy_service.gateway import integrations
from privacy_service.inventory.passing import Onlooker
from privacy_service.observability import draining, metrics
from privacy_service.observability.background import every
from privacy_service.pinning import core
from privacy_service.rollout import minutes, moves, off_switch
from privacy_service.rollout.shadow import Shadow
from privacy_service.subjects.index import overhearing
from workspaces.keys import store_uses
from workspaces.stamp import stamp

_SWITCH_SECONDS = 0.001  # How long a refusal waits for the thread that works: a fifth of what Python is set to.


def start() -> None:
    """Begin it, in threads that live as long as the process."""
    safety.refuse_unsafe_start()
    safety.refuse_lost_keys()
    sys.setswitchinterval(_SWITCH_SECONDS)
    atexit.register(audit.ship)  # A disk that goes with its container would take the last second along.
    every(settings.PRIVACY_STAMP_POLL_SECONDS, stamp.read)
    every(settings.PRIVACY_AUDIT_SHIP_SECONDS, audit.ship)
    every(1, metrics.flush)
    every(1, metrics.note_stamp)
    every(draining.LOOK_SECONDS, draining.look)
    every(1, overhearing.file)
    every(10, store_uses)
    every(integrations.EVERY_SECONDS, integrations.write_down)
    _follow_the_release()
    WITNESSES.append(Onlooker())


def keep_to_a_core() -> None:
    """Take a core for the Python of this process, where it was told to; a gateway, which mostly waits, takes none."""
    if settings.PRIVACY_WEB_PIN:
        core.take()
        every(1, core.take)  # Until the process that this one replaces has ended, there may be none.


def _follow_the_release() -> None:
    """Look at what passes in shadow, obey the switch without the database, and write down what the gates read."""
    shadow = Shadow(try_out)
    ONLOOKERS.append(shadow.offer)
    every(settings.PRIVACY_RELEASE_COUNT_SECONDS, shadow.write)
    off_switch.look()
    every(settings.PRIVACY_STAMP_POLL_SECONDS, off_switch.look)
    every(settings.PRIVACY_STAMP_POLL_SECONDS, off_switch.look_at_redis)
    every(5, moves.write_off_down)
    every(settings.PRIVACY_RELEASE_COUNT_SECONDS, minutes.write)
