"""What the tests of names share: asking the fast tier, and reading its answers."""

from classifier import Tier
from classifier.leaves import find_in_leaves
from classifier.spans import settle_labels, settle_overlaps

PERSON, LOCATION, ORGANIZATION, USERNAME = "PERSON", "LOCATION", "ORGANIZATION", "USERNAME"


def names_in(text: str) -> list[tuple[str, str]]:
    """Return the entities of a text, read by patterns and the fast tier, with the characters each covers."""
    spans = settle_overlaps(settle_labels(find_in_leaves([text], Tier.FAST).get(0, [])))
    return [(str(span.entity), text[span.start : span.end]) for span in spans]
