"""The fields of a workspace's consent settings, and what must go together in them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from privacy_service.consent.models import ConsentSettings, InMask, Unsaid
from privacy_service.managing.parsing import Slug, StrictSerializer, Text

MOST_CATEGORIES = 30
_MOST_NAMES = 500
_LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?"
_IS_LANGUAGE = RegexValidator(rf"^{_LANGUAGE}\Z", "Name a language as pages do, such as de or pt-BR.")
_IS_ORIGIN = RegexValidator(
    r"^https?://[a-z0-9.-]+(:\d{1,5})?\Z", "Name a site without path, such as https://shop.example.com."
)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class ConsentCategory(StrictSerializer):
    """Something to agree to."""

    key = Slug(max_length=50, help_text="As events name it in `categoryPreferences`.")
    is_necessary = serializers.BooleanField(default=False, help_text="On whatever people choose.")


class ConsentCategoryWords(StrictSerializer):
    """What a category is called, and what it means."""

    name = Text(max_length=100, required=False)
    text = Text(max_length=500, required=False, allow_blank=True)


class BannerWords(StrictSerializer):
    """BannerWords of the banner in one language, instead of the usual ones."""

    title = Text(max_length=200, required=False)
    text = Text(max_length=2000, required=False)
    accept = Text(max_length=60, required=False)
    reject = Text(max_length=60, required=False)
    choose = Text(max_length=60, required=False)
    confirm = Text(max_length=60, required=False)
    policy = Text(max_length=60, required=False)
    always = Text(max_length=60, required=False)
    categories = serializers.DictField(child=ConsentCategoryWords(), required=False)


class Needs(serializers.ListField):
    """Keys of the categories that are needed."""

    child = Slug(max_length=50)
    max_length = MOST_CATEGORIES


class ConsentSettingsSerializer(serializers.Serializer[ConsentSettings]):
    """All that a workspace has chosen."""

    is_open = serializers.BooleanField()
    origins = serializers.ListField(child=serializers.CharField())
    categories = ConsentCategory(many=True)
    languages = serializers.ListField(child=serializers.CharField())
    texts = serializers.DictField(child=BannerWords())
    policy_url = serializers.CharField()
    valid_days = serializers.IntegerField()
    keep_days = serializers.IntegerField()
    destinations = serializers.DictField(child=Needs())
    needed = Needs()
    in_mask = serializers.ChoiceField(InMask.choices)
    unsaid = serializers.ChoiceField(Unsaid.choices)


class ConsentSettingsChange(StrictSerializer):
    """What of it can be changed: all of it, field by field."""

    is_open = serializers.BooleanField(required=False)
    origins = serializers.ListField(child=Text(max_length=200, validators=[_IS_ORIGIN]), required=False, max_length=100)
    categories = serializers.ListField(
        child=ConsentCategory(), required=False, min_length=1, max_length=MOST_CATEGORIES
    )
    languages = serializers.ListField(
        child=Text(max_length=20, validators=[_IS_LANGUAGE]), required=False, max_length=30
    )
    texts = serializers.DictField(child=BannerWords(), required=False)
    policy_url = serializers.URLField(max_length=500, required=False, allow_blank=True)
    valid_days = serializers.IntegerField(min_value=1, max_value=400, required=False)
    keep_days = serializers.IntegerField(min_value=1, max_value=7300, required=False)
    destinations = serializers.DictField(child=Needs(), required=False)
    needed = Needs(required=False)
    in_mask = serializers.ChoiceField(InMask.choices, required=False)
    unsaid = serializers.ChoiceField(Unsaid.choices, required=False)


def problems_of(settings: ConsentSettings) -> dict[str, list[str]]:
    """Return what does not go together, by field; nothing where all does."""
    keys = [one["key"] for one in settings.categories]
    unknown = _unknown(keys, settings)
    if len(set(keys)) < len(keys):
        unknown.setdefault("categories", []).append("Two categories have the same key.")
    if not all(map(_NAME.fullmatch, settings.destinations)) or len(settings.destinations) > _MOST_NAMES:
        message = f"Names have letters, digits, dots, dashes and underscores; at most {_MOST_NAMES}."
        unknown.setdefault("destinations", []).append(message)
    if not all(re.fullmatch(_LANGUAGE, language) for language in settings.texts):
        unknown.setdefault("texts", []).append(str(_IS_LANGUAGE.message))
    return unknown


def _unknown(keys: Iterable[str], settings: ConsentSettings) -> dict[str, list[str]]:
    """Return the fields that name categories which the workspace does not have."""
    named: Mapping[str, list[Any]] = {
        "destinations": [key for needs in settings.destinations.values() for key in needs],
        "needed": settings.needed,
        "texts": [key for words in settings.texts.values() for key in words.get("categories", {})],
    }
    known = set(keys)
    strange = {field: sorted(set(used) - known) for field, used in named.items()}
    return {
        field: [f"There is no category {', '.join(one)[:200]}; there are: {', '.join(sorted(known))}."]
        for field, one in strange.items()
        if one
    }
