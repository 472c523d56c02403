"""How Presidio names what we find, and in which languages it may be asked."""

from collections.abc import Mapping

from classifier import ENTITIES, Entity

# What Presidio has no name for keeps ours; a part is called as its whole.
_OTHERWISE: Mapping[Entity, str] = {
    Entity.DATE_OF_BIRTH: "DATE_TIME",
    Entity.BANK_ACCOUNT: "US_BANK_NUMBER",
    Entity.DRIVER_LICENSE: "US_DRIVER_LICENSE",
}

NAMES: Mapping[Entity, str] = {
    entity: _OTHERWISE.get(entity) or str(info.part_of or entity) for entity, info in ENTITIES.items()
}
SUPPORTED = tuple(sorted(set(NAMES.values()) - {"CUSTOM"}))
RECOGNIZERS = tuple("".join(word.title() for word in name.split("_")) + "Recognizer" for name in SUPPORTED)

# Those whose names the tiers read; numbers and addresses are found in every language.
LANGUAGES = frozenset({"en", "de", "es", "fr", "it", "nl", "pl", "pt"})


def entities_named(names: frozenset[str]) -> frozenset[Entity]:
    """Return what these names stand for, Presidio's or ours; unknown ones stand for nothing."""
    return frozenset(entity for entity, name in NAMES.items() if name in names or entity.value in names)
