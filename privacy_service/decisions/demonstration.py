"""What makes the demo workspace look lived in: more people, access on terms, and a day of made-up decisions."""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from classifier import Entity, Policy
from privacy_service.decisions.audit.canonical import canonical
from privacy_service.decisions.audit.shipping import lay
from privacy_service.decisions.models import DECISION
from privacy_service.decisions.types import Effect, Reason
from privacy_service.decisions.versions import store_version
from workspaces import break_glass
from workspaces.grants import add_grant, add_member, grant
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role
from workspaces.sources import add_source
from workspaces.terms import Terms

# Everybody of the demo who signs in, with one password; dora and erin come with `--alive`.
CAST = ("alice", "bob", "carol", "dora", "erin", "mallory")
_HOURS = 24
_SEED = 2026
# Other customers, so that a dial has somebody to reach; alice owns the first, too.
_OTHERS = ("birch", "alder", "cedar", "hazel", "juniper", "linden", "maple", "rowan", "spruce", "willow")
_BETA_TESTERS = {"cedar", "maple"}
_HIDDEN = {"EMAIL_ADDRESS": 1, "US_SSN": 1, "PHONE_NUMBER": 1}


def bring_to_life(workspace: Workspace, password: str) -> None:
    """Add a support agent and an emergency reader, let the cast sign in, and tell a day of decisions."""
    alice = User.objects.get(external_id="alice")
    _add_support_agent(workspace, alice)
    _add_emergency_reader(workspace, alice)
    User.objects.filter(external_id__in=CAST).update(password=make_password(password))
    people = {one.external_id: one for one in User.objects.filter(external_id__in=CAST)}
    for slug, name in (("orders", "Orders"), ("support-desk", "Support desk")):
        add_source(workspace, slug, name=name, labels={"env": "production"})
    rules = Policy.named("balanced").with_operator(Entity.US_SSN, "shape").with_operator(Entity.PERSON, "keep")
    later = rules.with_operator(Entity.CREDIT_CARD, "last4")
    store_version(workspace, later.as_dict(), reason="Support compares the last four digits of cards.", by=alice)
    lay([canonical(one) for one in _decisions(workspace, people)])
    for name in _OTHERS:
        other = Workspace.objects.create(slug=name, name=name.title(), is_beta_tester=name in _BETA_TESTERS)
        if name == _OTHERS[0]:
            add_member(other, alice, kind=Membership.Kind.OWNER)


def _add_support_agent(workspace: Workspace, owner: User) -> None:
    dora = add_member(workspace, _person("dora"), by=owner)
    month = timezone.now() + timedelta(days=5)
    terms = Terms(entities=("EMAIL_ADDRESS", "PHONE_NUMBER"), expires_at=month, reason="Support rota, ticket 4711")
    add_grant(dora, Role.PII_VIEWER, terms, by=owner)


def _add_emergency_reader(workspace: Workspace, owner: User) -> None:
    erin = add_member(workspace, _person("erin"), by=owner)
    grant(erin, Role.EMERGENCY_READER, by=owner)
    break_glass.ask(workspace, erin.user, minutes=30, reason="Ticket 4712: a refund went to the wrong account")


def _person(name: str) -> User:
    return User.objects.create_user(f"{name}@acme.example", name=name.title(), external_id=name)


def _decisions(workspace: Workspace, people: dict[str | None, User]) -> Iterator[dict[str, Any]]:
    """Yield decisions as a working day would bring them: more around noon, few denied."""
    drawn, now = random.Random(_SEED), timezone.now()  # noqa: S311 - nothing secret is drawn.
    ways: tuple[tuple[str, Effect, Reason, dict[str, int]], ...] = (
        ("bob", Effect.MASK, Reason.ROLE_LACKS_PII, _HIDDEN),
        ("carol", Effect.PASS, Reason.ROLE_GRANTS_PII, {}),
        ("alice", Effect.PASS, Reason.ROLE_GRANTS_PII, {}),
        ("mallory", Effect.DENY, Reason.NOT_A_MEMBER, {}),
    )
    moments = sorted(now - timedelta(minutes=drawn.triangular(10, _HOURS * 60, 300)) for _ in range(240))
    for at in moments:
        name, effect, reason, hidden = drawn.choices(ways, weights=(9, 5, 3, 1))[0]
        yield _decision(workspace, people[name], at, effect=effect, reason=reason, entities=hidden)


def _decision(workspace: Workspace, actor: User, at: datetime, **made: Any) -> dict[str, Any]:
    known = {"workspace_id": workspace.pk, "actor_id": actor.pk, "endpoint": "mask", "policy_version": 1}
    return {"id": uuid.uuid4(), "at": at, "kind": DECISION, **known, **made}
