"""One row of every model in a workspace, each text in it a canary: whatever is added later is planted too.

A model needs a word here only where its database refuses what the kind of a field alone suggests.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import UnionType
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone

from classifier import Policy as Rules
from privacy_service.consent.models import Choice, ChoiceIdentifier
from privacy_service.decisions.models import AuditRecord, Policy
from privacy_service.subjects.certificates.signing import kept_key
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.models import (
    Archive,
    ArchiveLink,
    Certificate,
    CertificateKey,
    Destination,
    IndexEntry,
    ProofFile,
    RegulationPart,
    SubjectRequest,
)
from tests.factories import make_record
from workspaces.actor_tokens.keeping import keep_secret
from workspaces.grants import add_member
from workspaces.keys import Scope, issue_key
from workspaces.models import (
    ActorTokenKey,
    ApiKey,
    Grant,
    Membership,
    ServiceAccount,
    User,
    Workspace,
    WorkspaceGroupPermission,
    WorkspaceUserPermission,
)

CANARY = "kanarie7f3a"
_OURS = ("workspaces", "rollout", "decisions", "managing", "subjects", "consent", "inventory", "gateway", "streams")
_APPS = (*_OURS, "jobs")

Rows = dict[type[models.Model], Any]
Making = Callable[["Planter"], models.Model]


class Planter:
    """Makes the rows of one workspace, each after those that it refers to."""

    def __init__(self, workspace: Workspace) -> None:
        self.rows: Rows = {Workspace: workspace}

    def plant(self, model: type[models.Model]) -> Any:
        """Return the row of this model, made when it is first asked for."""
        if model not in self.rows:
            make = _MADE.get(model)
            self.rows[model] = make(self) if make else self._drawn(model)
        return self.rows[model]

    def _drawn(self, model: type[models.Model]) -> models.Model:
        row = model(**self.values(model) | _VALUES.get(model, {}))
        _SEALED.get(model, lambda _: None)(row)
        row.save()
        return row

    def values(self, model: type[models.Model]) -> dict[str, Any]:
        """Return a value for each field that the database does not fill in."""
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
        drawn = ((field, self._value(field)) for field in fields if not (field.primary_key and field.has_default()))
        return {field.name: value for field, value in drawn if value is not _LEFT}

    def _value(self, field: "models.Field[Any, Any]") -> Any:
        if isinstance(field, models.ForeignKey):
            return self._referred(field)
        if field.name in _NAMED:
            return _NAMED[field.name](self)
        return _drawn_for(field)

    def _referred(self, field: "models.ForeignKey[Any, Any]") -> Any:
        target = field.related_model
        return self.plant(target) if target in planted_models() or not field.null else None


_WRITTEN_BY_GRANTS = (WorkspaceUserPermission, WorkspaceGroupPermission)
_LEFT = object()  # The model's own default stands.
_NAMED: Mapping[str, Callable[[Planter], Any]] = {
    "workspace_id": lambda planter: planter.rows[Workspace].pk,
    "user_id": lambda planter: planter.plant(User).pk,
    "workspace_slug": lambda planter: planter.rows[Workspace].slug,
    "source_id": lambda _: None,  # About the whole workspace.
}


def _drawn_for(field: "models.Field[Any, Any]") -> Any:
    if field.choices:
        return _LEFT if field.has_default() else field.choices[0][0]
    for kinds, value in _DRAWN:
        if isinstance(field, kinds):
            return value if _takes(field) else _LEFT
    return _LEFT if field.has_default() or field.null else _PLAIN.get(type(field), 1)


def _takes(field: "models.Field[Any, Any]") -> bool:
    """Say whether a text has room for a canary, and is no secret: those are sealed by their models."""
    return not field.name.startswith("sealed") and (field.max_length or len(CANARY)) >= len(CANARY)


# By the first of these that a field is: an address is a text too.
_DRAWN: Sequence[tuple[type | UnionType, Any]] = (
    (models.EmailField, f"{CANARY}@example.com"),
    (models.URLField, f"https://{CANARY}.example.com"),
    (models.CharField | models.TextField, CANARY),
    (models.BinaryField, CANARY.encode()),
)
_PLAIN: Mapping[type, Any] = {
    models.UUIDField: uuid.uuid4(),
    models.JSONField: {"note": CANARY},
    models.DateTimeField: timezone.now() + timedelta(days=1),
}


def planted_models() -> list[type[models.Model]]:
    """Return every model of ours that leads to a workspace, by however many steps."""
    ours = [one for one in apps.get_models() if one._meta.app_label in _APPS and one not in _WRITTEN_BY_GRANTS]
    found: list[type[models.Model]] = [Workspace, User, ServiceAccount]
    while more := [model for model in ours if model not in found and any(to in found for to in _referred_by(model))]:
        found += more
    return found


def _referred_by(model: type[models.Model]) -> Iterator[Any]:
    fields = model._meta.concrete_fields
    yield from (field.related_model for field in fields if isinstance(field, models.ForeignKey))
    yield from (Workspace for field in fields if field.name == "workspace_id")


def plant(workspace: Workspace) -> Rows:
    """Fill a workspace with one row of everything."""
    planter = Planter(workspace)
    for model in planted_models():
        planter.plant(model)
    return planter.rows


def _member(planter: Planter) -> Membership:
    """Return the membership of the workspace's owner."""
    return add_member(planter.rows[Workspace], planter.plant(User), kind=Membership.Kind.OWNER)


