"""The masking policy of a workspace: read, replaced by the next version, rolled back, compared and tried."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

import classifier
from classifier import OPERATORS, POLICY_NAMES, REGULATIONS
from privacy_service.decisions.models import Policy
from privacy_service.decisions.policies import default_rules
from privacy_service.decisions.versions import PolicyUnchanged, differences, newest_version
from privacy_service.exceptions import NoSuchResource
from privacy_service.managing.acting import rules_of, store_policy
from privacy_service.managing.etags import check_match
from privacy_service.managing.paging import plain_query
from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.preview import Preview
from privacy_service.managing.rules import read_rules
from privacy_service.managing.schema import COMMON, ETAG, IDEMPOTENCY_KEY, IF_MATCH, listed, problems
from privacy_service.managing.views.base import Listing, ManagementViewSet, ordering, writes
from privacy_service.managing.views.grants import GiverSerializer
from workspaces.keys import Scope
from workspaces.models import Membership
from workspaces.permissions import Permission

RULES_HELP = (
    "What classifier.Policy takes: operators (entity to operator), default, numbers, matchers, allow, block; besides, "
    "`extends` one of the named policies and `groups` (a regulation to an operator for all its entities)."
)


class VersionSerializer(serializers.Serializer[Policy]):
    """A version of the policy."""

    version = serializers.IntegerField(help_text="0: the installation's default, where none is stored.")
    note = serializers.CharField(help_text="Why it was changed.")
    created_at = serializers.DateTimeField(allow_null=True)
    created_by = GiverSerializer(allow_null=True)


class PolicySerializer(VersionSerializer):
    """A version of the policy with its rules."""

    rules = serializers.DictField(help_text="As they are stored: every group is spelled out.")


class StoredPolicySerializer(PolicySerializer):
    """The version that counts after a write, and whether the write made it."""

    is_new = serializers.BooleanField(
        help_text="False: this version says the same already, so that nothing was stored."
    )


class NewRules(StrictSerializer):
    """The next version."""

    rules = serializers.DictField(help_text=RULES_HELP)
    note = Text(max_length=200, allow_blank=True, default="", help_text="Why it is changed.")


class RollBack(StrictSerializer):
    """Which version to go back to."""

    version = serializers.IntegerField(min_value=0)
    note = Text(max_length=200, allow_blank=True, default="", help_text="Why it is changed.")


class Trial(StrictSerializer):
    """Rules, or a stored version, and a payload to try them on."""

    rules = serializers.DictField(required=False, help_text=f"{RULES_HELP} Or send `version`.")
    version = serializers.IntegerField(required=False, min_value=0)
    payload = serializers.JSONField(help_text="An object or a list, or a text. It is not kept.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse rules and a version, or neither."""
        if ("rules" in attrs) == ("version" in attrs):
            raise serializers.ValidationError({"rules": ["Send rules or a version."]})
        return attrs


class Comparison(StrictSerializer):
    """Which versions to compare; the newest where one is left out."""

    before = serializers.IntegerField(required=False, min_value=0, help_text="By default the version before `after`.")
    after = serializers.IntegerField(required=False, min_value=0, help_text="By default the newest.")


class DifferenceSerializer(serializers.Serializer[Any]):
    """One member of the rules that differs."""

    member = serializers.CharField(help_text="Such as operators.US_SSN.")
    before = serializers.CharField()
    after = serializers.CharField()


