"""Every path that the service answers, as its resolver knows them, with ids of planted rows in the place of names."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from privacy_service import hotpath
from privacy_service.consent.models import Choice
from privacy_service.decisions.dialects import forward_auth
from privacy_service.decisions.models import AuditRecord
from privacy_service.gateway.models import Upstream
from privacy_service.inventory.models import Field, Scan
from privacy_service.jobs.models import Job
from privacy_service.streams.models import RegisteredFlow
from privacy_service.subjects.models import (
    ControllerRequest,
    Destination,
    IndexScan,
    Receipt,
    Regulation,
    SubjectRequest,
)
from tests.tenancy.planting import CANARY, Rows
from workspaces.models import (
    ActorTokenKey,
    ApiKey,
    Emergency,
    Grant,
    Membership,
    ServiceAccount,
    Source,
    User,
    Workspace,
    WorkspaceGroup,
)

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_ADMIN = re.compile(r"admin/(\w+)/(\w+)/")
Sample = Callable[[Rows], str]


def _id_of(model: type[models.Model], field: str = "pk") -> Sample:
    return lambda rows: str(getattr(rows[model], field))


def _always(value: str) -> Sample:
    return lambda _: value


# What stands in a path for a parameter, by what the path says up to and with it; the longest that fits.
SAMPLES: dict[str, Sample] = {
    "<slug:slug>": _id_of(Workspace, "slug"),
    "access/<uuid:pk>": _id_of(Membership),
    "take/<uuid:grant>": _id_of(Grant),
    "members/<uuid:pk>": _id_of(Membership),
    "groups/<uuid:pk>": _id_of(WorkspaceGroup),
    "groups/<uuid:group_id>": _id_of(WorkspaceGroup),
    "grants/<uuid:pk>": _id_of(Grant),
    "sources/<uuid:pk>": _id_of(Source),
    "sources/<slug:source>": _id_of(Source, "slug"),
    "versions/<int:version>": _always("1"),
    "audit/<uuid:pk>": _id_of(AuditRecord),
    "service-accounts/<uuid:pk>": _id_of(ServiceAccount),
    "service-accounts/<uuid:account_id>": _id_of(ServiceAccount),
    "/keys/<uuid:pk>": _id_of(ApiKey),
    "/signing-keys/<uuid:pk>": _id_of(ActorTokenKey),
    "emergency-accesses/<uuid:pk>": _id_of(Emergency),
    "emergencies/<uuid:pk>": _id_of(Emergency),
    "requests/<uuid:pk>": _id_of(SubjectRequest),
    "requests/<uuid:pk>/<uuid:receipt>": _id_of(Receipt),
    "receipts/<uuid:receipt_id>": _id_of(Receipt),
    "tasks/<str:token>/<uuid:receipt_id>": _id_of(Receipt),
    "destinations/<uuid:pk>": _id_of(Destination),
    "flows/<uuid:pk>": _id_of(RegisteredFlow),
    "flows/<uuid:pk>/<str:service>": _always(CANARY),
    "callbacks/<uuid:destination_id>": _id_of(Destination),
    "index/scans/<uuid:pk>": _id_of(IndexScan),
    "inventory/scans/<uuid:pk>": _id_of(Scan),
    "fields/<uuid:pk>": _id_of(Field),
    "jobs/<uuid:pk>": _id_of(Job),
    "jobs/<uuid:job_id>": _id_of(Job),
    "consents/<uuid:pk>": _id_of(Choice),
    "regulations/<uuid:regulation_id>": _id_of(Regulation),
    "regulations/sources/<str:source>": _id_of(Source),
    "requests/<uuid:number>": _id_of(ControllerRequest, "number"),
    "topics/<str:name>": _always(CANARY),
    "w/<slug:slug>/<path:rest>": _always(CANARY),
    "planned/<str:code>": _always(CANARY),
    "reports/<int:number>": _always("1"),
    "flags/<path:key>": _always("pii_access"),
    # No link of a person can be guessed: what stands here is a right id under a signature that is not ours.
    "confirm/<str:token>": lambda rows: f"{rows[SubjectRequest].pk}:forged",
    "certificates/<str:token>": lambda rows: f"{rows[SubjectRequest].pk}:forged",
    "certificates/<str:token>/<str:form>": _always("json"),
    "tasks/<str:token>": lambda rows: f"{rows[Destination].pk}:forged",
    "archives/<str:token>": lambda rows: f"{rows[SubjectRequest].pk}:forged",
    # Django's admin.
    "r/<path:content_type_id>": _always("1"),
    "r/<path:content_type_id>/<path:object_id>": _always("1"),
    "user/<id>": _id_of(User),
    "serviceaccount/<uuid:pk>": _id_of(ServiceAccount),
    "apikey/<uuid:pk>": _id_of(ApiKey),
    "user/<uuid:pk>": _id_of(User),
    "workspace/<uuid:pk>": _id_of(Workspace),
    "destination/<uuid:pk>": _id_of(Destination),
    "upstream/<uuid:pk>": _id_of(Upstream),
}
# Paths of regular expressions, written out.
_SPELLED = {
    "^(?P<pk>[0-9a-f-]{36})/(?P<act>approve|refuse|end)/$": lambda rows: f"{rows[Emergency].pk}/approve/",
    "(?P<url>.*)$": _always("nowhere"),
}


@dataclass(frozen=True)
class Route:
    """One path, as the resolver writes it."""

    pattern: str
    callback: Any

    def __str__(self) -> str:
        return self.pattern

    @property
    def is_hot(self) -> bool:
        """Say whether the hot path answers it, in front of Django."""
        return self.callback is None

    @property
    def names_workspace(self) -> bool:
        """Say whether the workspace is a part of the path."""
        return "<slug:slug>" in self.pattern

    @property
    def names_rows(self) -> bool:
        """Say whether more than the workspace is named: an id, or a name in it."""
        return bool(set(_PARAMETER.findall(self.pattern)) - {"slug"})

    @property
    def names_both(self) -> bool:
        """Say whether a workspace is named, and something in it."""
        return self.names_workspace and self.names_rows

    def path(self, rows: Rows, *, slug: str = "") -> str:
        """Return the path to planted rows, below their own workspace or the one named."""
        for expression, spelled in _SPELLED.items():
            if self.pattern.endswith(expression):
                return f"/{self.pattern.removesuffix(expression)}{spelled(rows)}"
        return "/" + _PARAMETER.sub(lambda found: self._sample(found, rows, slug), self.pattern)

    def _sample(self, found: re.Match[str], rows: Rows, slug: str) -> str:
        if found[1] == "slug" and slug:
            return slug
        before = self.pattern[: found.end()]
        if found[1] == "object_id" and (model := _ADMIN.match(before)):
            row = rows.get(apps.get_model(model[1], model[2]))
            return str(row.pk) if row else "1"
        fitting = [ending for ending in SAMPLES if before.endswith(ending)]
        if not fitting:
            message = f"Say in SAMPLES of tests/tenancy/routes.py which planted row {before} names."
            raise LookupError(message)
        return SAMPLES[max(fitting, key=len)](rows)


def routes() -> list[Route]:
    """Return every path of Django's, and those that the hot path answers in front of it."""
    known = list(_below(get_resolver().url_patterns))
    hot = [*hotpath.ROUTES, *(f"{hotpath.PREFIX}<slug:slug>/{name}" for name in hotpath.ENDPOINTS), forward_auth.PATH]
    return known + [Route(path.removeprefix("/"), None) for path in hot]


def _below(patterns: Sequence[URLPattern | URLResolver], base: str = "") -> Iterator[Route]:
    for one in patterns:
        path = base + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _below(one.url_patterns, path)
        elif "(?P<app_label>" in path:  # The admin's page of one app: the same list as its index, cut.
            yield from (Route(f"{base}{label}/", one.callback) for label in re.findall(r"\w+(?=[|)])", path))
        else:
            yield Route(path, one.callback)
