"""Rights at scale: a cold decision and the pages of who sees what, among a million memberships on PostgreSQL.

Medians of processor time, of this process and of the database's beside it: what a quiet machine takes.
"""

import os
import random
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from privacy_service.decisions import engine
from privacy_service.decisions.types import AccessRequest, Reason
from privacy_service.rollout import release
from tests.benchmarks.measuring import show, verdict
from workspaces.models import Membership, User, Workspace
from workspaces.stamp import StampedCache, stamp

USERS, WORKSPACES, PLACES = 10_000, 2_000, 100
MOST_MILLISECONDS, MOST_QUERIES, MOST_PAGE_MILLISECONDS = 2.0, 2, 300.0
_ASKED, _PAGES = 400, 9

# Made inside the database: a million rows through a client would take minutes.
_ROWS = (
    """INSERT INTO workspaces_user (id, password, is_superuser, kind, email, external_id, name, is_active,
           is_staff, date_joined)
       SELECT md5('user' || n)::uuid, '!', false, 'person', 'reader' || n || '@scale.example', 'reader' || n,
           'Reader ' || n,
           true, false, now() FROM generate_series(1, %(users)s) n""",
    """INSERT INTO workspaces_workspace (id, slug, name, created_at)
       SELECT md5('workspace' || n)::uuid, 'scale-' || n, 'Scale ' || n, now() FROM generate_series(1,
           %(workspaces)s) n""",
    # A user's places are spread over all workspaces; in each, one in fifty owns and one in ten sees personal data.
    """CREATE TEMPORARY TABLE place AS
       SELECT gen_random_uuid() AS membership, md5('user' || u)::uuid AS usr, md5('workspace' || w)::uuid AS
           workspace,
           CASE WHEN (u + w) %% 50 = 0 THEN 'owner' ELSE 'member' END AS kind, (u + w) %% 10 AS tenth, w, u
       FROM generate_series(1, %(users)s) u, LATERAL (
           SELECT (u + k * %(workspaces)s / %(places)s) %% %(workspaces)s + 1 AS w FROM generate_series(1,
               %(places)s) k) v""",
    """INSERT INTO workspaces_membership (id, workspace_id, user_id, kind, created_at)
       SELECT membership, workspace, usr, kind, now() FROM place""",
    """INSERT INTO workspaces_grant (id, membership_id, role, entities, granted_at)
       SELECT gen_random_uuid(), membership, kind, '[]'::jsonb, now() FROM place
       UNION ALL SELECT gen_random_uuid(), membership, 'pii_viewer', '[]'::jsonb, now() FROM place WHERE tenth = 1
       UNION ALL SELECT gen_random_uuid(), membership, 'pii_viewer', '["EMAIL_ADDRESS"]'::jsonb, now() FROM
           place WHERE tenth = 2""",
    """INSERT INTO workspaces_workspaceuserpermission (content_object_id, permission_id, user_id)
       SELECT workspace, p.id, usr FROM place JOIN auth_permission p ON p.codename = 'view_pii'
       WHERE kind = 'owner' OR tenth = 1""",
    # Each workspace has a group of fifty whose members see two kinds more.
    """INSERT INTO auth_group (name) SELECT 'scale ' || w FROM generate_series(1, %(workspaces)s) w""",
    """INSERT INTO workspaces_workspacegroup (id, workspace_id, name, auth_group_id, created_at)
       SELECT md5('group' || w)::uuid, md5('workspace' || w)::uuid, 'Support', g.id, now()
       FROM generate_series(1, %(workspaces)s) w JOIN auth_group g ON g.name = 'scale ' || w""",
    """INSERT INTO workspaces_groupmembership (id, group_id, membership_id, created_at)
       SELECT gen_random_uuid(), md5('group' || w)::uuid, membership, now() FROM place WHERE tenth = 3""",
    """INSERT INTO workspaces_user_groups (user_id, group_id)
       SELECT usr, g.auth_group_id FROM place JOIN workspaces_workspacegroup g ON g.workspace_id = workspace
           WHERE tenth = 3""",
    """INSERT INTO workspaces_grant (id, group_id, role, entities, granted_at)
       SELECT gen_random_uuid(), md5('group' || w)::uuid, 'pii_viewer', '["PERSON", "PHONE_NUMBER"]'::jsonb, now()
       FROM generate_series(1, %(workspaces)s) w""",
    "ANALYZE",
)


