"""What another policy would change: on a payload that the caller gives, and for how many members.

Whoever may not see personal data learns no value here: where a policy leaves something readable, the answer names the
kind instead, and a leaf that is the same under both policies is not in the answer at all.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson
from django.utils import timezone

import classifier
from classifier import Colour, Entity, Listed, OperatorConfig, OwnRules, PayloadKind, Policy
from privacy_service.decisions.policies import operators_from, showing
from privacy_service.enforcement.enforce import limits, refusals_translated, tier
from workspaces.models import Grant, Membership, Workspace
from workspaces.permissions import Permission
from workspaces.rights import Rights
from workspaces.standing import VIEWING_ROLES, Given, Sight, Standing, given_from


class Change(NamedTuple):
    """One leaf that would read otherwise: where it is, and as it would be shown."""

    pointer: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Payload:
    """A body to try policies on."""

    kind: PayloadKind
    body: bytes

    @classmethod
    def of(cls, content: Any) -> "Payload":
        """Return a text as text, anything else as JSON."""
        if isinstance(content, str):
            return cls(PayloadKind.TEXT, content.encode())
        return cls(PayloadKind.JSON, orjson.dumps(content))

    def masked(self, policy: Policy) -> classifier.Masked:
        """Return the body as a policy leaves it."""
        with refusals_translated():
            return classifier.mask(self.body, policy, kind=self.kind, limits=limits(), tier=tier())

    def findings(self, own: OwnRules) -> tuple[classifier.Finding, ...]:
        """Return what is personal in the body, by what is built in and by an owner's rules."""
        with refusals_translated():
            return classifier.classify(self.body, kind=self.kind, limits=limits(), tier=tier(), own=own)


@dataclass(frozen=True, slots=True)
class Preview:
    """Both policies on one payload."""

    payload: Payload
    before: Policy
    after: Policy

    @classmethod
    def of(cls, workspace: Workspace, content: Any, rules: tuple[dict[str, Any], dict[str, Any]]) -> "Preview":
        """Return the preview of the rules before and after, with the keys of this workspace."""
        before, after = (operators_from(one, workspace.pk) for one in rules)
        return cls(Payload.of(content), before, after)

    def shown_to(self, rights: Rights) -> dict[str, Any]:
        """Return what would change, as somebody with these rights may see it."""
        before, after = self.payload.masked(self.before), self.payload.masked(self.after)
        changes = _differences("", self._read(before, after), self._read(*self._veiled(rights)))
        return {
            "findings": [
                {"pointer": one.path, "start": one.start, "end": one.end, "entity": one.entity, "score": one.score}
                | {"recognizer": one.recognizer}
                for one in self._findings()
            ],
            "entities": {"before": _counts(before), "after": _counts(after)},
            "changes": [change._asdict() for change in changes],
        }

    def _findings(self) -> Iterable[classifier.Finding]:
        """Return what either set of rules finds, each once."""
        after = self.payload.findings(self.after.own)
        before = () if self.before.own == self.after.own else self.payload.findings(self.before.own)
        return dict.fromkeys([*after, *before])

    def affected_in(self, workspace: Workspace) -> int:
        """Count the members who would read this payload otherwise."""
        members = Membership.objects.filter(workspace=workspace, user__is_active=True).with_sight(workspace)
        blind = members.not_seeing().count() if self._differs(Sight(everything=False)) else 0
        # Many members see the same kinds, and each combination of them is tried once.
        sights = Counter((sight.entities, sight.colours) for sight in _partial_sights(workspace))
        return blind + sum(
            count
            for (entities, colours), count in sights.items()
            if self._differs(Sight(everything=False, entities=entities, colours=colours))
        )

    def _differs(self, sight: Sight) -> bool:
        before, after = (self.payload.masked(showing(policy, sight)) for policy in (self.before, self.after))
        return before.payload != after.payload

    def _veiled(self, rights: Rights) -> tuple[classifier.Masked, classifier.Masked]:
        """Return both results with whatever stays readable under a veil, unless this reader sees it anyway."""
        veil = (lambda policy: policy) if Permission.VIEW_PII in rights.permissions else _under_veil
        return self.payload.masked(veil(self.before)), self.payload.masked(veil(self.after))

    def _read(self, before: classifier.Masked, after: classifier.Masked) -> "Pair":
        if self.payload.kind is PayloadKind.TEXT:
            return before.payload.decode(), after.payload.decode()
        return orjson.loads(before.payload), orjson.loads(after.payload)


Pair = tuple[Any, Any]


def _under_veil(policy: Policy) -> Policy:
    """Return the policy with a word in place of whatever it leaves readable."""
    readable = [entity for entity in Entity if policy.operator_of(entity).name == "keep"]
    veils = {one: OperatorConfig("replace", (("new_value", f"<{one}: readable>"),)) for one in readable}
    hiding = tuple(one for one in policy.own.matchers if one.colour is not Colour.GREEN)
    own = OwnRules(hiding, Listed(), policy.own.block)
    return replace(policy, operators={**dict(policy.operators), **veils}, own=own)


def _differences(pointer: str, real: Pair, shown: Pair) -> Iterator[Change]:
    """Yield the leaves that really differ, as they are shown; all came from one body, so they have one shape."""
    if all(isinstance(one, dict) for one in (*real, *shown)):
        for (name, old), (other, new), left, right in zip(*(one.items() for one in (*real, *shown)), strict=False):
            below = f"{pointer}/{left[0].replace('~', '~0').replace('/', '~1')}"
            if name != other:
                yield Change(below, {"field": left[0]}, {"field": right[0]})
            yield from _differences(below, (old, new), (left[1], right[1]))
    elif all(isinstance(one, list) for one in (*real, *shown)):
        for number, (old, new, left, right) in enumerate(zip(*real, *shown, strict=False)):
            yield from _differences(f"{pointer}/{number}", (old, new), (left, right))
    elif real[0] != real[1]:
        yield Change(pointer, *shown)


def _counts(masked: classifier.Masked) -> Mapping[str, int]:
    return {entity.value: count for entity, count in masked.entities.items()}


def _partial_sights(workspace: Workspace) -> Iterator[Sight]:
    """Yield what each member sees who sees a part of personal data, where no source is named."""
    members = Membership.objects.filter(workspace=workspace, user__is_active=True).with_sight(workspace)
    for one in members.seeing().prefetch_related("grants", "groups__grants"):
        if one.views_pii:  # type: ignore[attr-defined]
            continue  # Everything for good: guardian knows. What is left are grants on terms.
        sight = _standing_of(one).sight(None, timezone.now())
        if not sight.everything:
            yield sight


def _standing_of(member: Membership) -> Standing:
    grants = [*member.grants.all(), *(one for group in member.groups.all() for one in group.grants.all())]
    given = tuple(_given(one) for one in grants if one.role in VIEWING_ROLES)
    return Standing(is_member=True, views_pii=False, grants=given)


def _given(grant: Grant) -> Given:
    names = ("id", "role", "entities", "colours", "sources", "labels", "emergency")
    expires_at = grant.expires_at.isoformat() if grant.expires_at else None
    return given_from({name: getattr(grant, name) for name in names} | {"expires_at": expires_at})