def _user(planter: Planter) -> User:
    del planter
    return User.objects.create_user(f"{CANARY}@example.com", name=CANARY, external_id=f"{CANARY}-id")


def _account(planter: Planter) -> ServiceAccount:
    user = User.objects.create(kind=User.Kind.SERVICE, external_id=f"service:{CANARY}", name=CANARY)
    return ServiceAccount.objects.create(user=user, name=CANARY, workspace=planter.rows[Workspace])


def _key(planter: Planter) -> ApiKey:
    return issue_key(planter.plant(ServiceAccount).user, scopes=tuple(Scope), name=CANARY)[0]


def _signing_key(planter: Planter) -> ActorTokenKey:
    account = planter.plant(ServiceAccount)
    keep_secret(account)
    return ActorTokenKey.objects.get(account=account)


_MADE: dict[type[models.Model], Making] = {
    User: _user,
    Membership: _member,
    ServiceAccount: _account,
    ApiKey: _key,
    ActorTokenKey: _signing_key,
    AuditRecord: lambda planter: make_record(planter.rows[Workspace], planter.plant(User), resource_name=CANARY),
    Group: lambda _: Group.objects.create(name=CANARY),
    CertificateKey: lambda _: kept_key(),
}
_VALUES: dict[type[models.Model], dict[str, Any]] = {
    Grant: {"role": "pii_viewer", "group": None},
    Policy: {"rules": Rules.named("balanced").as_dict()},
    Destination: {"kind": "manual"},
    Certificate: {"manifest": f'{{"note": "{CANARY}"}}'},
    ChoiceIdentifier: {"kind": "email"},
    Choice: {"preferences": {"marketing": True}},
}
_NAME = Identifier(Kind.EMAIL, f"{CANARY}@example.com")
_SEALED: dict[type[models.Model], Callable[[Any], None]] = {
    SubjectRequest: lambda row: row.keep_identifiers([_NAME]),
    Archive: lambda row: row.keep_passphrase(CANARY),
    ArchiveLink: lambda row: row.keep_address(_NAME.value),
    IndexEntry: lambda row: row.keep_identifiers([_NAME]),
    ProofFile: lambda row: row.keep(b"%PDF-1.7 " + CANARY.encode()),
    RegulationPart: lambda row: row.keep_ids([CANARY]),
}
