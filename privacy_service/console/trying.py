"""One pasted payload as several readers would get it: nothing of it is kept, counted or recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from django.utils.translation import gettext as _

import classifier
from classifier import ENTITIES, Entity, Finding, PayloadKind
from privacy_service.console.laying_out import Found, Piece, found_in, lines_of, rows_of
from privacy_service.console.places import Place
from privacy_service.console.wording import role_name
from privacy_service.decisions.engine import situation_now
from privacy_service.decisions.hypothetical import STRANGER, Holder
from privacy_service.decisions.policies import own_rules_of
from privacy_service.decisions.questions import answered
from privacy_service.decisions.types import AccessRequest, Decision, Effect
from privacy_service.enforcement.enforce import Payload, check_readable, enforce, limits, refusals_translated, tier
from privacy_service.exceptions import BodyTooLarge, InvalidBody, NoSuchResource
from privacy_service.rollout.release import is_live_for
from workspaces.authentication import Stranger
from workspaces.models import Membership, User, Workspace
from workspaces.permissions import Permission
from workspaces.roles import Role

LONGEST = 16_000
MOST_READERS = 4
KINDS = {"json": PayloadKind.JSON, "csv": PayloadKind.CSV, "text": PayloadKind.TEXT, "ndjson": PayloadKind.NDJSON}
ROLES = (Role.MEMBER, Role.PII_VIEWER, Role.OWNER)
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody, or a holder of a role, as whom the payload is tried."""

    value: str
    name: str
    detail: str
    user: User | None = None
    holder: Holder | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reader would get."""

    reader: Reader
    decision: Decision
    pieces: Sequence[Piece] = ()
    rows: Sequence[Sequence[Sequence[Piece]]] | None = None

    @property
    def hidden(self) -> int:
        """Count the pieces that are hidden."""
        every = [*self.pieces, *(piece for row in self.rows or () for cell in row for piece in cell)]
        return sum(piece.is_hidden for piece in every)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of personal data that was found, and what hides it from each reader."""

    entity: Entity
    count: int
    recognizers: tuple[str, ...]
    operators: tuple[str, ...]  # One for each reader; empty where it is readable, `-` where nothing is shown at all.

    @property
    def description(self) -> str:
        """Say what it is."""
        return ENTITIES[self.entity].description


@dataclass(frozen=True, slots=True)
class Tried:
    """The payload as every reader would get it."""

    kind: PayloadKind
    seen: Sequence[Seen]
    kinds: Sequence[Kind]


def kind_of(text: str) -> PayloadKind:
    """Guess what was pasted: JSON where it reads as such, a table where its lines have as many columns, else a text."""
    if _is_json(text):
        return PayloadKind.JSON
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") and _is_json(line) for line in lines):
        return PayloadKind.NDJSON
    if text.lstrip().startswith(("{", "[")):
        return PayloadKind.JSON  # So that one is told where it breaks off.
    columns = {max(line.count(sign) for sign in _DELIMITERS) for line in lines}
    is_table = len(lines) > 1 and columns != {0} and len(lines[0].split()) <= 1 + lines[0].count(" ") and min(columns)
    return PayloadKind.CSV if is_table and len(columns) == 1 else PayloadKind.TEXT


def readers_named(place: Place, values: Iterable[str], typed: str = "") -> list[Reader]:
    """Return whom the form names; raise NoSuchResource or InvalidBody with what to do instead."""
    named = list(dict.fromkeys(value for value in values if value))
    readers = [_reader(place, value) for value in named]
    if typed.strip():
        readers.append(_typed(place, typed.strip()))
    if not 0 < len(readers) <= MOST_READERS:
        raise InvalidBody(_("Choose one to four readers."))
    return readers


def people_of(place: Place, most: int) -> list[Reader]:
    """Return the people who are offered: whoever may not manage members tries as themselves and as roles."""
    members = Membership.objects.filter(workspace=place.workspace, user__is_active=True).select_related("user")
    if not place.may(Permission.MANAGE_MEMBERS):
        members = members.filter(user=place.actor)
    return [_person(one.user) for one in members.order_by("-kind", "created_at")[:most]]


def roles_offered() -> list[Reader]:
    """Return the roles that are offered, and nobody at all."""
    return [_role(role) for role in (*ROLES, STRANGER)]