class DiffSerializer(serializers.Serializer[Any]):
    """What two versions say differently."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()
    differences = DifferenceSerializer(many=True)


class FoundSerializer(serializers.Serializer[Any]):
    """Where something personal is."""

    pointer = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    entity = serializers.CharField()
    score = serializers.FloatField()
    recognizer = serializers.CharField(help_text="What found it: keys, a recognizer, or matcher:NAME of the workspace.")


class ChangeSerializer(serializers.Serializer[Any]):
    """One leaf that would read otherwise."""

    pointer = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class PolicyPreviewSerializer(serializers.Serializer[Any]):
    """What would change."""

    replaces = serializers.IntegerField(help_text="The version that it is compared with: the newest.")
    findings = FoundSerializer(many=True)
    entities = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    changes = ChangeSerializer(many=True)
    members = serializers.DictField(
        child=serializers.IntegerField(), help_text="`all` of them, and how many `affected`."
    )


class ChoicesSerializer(serializers.Serializer[Any]):
    """What a policy can be made of."""

    operators = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="Each with its parameters."
    )
    policies = serializers.DictField(help_text="The named policies, with their rules.")
    groups = serializers.DictField(help_text="Groups of entities, with their source in law or trade.")
    entities = serializers.DictField(help_text="Every kind of personal data, with its description and colour.")


class VersionListing(Listing):
    """Filters of the list of versions."""

    orders: ClassVar[dict[str, str]] = {"version": "version"}
    ordering = ordering(orders, default="-version")


_EXAMPLE = OpenApiExample(
    "numbers keep their shape, names stay",
    {
        "rules": {
            "extends": "balanced",
            "groups": {"PCI": "redact"},
            "operators": {"US_SSN": "shape", "PERSON": "keep"},
            "matchers": [{"name": "Project", "term": "Falcon", "colour": "red", "on": "value", "how": "exact"}],
        },
        "note": "As agreed with the data protection officer",
    },
    request_only=True,
)
_TRIAL = OpenApiExample(
    "redact numbers",
    {"rules": {"extends": "balanced", "operators": {"US_SSN": "redact"}}, "payload": {"ssn": "123-45-6789"}},
    request_only=True,
)


class PolicyViewSet(ManagementViewSet):
    """The policy of a workspace."""

    collection = "versions"
    scope = Scope.POLICY
    reading = writing = Permission.MANAGE_POLICY
    listing = VersionListing
    serializer_class = VersionSerializer

    def get_queryset(self) -> QuerySet[Policy]:
        """Return the versions with who made them, in one query."""
        return Policy.objects.filter(workspace=self.space).select_related("created_by")

    @extend_schema(
        operation_id="policy_read", parameters=[*COMMON, ETAG], responses={200: PolicySerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """Show the policy that counts."""
        del request, slug
        return self._answer(self.get_queryset().order_by("-version").first())

    @extend_schema(
        operation_id="policy_replace",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=NewRules,
        examples=[_EXAMPLE],
        responses={200: StoredPolicySerializer, **problems(412, 422, 428)},
    )
    @writes
    def update(self, request: Request, slug: str) -> Response:
        """Store the next version. Whoever does not see all personal data may not show more of it.

        Rules that the newest version has already, in whatever words, make none: the answer is that version, with
        `is_new` false, so that a script may send the same rules as often as it likes.
        """
        del request, slug
        newest = self._check_newest()
        asked = self.body(NewRules)
        return self._stored(read_rules(asked["rules"], self.space.pk), newest, asked["note"])

    @extend_schema(
        operation_id="policy_roll_back",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY, *COMMON, ETAG],
        request=RollBack,
        examples=[OpenApiExample("back", {"version": 3}, request_only=True)],
        responses={200: StoredPolicySerializer, **problems(412, 422, 428)},
    )
    @writes
    def roll_back(self, request: Request, slug: str) -> Response:
        """Store a new version that equals an old one; none where the newest equals it already (`is_new` is false)."""
        del request, slug
        newest = self._check_newest()
        asked = self.body(RollBack)
        rules = self._rules_of(asked["version"])
        return self._stored(rules, newest, asked["note"] or f"Back to version {asked['version']}.")

    @extend_schema(
        operation_id="policy_versions",
        parameters=[VersionListing, *COMMON],
        responses={200: listed("versions", VersionSerializer), **problems(422)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """List the versions, the newest first."""
        del request, slug
        return self.page(self.get_queryset().defer("rules"), self.asked())

    @extend_schema(
        operation_id="policy_version", parameters=[*COMMON, ETAG], responses={200: PolicySerializer, **problems()}
    )
    def version(self, request: Request, slug: str, version: int) -> Response:
        """Show one version; it never changes."""
        del request, slug
        stored = self.get_queryset().filter(version=version).first()
        if stored is None:
            raise NoSuchResource
        return self._answer(stored)

    @extend_schema(
        operation_id="policy_diff",
        parameters=[Comparison, *COMMON],
        responses={200: DiffSerializer, **problems(422)},
    )
    def diff(self, request: Request, slug: str) -> Response:
        """Say what two versions say differently."""
        del slug
        asked = self.read(Comparison, plain_query(request.query_params))
        after = asked.get("after", self._newest())
        before = asked.get("before", max(after - 1, 0))
        found = differences(self._rules_of(before), self._rules_of(after))
        told = [{"member": one.member, "before": one.before, "after": one.after} for one in found]
        return Response({"before": before, "after": after, "differences": told})

    @extend_schema(
        operation_id="policy_preview",
        parameters=[*COMMON],
        request=Trial,
        examples=[_TRIAL],
        responses={200: PolicyPreviewSerializer, **problems(422)},
    )
    def preview(self, request: Request, slug: str) -> Response:
        """Try rules on a payload: what would read otherwise, and for how many members. Nothing is stored.

        Whoever does not see personal data sees none here: what rules leave readable is named by its kind.
        """
        del request, slug
        asked = self.body(Trial)
        newest, before = newest_version(self.space)
        after = read_rules(asked["rules"], self.space.pk) if "rules" in asked else self._rules_of(asked["version"])
        preview = Preview.of(self.space, asked["payload"], (dict(before), after))
        everybody = Membership.objects.filter(workspace=self.space, user__is_active=True).count()
        members = {"all": everybody, "affected": preview.affected_in(self.space)}
        return Response({"replaces": newest, **preview.shown_to(self.rights), "members": members})

    @extend_schema(
        operation_id="policy_choices", parameters=[*COMMON], responses={200: ChoicesSerializer, **problems()}
    )
    def choices(self, request: Request, slug: str) -> Response:
        """Tell what a policy can be made of: operators, named policies, groups with their sources, entities."""
        del request, slug
        return Response(
            {
                "operators": OPERATORS,
                "policies": {name: classifier.Policy.named(name).as_dict() for name in POLICY_NAMES},
                "groups": {
                    name: {"title": one.title, "source": one.source, "entities": sorted(one.entities)}
                    for name, one in REGULATIONS.items()
                },
                "entities": {
                    entity: {"description": info.description, "colour": info.colour, "part_of": info.part_of}
                    for entity, info in classifier.ENTITIES.items()
                },
            }
        )

    def _newest(self) -> int:
        return newest_version(self.space)[0]

    def _check_newest(self) -> int:
        newest = self._newest()
        check_match(self.request, _etag(newest))
        return newest

    def _rules_of(self, version: int) -> dict[str, Any]:
        return rules_of(self.space, version)

    def _stored(self, rules: dict[str, Any], newest: int, reason: str) -> Response:
        try:
            made = store_policy(self.space, rules, replaces=newest, reason=reason, rights=self.rights, by=self.actor)
        except PolicyUnchanged as same:
            return self._written(same.newest, is_new=False)
        return self._written(made, is_new=True)

    def _written(self, policy: Policy, *, is_new: bool) -> Response:
        told = {**PolicySerializer(policy).data, "is_new": is_new}
        return Response(told, headers={"ETag": _etag(policy.version)})

    def _answer(self, policy: Policy | None) -> Response:
        stored = policy or Policy(version=0, rules=default_rules(), created_at=None)  # type: ignore[misc]
        return Response(PolicySerializer(stored).data, headers={"ETag": _etag(stored.version)})


def _etag(version: int) -> str:
    return f'"policy-{version}"'
