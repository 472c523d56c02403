"""Flows of a workspace, and its topics that can be read over HTTP: the only writers of their rows, and the look-up.

Running a flow registers the topics that nobody knows yet, and takes back what its file no longer gives. Who may read a
topic grows only where somebody says so: with `flow register`, or in the admin.
"""

import re

from django.db import Error as DatabaseFailed
from django.db import transaction

from privacy_service.streams.brokers.types import dead_letters_of
from privacy_service.streams.flow import Access, Flow, Topic
from privacy_service.streams.models import RegisteredFlow, RegisteredTopic
from privacy_service.streams.pipeline import names_of
from workspaces.acts import Act, note
from workspaces.models import User, Workspace
from workspaces.stamp import StampedCache

_known = StampedCache()
_NAME = re.compile(r"[a-z0-9.-]{1,100}")  # Anything else names no topic, and is not worth remembering.
# From the few who may read a topic to all members.
_WIDTH = {Access.RESTRICTED: 0, Access.DECIDED: 1, Access.OPEN: 2}


def topic_of(workspace: Workspace, name: str) -> RegisteredTopic | None:
    """Return the workspace's topic of this name, or None."""
    if not _NAME.fullmatch(name):
        return None
    return _known.get((workspace.pk, name), RegisteredTopic.objects.filter(workspace=workspace, name=name).first)


@transaction.atomic
def register_topics(flow: Flow, *, widens: bool = False) -> list[str]:
    """Register a flow, its topics and its dead letters, and say what has changed; nothing without its workspace."""
    workspace = Workspace.objects.filter(slug=flow.namespace).first()
    if workspace is None:
        return []
    services = [
        {"name": one.name, "sources": one.sources, "steps": names_of(one), "sinks": one.sinks} for one in flow.services
    ]
    described = {"version": flow.version, "services": services}
    RegisteredFlow.objects.update_or_create(workspace=workspace, name=flow.name, defaults=described)
    topics = [*flow.topics.values()]
    topics += [
        Topic(dead_letters_of(service.name), source.converter, broker=source.broker)
        for service in flow.services
        for source in [flow.topics[service.sources[0]]]
    ]
    return [change for topic in topics for change in _registered(workspace, flow, topic, widens=widens)]


def registered_where_possible(flow: Flow) -> list[str]:
    """Register the topics of a flow that is about to run, which it does without a database too."""
    try:
        return register_topics(flow)
    except DatabaseFailed:
        return ["none is registered to be read over HTTP: the database has no tables yet, or is away"]


def _registered(workspace: Workspace, flow: Flow, topic: Topic, *, widens: bool) -> list[str]:
    address = flow.brokers.get(topic.broker, "")
    known = RegisteredTopic.objects.filter(workspace=workspace, name=topic.name).first()
    if known is None:
        new = RegisteredTopic(workspace=workspace, name=topic.name, access=topic.access)
        new.address, new.flow = address, flow.name
        store_topic(new)
        return [f"{topic.name}: registered as {topic.access}"]
    before, known.flow, known.address = known.access, flow.name, address
    is_wider = _WIDTH[topic.access] > _WIDTH[Access(before)]
    if topic.access != before and (widens or not is_wider):
        known.access = topic.access
        store_topic(known)
        return [f"{topic.name}: {before} before, {topic.access} now"]
    known.save()
    kept = f"{topic.name}: stays {before}; `manage.py flow register` makes it {topic.access}, as the flow says"
    return [kept] if is_wider else []


@transaction.atomic
def store_topic(topic: RegisteredTopic, *, by: User | None = None) -> None:
    """Add or change a topic; raise ValidationError where it cannot be so."""
    done = "added" if topic._state.adding else "changed"  # noqa: SLF001 - Django's public model interface.
    topic.full_clean()
    topic.save()
    note(Act.TOPIC_CHANGED, topic.workspace, by, topic, done=done, access=topic.access)


@transaction.atomic
def remove_topic(topic: RegisteredTopic, *, by: User | None = None) -> None:
    """Let a topic be read over HTTP no more; what lies in it stays."""
    note(Act.TOPIC_CHANGED, topic.workspace, by, topic, done="removed")
    topic.delete()
