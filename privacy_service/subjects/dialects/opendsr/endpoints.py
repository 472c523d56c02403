"""The calls of OpenDSR, versions 1 and 2: discovery, create, status and cancel, and the callbacks of processors."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import URLPattern, path

from privacy_service.exceptions import Conflict, UnknownWorkspace
from privacy_service.http import PRIVATE, Answer, Call
from privacy_service.subjects.dialects.opendsr import hearing
from privacy_service.subjects.dialects.opendsr.reading import WISHES, asked_in
from privacy_service.subjects.dialects.opendsr.taking import known, take, take_back
from privacy_service.subjects.dialects.opendsr.wording import cancelled, check_set_up, refuse, signed, standing, taken
from privacy_service.subjects.dialects.visits import Streamed, streaming_view, view, visit, visit_with_body
from privacy_service.subjects.models import Destination
from privacy_service.subjects.opendsr.results import archive_for, lines_of
from privacy_service.subjects.opendsr.signing import certificate, domain
from privacy_service.subjects.opendsr.words import TYPES, VERSIONS, Version
from workspaces.acts import Act, note
from workspaces.authentication import workspace_of
from workspaces.keys import Scope

ENDPOINT = "opendsr"
_READING = (Scope.READ, Scope.SUBJECTS)


def discover(call: Call, version: Version) -> Answer:
    """Tell what may be asked for, and where the certificate is; a path that names its workspace needs no key."""
    check_set_up()
    workspace = workspace_of(call.slug) if call.slug else visit(call, *_READING).workspace
    if workspace is None:
        raise UnknownWorkspace
    destinations: QuerySet[Destination] = Destination.objects.filter(workspace=workspace, is_active=True)
    kinds = frozenset(kind for one in destinations for kind in one.known_by)
    content = {
        "api_version": version.name,
        "supported_identities": [
            {"identity_type": name, "identity_format": "raw"} for kind, name in TYPES.items() if kind in kinds
        ],
        "supported_subject_request_types": [*WISHES],
        "processor_certificate": f"{settings.PRIVACY_PUBLIC_URL}/opendsr/certificate",
        "processor_domain": domain(),
    }
    return signed(call, 200, content, version)


def create(call: Call, version: Version) -> Answer:
    """Take a request."""
    check_set_up()
    visited, body = visit_with_body(call, Scope.SUBJECTS)
    asked = take(visited, asked_in(body, version), body, version)
    return signed(call, 201, taken(asked, body, version), version)


def read(call: Call, version: Version, number: UUID) -> Answer:
    """Tell how far a request is."""
    check_set_up()
    return signed(call, 200, standing(known(visit(call, *_READING), number), version), version)


def results(call: Call, version: Version, number: UUID) -> Streamed:
    """Hand out the copy that a controller asked for; the audit trail tells of it."""
    del version
    check_set_up()
    visited = visit(call, Scope.SUBJECTS)
    asked = known(visited, number)
    archive = archive_for(asked)
    if archive is None:
        message = "There is no copy here for you: it is not made yet, it is over, or it is the person's own."
        raise Conflict(message)
    with transaction.atomic():
        note(Act.ARCHIVE_FETCHED, visited.workspace, visited.actor, asked.request)
    return Streamed("application/x-ndjson", lines_of(archive))


def cancel(call: Call, version: Version, number: UUID) -> Answer:
    """Take a request back."""
    check_set_up()
    asked = take_back(visit(call, Scope.SUBJECTS), number)
    return signed(call, 202, cancelled(asked, version), version)


def show_certificate(call: Call) -> Answer:
    """Show the certificate by which whatever is signed here is verified."""
    check_set_up()
    headers = (("Content-Type", "application/x-pem-file"), ("PII-Request-Id", call.id), *PRIVATE)
    return Answer(200, headers, certificate())


def _paths(base: str) -> list[URLPattern]:
    """Return the paths of both versions below a base."""
    return [one for version in VERSIONS.values() for one in _of(version, f"{base}v{version.number}/")]


def _of(version: Version, base: str) -> list[URLPattern]:
    def as_version(act: Callable[..., Answer]) -> Callable[..., Answer]:
        return partial(act, version=version)

    return [
        path(f"{base}discovery", view(ENDPOINT, refuse, {"GET": as_version(discover)})),
        path(f"{base}{version.path}", view(ENDPOINT, refuse, {"POST": as_version(create)})),
        path(
            f"{base}{version.path}/<uuid:number>",
            view(ENDPOINT, refuse, {"GET": as_version(read), "DELETE": as_version(cancel)}),
        ),
        path(
            f"{base}{version.path}/<uuid:number>/results",
            streaming_view(ENDPOINT, refuse, partial(results, version=version)),
        ),
    ]


urlpatterns: list[URLPattern] = [
    path("opendsr/certificate", view(ENDPOINT, refuse, {"GET": show_certificate})),
    path("opendsr/callbacks/<uuid:destination_id>", view(ENDPOINT, refuse, {"POST": hearing.hear})),
    *_paths(""),  # For the workspace of the key.
    *_paths("opendsr/<slug:slug>/"),
]
