"""What is refused is refused alike, with the same work: whether a key or a workspace exists is told by nothing."""

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import classifier
from privacy_service.decisions.engine import decide_for_nobody
from privacy_service.decisions.types import AccessRequest
from privacy_service.enforcement.enforce import Payload, enforce
from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from tests.asking import Reply, through_hot_path
from tests.factories import make_key, make_policy, make_workspace
from workspaces.authentication import Stranger
from workspaces.keys import Scope, issue_key, revoke_key
from workspaces.models import User, Workspace
from workspaces.stamp import stamp

ROOT = Path(__file__).resolve().parents[2]
SECRETIVE = re.compile(
    "digest|signature|seal|secret|token|hash|password|passphrase|fingerprint|signed|sha256", re.IGNORECASE
)
_EQUALS = re.compile("==|!=")
# What is compared by == though its name sounds like a secret; everything else goes through hmac.compare_digest.
PLAINLY_COMPARED = {
    "token != other": "two headers of one caller, who sent both",
    "hash_of(record.previous_hash.encode(), line).decode() == record.hash": "both are stored; no secret opens them",
    "(after.previous_hash if after else end.last_hash if end else '') == record.hash": "as above",
    "previous != chain.last_hash": "as above",
    "before.hash == record.previous_hash": "as above",
    "record.previous_hash != previous": "as above",
    "set(said) == {'token'}": "the name of a member",
    "stamp.current() == visit.token": "the access stamp, which nobody sends",
    "kept.token != stamp.current()": "as above",
    "token.count('.') == 2": "how many parts it has",
    "name != 'alert_secret'": "the name of a field",
    "name != 'secrets'": "as above",
    "name != 'csrfmiddlewaretoken'": "as above",
    "self.fingerprint != other.fingerprint": "of a policy, in manifests",
    "here == (self._out.url.set(password=None), to.schema, to.name)": "an address without its password",
    "row.kind != Kind.SECRET": "a kind of row",
    "row.kind == kinds.SECRET": "as above",
    "row.kind == ActorTokenKey.Kind.DOCUMENT": "as above",
    "row.kind != ActorTokenKey.Kind.SECRET": "as above",
    "wanted != 'secret'": "a kind that a form names",
    "settings['SECRET_KEY'] == settings['PRIVACY_TOKEN_KEY']": "a check at the start, of the operator's own words",
    "token != self._token": "which worker of a flow holds a lease",
    "digest_of(archive) != row.sha256": "a checksum of a package that is stored beside it",
    "sha256(written).hexdigest() == hashed": "a checksum that the asker sent together with the document",
    "kind == b'hash'": "a type of Redis",
    "kind == 'hash'": "as above",
    "_hashed(one) == hashed": "what a signed link holds, after its signature was verified",
    "len(digests) == 1": "how many there are",
    "{bytes(row.digest) for row in request.digests.all() if not row.found} == digests": "digests of our own",
}


def compared() -> set[str]:
    """Return every comparison by == or != in the service's code of something that sounds secret."""
    files = [*(ROOT / "privacy_service").rglob("*.py"), *(ROOT / "workspaces").rglob("*.py")]
    texts = [file.read_text() for file in files if "migrations" not in file.parts]
    # Reading every file as code takes seconds; whoever breaks such a comparison over two lines is found in review.
    suspect = [
        text for text in texts if any(SECRETIVE.search(line) for line in text.splitlines() if _EQUALS.search(line))
    ]
    nodes = [node for text in suspect for node in ast.walk(ast.parse(text))]
    plain = [node for node in nodes if isinstance(node, ast.Compare) and any(map(_is_plain, node.ops))]
    return {text for node in plain if SECRETIVE.search(text := ast.unparse(node))}


def _is_plain(operation: ast.cmpop) -> bool:
    return isinstance(operation, ast.Eq | ast.NotEq)


def test_no_secret_is_compared_letter_by_letter() -> None:
    """Compare with hmac.compare_digest, or say in PLAINLY_COMPARED why nobody can measure anything."""
    assert compared() - set(PLAINLY_COMPARED) == set()


def ask(key: str, slug: str, call: str = "classify") -> Reply:
    return through_hot_path(
        "POST", f"/v1/workspaces/{slug}/{call}", b'{"n":1}', {"X-Api-Key": key, "Content-Type": "application/json"}
    )


def work_of(key: str, slug: str) -> tuple[int, dict[str, Any], int]:
    """Return how a call is refused, and how many questions it asked the database with nothing remembered."""
    stamp.renew()
    with CaptureQueriesContext(connection) as asked:
        reply = ask(key, slug)
    return reply.status, reply.json | {"request_id": ""}, len(asked)


def test_a_key_that_opens_nothing_is_refused_alike_whatever_it_is(workspace: Workspace, alice: User) -> None:
    ended = issue_key(alice, scopes=tuple(Scope), expires_at=timezone.now() - timedelta(days=1))[1]
    row, taken_back = issue_key(alice, scopes=tuple(Scope))
    revoke_key(row)
    keys = ("psk_forged", "x" * 5000, ended, taken_back)

    told = [work_of(key, slug) for key in keys for slug in ("acme", "nowhere")]

    assert {status for status, _, _ in told} == {401}
    assert told == [told[0]] * len(told)


@pytest.mark.parametrize("whose", ["a service's, bound to acme", "a person's own"])
def test_another_workspace_takes_as_much_work_to_refuse_as_none(workspace: Workspace, alice: User, whose: str) -> None:
    make_workspace("other")
    key = make_key(workspace) if "service" in whose else issue_key(alice, scopes=tuple(Scope))[1]

    there, nowhere = work_of(key, "other"), work_of(key, "nowhere")

    assert there == nowhere
    assert there[0] == 404


@pytest.mark.parametrize("operator", ["token", "synthetic", "hash", "encrypt"])
def test_two_workspaces_write_the_same_value_differently(released_workspace: Workspace, operator: str) -> None:
    value, written = b'{"email":"dora@example.com"}', []
    for slug in ("acme", "other"):
        ours = released_workspace if slug == "acme" else make_workspace("other")
        make_policy(ours, {"EMAIL_ADDRESS": operator}, version=1)
        decision = decide_for_nobody(AccessRequest(Stranger("nobody"), ours))
        written.append(enforce(decision, Payload(classifier.PayloadKind.JSON, value)).body)

    assert written[0] != written[1]
    assert not any(b"dora" in one for one in written)


def test_two_workspaces_keep_different_digests_of_one_person() -> None:
    dora = Identifier(Kind.EMAIL, "dora@example.com")

    assert digester_of(uuid4()).digest(dora) != digester_of(uuid4()).digest(dora)
