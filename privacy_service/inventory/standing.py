"""How many fields wait for somebody, by colour: for Prometheus."""

from collections.abc import Iterator

from django.db.models import Count

from classifier import Colour
from privacy_service.inventory.models import Field
from privacy_service.observability.facts import Fact, Reading, Source

INBOX = Fact(
    "privacy_inventory_inbox_fields", "Fields that nobody has decided about, by what is recommended", ("colour",)
)
DECIDED = Fact("privacy_inventory_fields", "Fields that somebody has decided about", ("colour",))


def read() -> Iterator[Reading]:
    """Count them."""
    waiting = dict(Field.objects.inbox().order_by().values_list("recommended").annotate(Count("pk")))
    decided = dict(Field.objects.decided().order_by().values_list("colour").annotate(Count("pk")))
    for colour in Colour:
        yield Reading(INBOX, waiting.get(colour.value, 0), (colour.value,))
        yield Reading(DECIDED, decided.get(colour.value, 0), (colour.value,))


SOURCE = Source("inventory", (INBOX, DECIDED), read)