def try_on(workspace: Workspace, text: str, kind: PayloadKind, readers: Sequence[Reader], *, as_if: bool) -> Tried:
    """Return the payload as each reader would get it; `as_if` the feature had reached this workspace."""
    if len(text) > LONGEST:
        raise BodyTooLarge(_("Paste at most %(count)d characters here; files go through jobs.") % {"count": LONGEST})
    payload = Payload(kind, text.encode())
    check_readable(payload)
    with refusals_translated():
        own = own_rules_of(workspace)
        findings = classifier.classify(payload.body, kind=kind, limits=limits(), tier=tier(), own=own)
    found = found_in(findings)
    seen = [_seen(reader, _decided(workspace, reader, as_if=as_if), payload, found) for reader in readers]
    return Tried(kind, seen, _kinds(findings, [one.decision for one in seen]))


def _decided(workspace: Workspace, reader: Reader, *, as_if: bool) -> Decision:
    access = AccessRequest(reader.user or Stranger(reader.value), workspace)
    standing = reader.holder.standing if reader.holder else None
    is_live = (lambda _: True) if as_if else is_live_for
    return answered(situation_now(access, standing=standing, is_live=is_live))[0]


def _seen(reader: Reader, decision: Decision, payload: Payload, found: Found) -> Seen:
    if decision.effect is Effect.DENY:
        return Seen(reader, decision)
    before, after = payload.body.decode(), enforce(decision, payload).body.decode()
    if payload.kind is PayloadKind.CSV:
        rows = rows_of(before, after, found)
        return Seen(reader, decision, rows=rows) if rows else Seen(reader, decision, [Piece(after)])
    return Seen(reader, decision, lines_of(payload.kind, before, after, found))


def _kinds(findings: Sequence[Finding], decisions: Sequence[Decision]) -> list[Kind]:
    by_entity: dict[Entity, list[Finding]] = {}
    for one in findings:
        by_entity.setdefault(one.entity, []).append(one)
    return [
        Kind(
            entity,
            len(here),
            tuple(dict.fromkeys(one.recognizer for one in here)),
            tuple(_operator(decision, here[0]) for decision in decisions),
        )
        for entity, here in sorted(by_entity.items(), key=lambda pair: -len(pair[1]))
    ]


def _operator(decision: Decision, finding: Finding) -> str:
    if decision.effect is not Effect.MASK:
        return "" if decision.effect is Effect.PASS else "-"
    name = decision.operators.operator_for(finding.entity, finding.recognizer).name
    return "" if name == "keep" else name


def _reader(place: Place, value: str) -> Reader:
    kind, _colon, name = value.partition(":")
    if kind == "role" and name in {*ROLES, STRANGER}:
        return _role(name)
    if kind == "user":
        return _person(_member(place, id=_uuid(name)))
    raise NoSuchResource(_("There is no such reader here: choose among those that are offered."))


def _typed(place: Place, reference: str) -> Reader:
    """Return a member by e-mail or external id; of people elsewhere nothing is told."""
    known = User.objects.named(reference).first()
    if known is None:
        raise NoSuchResource(_nobody())
    return _person(_member(place, id=known.pk))


def _member(place: Place, **named: UUID) -> User:
    users = User.objects.filter(memberships__workspace=place.workspace, **named)
    if not place.may(Permission.MANAGE_MEMBERS):
        users = users.filter(pk=place.actor.pk)
    user = users.first()
    if user is None:
        raise NoSuchResource(_nobody())
    return user


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _person(user: User) -> Reader:
    return Reader(f"user:{user.pk}", user.name or str(user), str(user), user=user)


def _role(name: str) -> Reader:
    if name == STRANGER:
        return Reader(f"role:{name}", _("Stranger"), _("no member"), holder=Holder.named([name]))
    return Reader(f"role:{name}", role_name(name), _("anybody with this role"), holder=Holder.named([name]))


def _is_json(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict | list)
    except orjson.JSONDecodeError:
        return False


def _nobody() -> str:
    return _("No member of this workspace has this e-mail or id.")


def operators_in_words() -> Mapping[str, str]:
    """Return what each operator does, in a word or two."""
    return {
        "": _("readable"),
        "keep": _("kept readable"),
        "-": _("nothing shown"),
        "replace": _("replaced"),
        "redact": _("removed"),
        "mask": _("starred"),
        "shape": _("shape kept"),
        "last4": _("last four left"),
        "hash": _("hashed"),
        "token": _("token"),
        "token:person": _("token that dies with the person"),
        "marker": _("numbered"),
        "generalize": _("made coarse"),
        "synthetic": _("made up"),
        "encrypt": _("encrypted"),
    }
