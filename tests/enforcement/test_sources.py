"""The source that a request names: it narrows which grants count, and a name that is none is refused."""

import pytest

from tests.asking import Ask
from tests.factories import make_policy, make_source, make_workspace
from workspaces.grants import add_grant
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role
from workspaces.terms import Terms

BODY = b'{"ssn":"123-45-6789"}'
MASKED = b'{"ssn":"***-**-****"}'


@pytest.fixture(autouse=True)
def _web_reader(released_workspace: Workspace, bob: User) -> None:
    """Let bob see everything of the source web and nothing else."""
    make_policy(released_workspace, {"US_SSN": "shape"})
    web = make_source(released_workspace, "web")
    make_source(released_workspace, "billing")
    make_source(make_workspace("other"), "theirs")
    add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, Terms(sources=(web,)))


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"PII_Source": "web"}, BODY),
        ({"Source": "web"}, BODY),
        ({"Source": "web", "PII_Source": "web"}, BODY),
        ({"PII_Source": "billing"}, MASKED),
        ({"PII_Source": " "}, MASKED),
        ({}, MASKED),
    ],
)
def test_the_named_source_decides_which_grants_count(ask: Ask, headers: dict[str, str], seen: bytes) -> None:
    assert ask("mask", BODY, **headers).body == seen


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({"PII_Source": "wbe"}, 404, "unknown-source"),
        ({"PII_Source": "theirs"}, 404, "unknown-source"),
        ({"PII_Source": "web,web"}, 404, "unknown-source"),
        ({"PII_Source": "x" * 500}, 404, "unknown-source"),
        ({"PII_Source": "WEB"}, 404, "unknown-source"),
        ({"Source": "billing", "PII_Source": "web"}, 400, "source-unclear"),
        ({"PII_Source": "we\x01b"}, 400, "source-unclear"),
    ],
)
def test_a_source_that_is_none_is_refused_and_nothing_is_shown(
    ask: Ask, headers: dict[str, str], status: int, reason: str
) -> None:
    reply = ask("mask", BODY, **headers)

    assert (reply.status, reply.reason) == (status, reason)
    assert b"123-45" not in reply.body


def test_a_decision_is_asked_for_a_source_in_the_query_or_a_header(ask: Ask) -> None:
    replies = [
        ask("decision?source=web", method="GET"),
        ask("decision?source=billing", method="GET"),
        ask("decision", method="GET", PII_Source="web"),
        ask("decision?source=web&source=billing", method="GET"),
    ]

    assert [reply.json.get("reason") for reply in replies] == [
        "role-grants-pii",
        "role-lacks-pii",
        "role-grants-pii",
        "source-unclear",
    ]


def test_no_cache_between_may_confuse_sources(ask: Ask) -> None:
    vary = ask("mask", BODY, PII_Source="web").headers["Vary"]

    assert {"Source", "PII-Source"} <= set(vary.split(", "))
