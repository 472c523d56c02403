"""The classifier as a Django app, so that its commands are found, its plug-ins loaded, and its parts checked."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from classifier import field_names
from classifier.entities import ENTITIES, Entity
from classifier.operators.base import MINIMUM_KEY_BYTES
from classifier.plugins import PLUGINS, load
from classifier.recognizers import RECOGNIZERS
from classifier.recognizers.announced_table import ANNOUNCED_NUMBERS
from classifier.recognizers.national_table import NATIONAL_NUMBERS

# What the tiers that read running text find; asking them would load a model.
_NAMES = frozenset({Entity.PERSON, Entity.LOCATION, Entity.ORGANIZATION})
# What the matchers of a workspace find, where it has any.
_OWN = frozenset({Entity.CUSTOM})
TAG = "classifier"  # Whoever asks for these checks alone needs no database.


class ClassifierConfig(AppConfig):
    """Register the classifier with Django; it owns no tables."""

    name = "classifier"
    verbose_name = "Classifier"

    def ready(self) -> None:
        """Load what the deployment adds to the recognizers."""
        PLUGINS.use(load(settings.PRIVACY_RECOGNIZERS))


@register(TAG)
def keys_are_present(**_: Any) -> list[CheckMessage]:
    """Refuse a start without the key of hashes and tokens."""
    if len(str(getattr(settings, "PRIVACY_TOKEN_KEY", "")).encode()) >= MINIMUM_KEY_BYTES:
        return []
    hint = "Set it, or PRIVACY_TOKEN_KEY_FILE with the path of a file that holds it."
    message = f"PRIVACY_TOKEN_KEY is missing or shorter than {MINIMUM_KEY_BYTES} bytes."
    return [Error(message, hint=hint, id="classifier.E001")]


@register(TAG)
def every_entity_is_recognized(**_: Any) -> list[CheckMessage]:
    """Refuse an entity that nothing finds: a policy could promise to hide it."""
    missing = sorted(set(Entity) - _found_entities())
    hint = "Give it a recognizer, or a block of field names."
    return [Error(f"Nothing finds {entity}.", hint=hint, id="classifier.E002") for entity in missing]


def _found_entities() -> set[Entity]:
    by_name = {entity for _, entity, *_ in field_names.known_names()}
    numbers = {row.entity for row in (*NATIONAL_NUMBERS, *ANNOUNCED_NUMBERS)}
    found = by_name | numbers | _NAMES | _OWN | {recognizer.entity for recognizer in RECOGNIZERS}
    return found | {whole for entity in found if (whole := ENTITIES[entity].part_of)}