def main() -> None:
    """Make the rows, then measure both, as a server process sees them."""
    seconds = _fill()
    connection.close()
    connection.settings_dict["CONN_MAX_AGE"] = None  # The database's process that is watched must stay the same.
    release.turn_on()
    stamp.read()
    memberships = Membership.objects.count()
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create_superuser("scale@scale.example"))
    person_page = reverse("admin:workspaces_user_rights", args=[User.objects.get(external_id="reader7").pk])
    workspace_page = reverse("admin:workspaces_workspace_readers", args=[Workspace.objects.get(slug="scale-7").pk])
    show(
        f"rights of {USERS:,} users in {WORKSPACES:,} workspaces, {memberships:,} memberships made in {seconds:.0f} s",
        ("", "CPU ms: Python", "database", "both", "wall ms", "queries", "target", ""),
        [
            _cold_decision(),
            _page(client, "page: who sees what in a workspace", workspace_page),
            _page(client, "page: what a person sees everywhere", person_page),
        ],
    )


def _fill() -> float:
    started = perf_counter()
    numbers = {"users": USERS, "workspaces": WORKSPACES, "places": PLACES}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET synchronous_commit = off")
        cursor.execute("SET session_replication_role = replica")  # What is made here refers to what is there.
        for statement in _ROWS:
            cursor.execute(statement, numbers)
        cursor.execute("RESET ALL")
    return perf_counter() - started


def _cold_decision() -> tuple[str, ...]:
    """Ask about readers drawn at random, each time with nothing cached."""
    draw = random.Random(7)  # noqa: S311 - the same readers each time.
    slugs = [f"scale-{number}" for number in draw.sample(range(1, WORKSPACES + 1), 20)]
    members = Membership.objects.filter(workspace__slug__in=slugs).select_related("user", "workspace")
    asked = [AccessRequest(one.user, one.workspace) for one in draw.sample(list(members), _ASKED)]
    return _row("cold decision", [partial(_decide_cold, access) for access in asked], MOST_MILLISECONDS, MOST_QUERIES)


def _decide_cold(access: AccessRequest) -> None:
    for module, name in ((engine, "_decisions"), (release, "_causes")):
        setattr(module, name, StampedCache())
    if engine.decide(access).reason is Reason.UNAVAILABLE:
        message = "A decision failed; its time would say nothing."
        raise RuntimeError(message)


def _page(client: Client, name: str, path: str) -> tuple[str, ...]:
    return _row(name, [partial(_load, client, path)] * _PAGES, MOST_PAGE_MILLISECONDS, None)


def _load(client: Client, path: str) -> None:
    if client.get(path, secure=True).status_code != HTTPStatus.OK:
        raise RuntimeError(path)


def _row(name: str, acts: Sequence[Callable[[], object]], most: float, most_queries: int | None) -> tuple[str, ...]:
    acts[0]()  # What is loaded once a process is not what is measured.
    server = _Server()
    timed = [_timed(act) for act in acts]
    wall, own = (sorted(column) for column in list(zip(*timed, strict=True))[:2])
    queries = max(one[2] for one in timed)
    processor = statistics.median(own) + server.seconds() / len(acts)
    met = processor * 1000 < most and (most_queries is None or queries <= most_queries)
    target = f"< {most:g} ms" + (f", {most_queries} queries" if most_queries else "")
    figures = (statistics.median(own), server.seconds() / len(acts), processor, statistics.median(wall))
    return name, *(f"{seconds * 1000:.2f}" for seconds in figures), str(queries), target, verdict(met=met)


class _Server:
    """The processor time of the database's process behind this connection; beside others' work it is what is steady."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._path = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        self._before = self._read()

    def seconds(self) -> float:
        """Return how much was used since this was made."""
        return self._read() - self._before

    def _read(self) -> float:
        user, system = self._path.read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _timed(act: Callable[[], object]) -> tuple[float, float, int]:
    queries = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    stamp.read()  # As the watcher does beside the requests.
    with connection.execute_wrapper(count):
        wall, own = perf_counter(), process_time()
        act()
        return perf_counter() - wall, process_time() - own, queries
