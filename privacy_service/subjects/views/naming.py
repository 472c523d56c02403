"""How people are named in bodies of this API."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from privacy_service.managing.parsing import StrictJSONParser, StrictSerializer, Text
from privacy_service.subjects.endpoints import LIMIT_BYTES, MOST
from privacy_service.subjects.identifiers import LONGEST, NOBODY, Identifier, Kind

KINDS = [kind.value for kind in Kind]


class LargeJSONParser(StrictJSONParser):
    """Reads a JSON object of at most four megabytes: five thousand identifiers are more than other requests say."""

    limit_bytes = LIMIT_BYTES


class NamedSubject(StrictSerializer):
    """One identifier of one person."""

    kind = serializers.ChoiceField(KINDS)
    value = Text(max_length=LONGEST, help_text="As your systems have it; e-mails in any case.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what names nobody."""
        if not Identifier(Kind(attrs["kind"]), attrs["value"]).normal:
            raise serializers.ValidationError({"value": NOBODY})
        return attrs


class Subjects(StrictSerializer):
    """Whom a request is about."""

    identifiers = serializers.ListField(child=NamedSubject(), min_length=1, max_length=MOST)


ONE_PERSON = OpenApiExample(
    "one person", {"identifiers": [{"kind": "email", "value": "alice@example.com"}]}, request_only=True
)


def identifiers_of(told: Mapping[str, Any]) -> list[Identifier]:
    """Return the identifiers that a body names."""
    return [Identifier(Kind(one["kind"]), one["value"]) for one in told["identifiers"]]
