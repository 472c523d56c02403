"""An owner manages a workspace by API alone, from nothing to a member with a partial grant who reads masked data."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from privacy_service.rollout import release
from tests.stories.conftest import ROOT, Service
from workspaces.grants import add_member
from workspaces.keys import Scope, issue_key
from workspaces.models import Membership, User, Workspace

SECTION = "### An owner's day"
RECORD = b'{"name":"Jo Doe","email":"jo@example.org","ssn":"123-45-6789"}'


@pytest.fixture
def key(service: Service) -> str:
    """Return the key of alice, who owns a workspace with nothing in it."""
    del service
    workspace = Workspace.objects.create(slug="acme", name="Acme")
    alice = User.objects.create_user("alice@example.com", name="Alice")
    add_member(workspace, alice, kind=Membership.Kind.OWNER)
    release.dial(Decimal(0))
    release.override(workspace, setting=True)
    return issue_key(alice, scopes=Scope)[1]


class Owner:
    """Alice, at the service."""

    def __init__(self, service: Service, key: str) -> None:
        self.service = service
        self.key = key

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask, and return the answer."""
        sent = {"Authorization": f"Bearer {self.key}", **{name.replace("_", "-"): v for name, v in headers.items()}}
        reply = self.service.client.request(method, f"/v1/workspaces/acme{path}", json=body, headers=sent)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None


def test_an_owner_manages_a_workspace_by_api_alone(service: Service, key: str) -> None:
    owner = Owner(service, key)
    source = owner("POST", "/sources", {"slug": "crm", "labels": {"env": "production"}})
    agent = owner("POST", "/members", {"user": "agent@example.com"}, Idempotency_Key="agent")
    group = owner("POST", "/groups", {"name": "Support"})
    owner("POST", f"/groups/{group['id']}/members", {"member": agent["id"]})
    policy = {"rules": {"extends": "balanced", "operators": {"US_SSN": "shape", "PERSON": "keep"}}}
    owner("PUT", "/policy", policy, If_Match='"policy-0"')
    account = owner("POST", "/service-accounts", {"name": "crm"})
    backend = owner("POST", f"/service-accounts/{account['id']}/keys", {"scopes": ["mask"]})["key"]

    before = service.mask(RECORD, actor="agent@example.com", key=backend)
    grant = owner("POST", "/grants", {"group": group["id"], "role": "pii_viewer", "entities": ["EMAIL_ADDRESS"]})
    part = _until_changed(service, backend, before.content)
    owner("DELETE", f"/grants/{grant['id']}")
    after = _until_changed(service, backend, part)

    assert before.content == after == b'{"name":"Jo Doe","email":"<EMAIL_ADDRESS>","ssn":"***-**-****"}'
    assert part == b'{"name":"Jo Doe","email":"jo@example.org","ssn":"***-**-****"}'
    assert owner("GET", "/sources")["sources"] == [source]
    owner("DELETE", f"/members/{agent['id']}")
    assert [member["user"]["name"] for member in owner("GET", "/members")["members"]] == ["Alice"]


def test_what_is_sent_eight_times_at_once_is_done_once(service: Service, key: str) -> None:
    owner = Owner(service, key)
    path = f"/service-accounts/{owner('POST', '/service-accounts', {'name': 'crm'})['id']}/keys"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: owner("POST", path, {}, Idempotency_Key="once"), range(8)))

    assert answers == [answers[0]] * 8
    assert answers[0]["key"].startswith("psk_")
    assert len(owner("GET", path)["keys"]) == 1


def test_of_two_owners_who_remove_each_other_one_remains(service: Service, key: str) -> None:
    owner = Owner(service, key)
    olga = owner("POST", "/members", {"user": "olga@example.com", "kind": "owner"})
    alice = owner("GET", "/members?search=alice")["members"][0]
    hers = Owner(service, issue_key(User.objects.get(email="olga@example.com"), scopes=Scope)[1])
    headers = [{"Authorization": f"Bearer {one.key}"} for one in (owner, hers)]

    with ThreadPoolExecutor(2) as pool:
        paths = [f"/v1/workspaces/acme/members/{member['id']}" for member in (olga, alice)]
        replies = list(pool.map(lambda path, sent: service.client.delete(path, headers=sent), paths, headers))

    assert min(reply.status_code for reply in replies) == 204
    assert Membership.objects.filter(kind=Membership.Kind.OWNER).count() == 1


def _until_changed(service: Service, key: str, known: bytes) -> bytes:
    """Ask until the answer is another than the known one, in both processes."""
    for _ in range(200):
        answers = {service.mask(RECORD, actor="agent@example.com", key=key).content for _ in range(10)}
        if known not in answers:
            [answer] = answers
            return answer
    pytest.fail("the change did not arrive")


def steps() -> list[tuple[str, Any]]:
    """Return every command of the section in docs/api.md with the answer shown below it."""
    section = (ROOT / "docs" / "api.md").read_text().partition(SECTION)[2].partition("\n## ")[0]
    commands = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    answers = re.findall(r"^```json\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return list(zip(commands, map(json.loads, answers), strict=True))


def test_every_command_of_the_docs_answers_as_shown(service: Service, key: str) -> None:
    known = {"URL": f"http://127.0.0.1:{service.port}", "KEY": key}
    names = {"/members": "MEMBER", "/service-accounts": "ACCOUNT"}

    for command, shown in steps():
        as_typed = ["bash", "-c", command]
        said = subprocess.run(as_typed, env={**os.environ, **known}, check=True, capture_output=True, text=True)
        answer = json.loads(said.stdout)
        assert looks_like(answer, shown), (command, answer)
        path = re.search(r"/acme(/\S+)", command)
        if path and path[1] in names:
            known[names[path[1]]] = answer["id"]


def looks_like(answer: Any, shown: Any) -> bool:
    """Compare, where … stands for anything."""
    if shown in ("…", ["…"]):
        return True
    if isinstance(shown, dict) and isinstance(answer, dict):
        return shown.keys() == answer.keys() and all(looks_like(answer[name], shown[name]) for name in shown)
    if isinstance(shown, list) and isinstance(answer, list):
        return len(shown) == len(answer) and all(map(looks_like, answer, shown))
    return bool(answer == shown)
