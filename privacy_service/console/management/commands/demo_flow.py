"""Give the demo workspace a flow that has run on made-up events, some of which failed, a job that is over, systems."""

from contextlib import closing
from pathlib import Path

import orjson
from django.core.management.base import BaseCommand
from django.utils import timezone

from privacy_service.gateway.models import Integration
from privacy_service.jobs.models import Job, JobFile, State
from privacy_service.streams.brokers import Brokers
from privacy_service.streams.carrying import worker_of
from privacy_service.streams.errors import StreamsError
from privacy_service.streams.flow import Access, Converter, Flow, Operator, Service, Topic, Transform
from privacy_service.streams.models import RegisteredFlow
from privacy_service.streams.records import Record
from privacy_service.streams.registering import register_topics
from workspaces.models import User, Workspace

SLUG = "acme"
_EVENTS = 240
_FILE_BYTES = 4_000_000
_TOPICS = (
    ("shop-events", Access.RESTRICTED),
    ("shop-events-masked", Access.OPEN),
    ("orders-masked", Access.OPEN),
    ("tickets-masked", Access.DECIDED),
)
_ROUTE = {"field": "kind", "to": {"order": ["orders-masked"], "ticket": ["tickets-masked"]}}


class Command(BaseCommand):
    """A second run changes nothing that is there."""

    help = "Give the demo workspace a flow that has run, and a job that is over."

    def handle(self, *_: str, **__: object) -> None:
        """Register it and carry some events, where the workspace has no flow yet."""
        workspace = Workspace.objects.get(slug=SLUG)
        if RegisteredFlow.objects.filter(workspace=workspace).exists():
            return
        _add_job(workspace)
        _add_integrations()
        flow = demo_flow()
        register_topics(flow)
        try:
            _carry(flow)
        except StreamsError as error:
            self.stderr.write(f"The demo's flow is drawn without figures: {error}")


def demo_flow() -> Flow:
    """Return the flow."""
    topics = {name: Topic(name, Converter.RAW, access=access) for name, access in _TOPICS}
    mask = Service("mask-events", ("shop-events",), (Transform(Operator.MAP, "mask"),), ("shop-events-masked",))
    route = Transform(Operator.MAP, "route", _ROUTE)
    sort = Service("sort-events", ("shop-events-masked",), (route,), ("orders-masked", "tickets-masked"))
    return Flow("shop-to-teams", "1.2.0", SLUG, Path(), (), topics, (mask, sort))


def _add_job(workspace: Workspace) -> None:
    """Write down a job as if it had masked three files; there are none."""
    now = timezone.now()
    job = Job.objects.create(
        workspace=workspace,
        source="s3://acme-exports/2026-11/",
        out="s3://acme-masked/2026-11/",
        policy={},
        tier="fast",
        state=State.DONE,
        started_at=now,
        ended_at=now,
        created_by=User.objects.get(external_id="alice"),
    )
    for number in range(3):
        name = f"tickets-{number + 1}.csv"
        known = {"source": name, "out": name, "size": _FILE_BYTES, "done_bytes": _FILE_BYTES}
        JobFile.objects.create(job=job, identity={}, state=State.DONE, **known)


def _add_integrations() -> None:
    """Write down systems as if two had called and one were still to come."""
    way, status, now = Integration.Way, Integration.Status, timezone.now()
    called = {"first_seen_at": now, "last_seen_at": now}
    rows = [
        Integration(system="shop", owner="Shop", way=way.CLIENT, status=status.LIVE, data_kinds=["PERSON"], **called),
        Integration(system="support-desk", owner="Support", way=way.NGINX, status=status.SHADOW, **called),
        Integration(system="billing", owner="Finance", way=way.GATEWAY, status=status.PLANNED),
    ]
    Integration.objects.bulk_create(rows, ignore_conflicts=True)


def _carry(flow: Flow) -> None:
    with closing(Brokers(flow)) as brokers:
        brokers.of("shop-events").write("shop-events", [Record(_event(number)) for number in range(_EVENTS)])
        for service in flow.services:
            worker = worker_of(flow, service, brokers)
            worker.drain()
            worker.close()


def _event(number: int) -> bytes:
    """Return an event; one in forty is of a kind that nobody has foreseen."""
    kind = ("order", "ticket")[number % 2] if number % 40 else "refund"
    person = {"name": "Anna Whitfield", "email": f"anna.{number}@example.com", "phone": "+1 212 555 0134"}
    return orjson.dumps({"kind": kind, "id": number, "customer": person, "total": 19.5})
