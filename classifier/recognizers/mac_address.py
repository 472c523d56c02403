"""Hardware addresses, whose form is their proof."""

from classifier.entities import Entity
from classifier.recognizers.base import PatternRecognizer
from classifier.spans import PROVEN_SCORE

_PAIR = r"[0-9A-Fa-f]{2}"

MAC_ADDRESS = PatternRecognizer(
    entity=Entity.MAC_ADDRESS,
    name="mac_address",
    pattern=(
        rf"(?:^|[^0-9A-Za-z:-]|(?i:mac)[:-])({_PAIR}(?::{_PAIR}){{5}}|{_PAIR}(?:-{_PAIR}){{5}}|(?:[0-9A-Fa-f]{{4}}\.){{2}}[0-9A-Fa-f]{{4}})"
        r"(?:$|[^0-9A-Za-z:-]|[:-](?:$|[^0-9A-Za-z]))"
    ),
    score=PROVEN_SCORE,
)
