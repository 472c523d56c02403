"""Cases that a policy must pass: somebody with a role sends a payload, and gets this back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.utils import timezone

import classifier
from classifier import PayloadKind
from privacy_service.decisions.as_code.files import checked_rules, policy_file
from privacy_service.decisions.facts import Facts
from privacy_service.decisions.hypothetical import Holder, NoSuchHolder
from privacy_service.decisions.policies import default_rules, operators_from
from privacy_service.decisions.questions import Situation, answered
from privacy_service.decisions.types import Decision, Effect, Reason
from privacy_service.decisions.versions import newest_version
from workspaces.models import Workspace
from workspaces.yaml_files import FileRefused, only_members, read_yaml

_NOWHERE = UUID(int=0)  # Keys of hashes and tokens are a workspace's own; a case has none.
_EXPECTED = ("effect", "reason", "output", "entities", "never")
_ABOUT_READER = ("role", "roles", "entities", "colours", "released")
_ABOUT_PAYLOAD = ("payload", "kind")


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that is not as expected."""

    what: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case."""

    name: str
    misses: tuple[Miss, ...]

    @property
    def has_passed(self) -> bool:
        """Say whether everything was as expected."""
        return not self.misses


@dataclass(frozen=True, slots=True)
class Case:
    """One case: who, whether the feature is released, what they send, and what must come back."""

    name: str
    holder: Holder
    is_released: bool
    kind: PayloadKind
    payload: Any  # None: the decision alone is of interest.
    expected: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """Return the payload as it is sent; a text is sent as it stands."""
        return self.payload.encode() if isinstance(self.payload, str) else orjson.dumps(self.payload)


def outcomes(path: Path) -> Iterator[Outcome]:
    """Try every case of a file; raise FileRefused."""
    said = only_members(read_yaml(path), where=str(path), required=("policy", "cases"))
    version, rules = _policy(said["policy"], path)
    listed = said["cases"]
    if not isinstance(listed, list) or not listed:
        message = f"{path}: `cases` must be a list of cases."
        raise FileRefused(message)
    cases = [_case(one, f"{path}, case {number}") for number, one in enumerate(listed, start=1)]
    return (_tried(case, version, rules) for case in cases)


def _policy(said: Any, path: Path) -> tuple[int, Mapping[str, Any]]:
    """Return the version and rules that a file of cases names: of a file, a workspace, by name, or written out."""
    where = f"{path}: `policy`"
    given = said if isinstance(said, dict) else {}
    match next(iter(given), None), len(given):
        case "file", 1:
            return 0, policy_file(path.parent / str(given["file"])).rules
        case "workspace", 1:
            return newest_version(_workspace(str(given["workspace"]), where))
        case "default", 1:
            return 0, default_rules()
        case "named", 1:
            return 0, _named(str(given["named"]), where)
        case "rules", 1:
            return 0, checked_rules(given["rules"], where)
    message = f"{where} must be one of {{file: PATH}}, {{workspace: SLUG}}, {{named: balanced}} or {{rules: ...}}."
    raise FileRefused(message)


def _named(name: str, where: str) -> Mapping[str, Any]:
    try:
        return classifier.Policy.named(name).as_dict()
    except classifier.PolicyError as error:
        message = f"{where}: {error}"
        raise FileRefused(message) from None


def _workspace(slug: str, where: str) -> Workspace:
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        message = f"{where}: there is no workspace {slug!r}."
        raise FileRefused(message)
    return workspace


def _case(said: Any, where: str) -> Case:
    members = only_members(said, where=where, required=("expect",), optional=("name", *_ABOUT_READER, *_ABOUT_PAYLOAD))
    expected = only_members(members["expect"], where=f"{where}: `expect`", required=(), optional=_EXPECTED)
    _check_expected(expected, has_payload="payload" in members, where=where)
    return Case(
        name=str(members.get("name", where)),
        holder=_holder(members, where),
        is_released=members.get("released", True) is True,
        kind=_kind(members, where),
        payload=members.get("payload"),
        expected=expected,
    )


def _holder(members: Mapping[str, Any], where: str) -> Holder:
    roles = members.get("roles", [members.get("role", "member")])
    lists = (roles, members.get("entities", []), members.get("colours", []))
    if not all(isinstance(one, list) for one in lists):
        message = f"{where}: `roles`, `entities` and `colours` must be lists."
        raise FileRefused(message)
    try:
        return Holder.named(map(str, roles), entities=map(str, lists[1]), colours=map(str, lists[2]))
    except NoSuchHolder as error:
        message = f"{where}: {error}"
        raise FileRefused(message) from None


def _kind(members: Mapping[str, Any], where: str) -> PayloadKind:
    try:
        kind = PayloadKind(str(members.get("kind", "json")))
    except ValueError:
        message = f"{where}: `kind` must be one of {', '.join(PayloadKind)}."
        raise FileRefused(message) from None
    if kind is not PayloadKind.JSON and not isinstance(members.get("payload", ""), str):
        message = f"{where}: a payload of the kind {kind} must be a text."
        raise FileRefused(message)
    return kind


def _check_expected(expected: Mapping[str, Any], *, has_payload: bool, where: str) -> None:
    if not expected:
        message = f"{where}: `expect` must say at least one of {', '.join(_EXPECTED)}."
        raise FileRefused(message)
    for name, known in (("effect", [*Effect]), ("reason", [*Reason])):
        if name in expected and expected[name] not in known:
            message = f"{where}: `{name}` must be one of {', '.join(known)}."
            raise FileRefused(message)
    if not has_payload and {"output", "entities", "never"} & set(expected):
        message = f"{where}: what comes back can be expected only of a `payload`."
        raise FileRefused(message)
    if not isinstance(expected.get("never", []), list):
        message = f"{where}: `never` must be a list of texts that must not come back."
        raise FileRefused(message)


def _tried(case: Case, version: int, rules: Mapping[str, Any]) -> Outcome:
    facts = Facts(case.holder.standing, None, version, dict(rules))
    situation = Situation(
        timezone.now(),
        is_live=lambda: case.is_released,
        facts=lambda: facts,
        operators=lambda facts: operators_from(facts.rules, _NOWHERE),
    )
    decision, _ = answered(situation)
    return Outcome(case.name, tuple(_misses(case, decision)))


def _misses(case: Case, decision: Decision) -> Iterator[Miss]:
    expected = case.expected
    for what, got in (("effect", decision.effect), ("reason", decision.reason)):
        if what in expected and expected[what] != got:
            yield Miss(what, str(expected[what]), str(got))
    if case.payload is None:
        return
    try:
        output, entities = _output(case, decision)
    except classifier.ClassifierError as error:
        yield Miss("output", "a payload that can be read", str(error))
        return
    yield from _misses_of_output(case, output, entities)


def _output(case: Case, decision: Decision) -> tuple[bytes | None, Mapping[str, int]]:
    """Return what comes back, or None where nothing does, and how many pieces of each kind were hidden."""
    match decision.effect:
        case Effect.PASS:
            return case.body, {}
        case Effect.DENY:
            return None, {}
        case Effect.MASK:
            limits = classifier.Limits(max_depth=settings.PRIVACY_BODY_DEPTH)
            tier = classifier.Tier(settings.PRIVACY_CLASSIFIER_TIER)
            masked = classifier.mask(case.body, decision.operators, kind=case.kind, limits=limits, tier=tier)
            return masked.payload, {str(entity): count for entity, count in masked.entities.items()}


def _misses_of_output(case: Case, output: bytes | None, entities: Mapping[str, int]) -> Iterator[Miss]:
    expected = case.expected
    text = output.decode() if output is not None else None
    is_plain = isinstance(case.payload, str) or text is None
    got = text if is_plain or text is None else orjson.loads(text)
    if "output" in expected and expected["output"] != got:
        yield Miss("output", _shown(expected["output"]), _shown(got))
    if "entities" in expected and expected["entities"] != entities:
        yield Miss("entities", _shown(expected["entities"]), _shown(entities))
    for never in expected.get("never", []):
        if text is not None and str(never) in text:
            yield Miss("never", f"nowhere {_shown(never)}", _shown(got))


def _shown(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() if value is not None else "nothing"
