"""What every call has in common: keys, scopes, actors, bodies, ETags, repeats."""

import pytest

from privacy_service.decisions import access, limits
from privacy_service.managing.models import KeptAnswer
from privacy_service.managing.tasks import forget_answers
from tests.factories import make_key, make_member
from tests.managing.conftest import Api, person
from workspaces.keys import Scope
from workspaces.models import Membership, User, Workspace


def test_a_service_account_acts_for_the_owner_it_names(backend: Api, bob: User) -> None:
    assert backend.get("/members").status == 200
    assert Api(backend.key, actor="bob@example.com").get("/members").reason == "permission-missing"
    assert Api(backend.key, actor="nobody@example.com").get("/members").reason == "unknown-workspace"
    assert Api(backend.key).get("/members").reason == "actor-missing"


def test_a_persons_key_acts_for_nobody_else(owner: Api, bob: User) -> None:
    assert Api(owner.key, actor="bob@example.com").get("/members").reason == "actor-not-allowed"


@pytest.mark.parametrize("key", ["", "psk_unknown"])
def test_without_a_key_nothing_is_told(workspace: Workspace, key: str) -> None:
    for path in ("", "/members", "/nowhere/members", "/v1/workspaces"):
        reply = Api(key).get(path)

        assert (reply.status, reply.reason) == (401, "key-refused") or path == "/nowhere/members"


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        (Scope.READ, True, False),
        (Scope.MEMBERS, True, True),
        (Scope.POLICY, False, False),
        (Scope.MASK, False, False),
        (Scope.DECIDE, False, False),
    ],
)
def test_a_key_does_what_its_scopes_say(alice: User, scope: Scope, reads: bool, writes: bool) -> None:
    api = person(alice, scope)

    assert api.get("/members").status == (200 if reads else 403)
    reply = api.post("/members", {"user": "dave@example.com"})
    assert reply.status == (201 if writes else 403)
    assert writes or reply.reason == "scope-missing"


def test_an_administrator_of_the_installation_is_no_member(workspace: Workspace) -> None:
    root = User.objects.create_superuser("root@example.com")

    assert person(root).get("/members").reason == "unknown-workspace"
    assert person(root).get("/v1/workspaces").json["workspaces"] == []


def test_an_inactive_owner_owns_nothing(backend: Api, alice: User) -> None:
    alice.is_active = False
    alice.save()

    assert backend.get("/members").reason == "unknown-workspace"


def test_a_key_asks_no_more_often_than_on_the_hot_path(
    owner: Api, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PRIVACY_RATE_PER_SECOND = 2  # type: ignore[attr-defined]
    monkeypatch.setattr(limits, "monotonic", lambda: 100.0)  # All within the same second, however slow the machine.
    access._rate_limit.cache_clear()

    replies = [owner.get("/roles") for _ in range(3)]

    access._rate_limit.cache_clear()
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert (replies[2].reason, replies[2].headers["Retry-After"]) == ("rate-exceeded", "1")


def test_no_answer_may_be_kept_by_anybody(owner: Api) -> None:
    for reply in (owner.get("/members"), owner.post("/members", {}), owner("PUT", "/members")):
        assert reply.headers["Cache-Control"] == "private, no-store"
        assert "Authorization" in reply.headers["Vary"]
        assert len(reply.headers["PII-Request-Id"]) == 32


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (b"{", {}, 400, "invalid-body"),
        (b"[]", {}, 400, "invalid-body"),
        (b"null", {}, 400, "invalid-body"),
        (b'{"user": "\\ud800"}', {}, 400, "invalid-body"),
        (b'{"user": NaN}', {}, 400, "invalid-body"),
        (b"\xff", {}, 400, "invalid-body"),
        (b'{"a":' * 5000, {}, 400, "invalid-body"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, {}, 422, "body-too-deep"),
        (b'{"user":' + b"[" * 900 + b"]" * 900 + b"}", {"Idempotency-Key": "deep"}, 422, "body-too-deep"),
        (b'{"a":' * 99 + b"1" + b"}" * 99, {"Idempotency-Key": "deep"}, 422, "invalid-fields"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        (b"user=a", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type"),
        (b"{}", {"Content-Type": "application/json; charset=utf-16"}, 415, "unsupported-media-type"),
        (b"{}", {"Content-Encoding": "gzip"}, 415, "unsupported-media-type"),
        (b'{"user": "' + b"a" * 1024 * 1024 + b'"}', {}, 413, "body-too-large"),
        (b"{}", {"X-HTTP-Method-Override": "DELETE"}, 422, "invalid-fields"),
        (b"", {}, 422, "invalid-fields"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_cannot_be_taken_is_refused(
    owner: Api, body: bytes, headers: dict[str, str], status: int, reason: str
) -> None:
    reply = owner("POST", "/members", body, **headers)

    assert (reply.status, reply.reason) == (status, reason)
    assert Membership.objects.count() == 1


def test_a_field_that_nothing_is_known_of_is_refused_by_name(owner: Api) -> None:
    body = {"user": "dave@example.com", "kind": "member", "is_superuser": True, "id": "1", "workspace": "other"}

    reply = owner.post("/members", body)

    assert sorted(reply.json["errors"]) == ["id", "is_superuser", "workspace"]
    assert reply.json["errors"]["id"] == ["There is no such field here; allowed: user, kind."]
    assert not User.objects.filter(email="dave@example.com").exists()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("?knd=owner", "knd"),
        ("?kind=king", "kind"),
        ("?count=0", "count"),
        ("?count=1001", "count"),
        ("?count=many", "count"),
        ("?ordering=user__password", "ordering"),
        ("?kind=owner&kind=member", "kind"),
        ("?user=%00", "user"),
        ("?pagination=7", "pagination"),
    ],
)
def test_a_query_that_cannot_be_is_refused_by_name(owner: Api, query: str, name: str) -> None:
    reply = owner.get(f"/members{query}")

    assert (reply.status, list(reply.json["errors"])) == (422, [name])


def test_a_method_that_is_not_there_says_which_are(owner: Api) -> None:
    reply = owner("PUT", "/members", {})

    assert (reply.status, reply.reason) == (405, "method-not-allowed")
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_a_change_needs_to_name_what_was_read(owner: Api, bob: User) -> None:
    path = f"/members/{Membership.objects.get(user=bob).pk}"

    assert owner("PATCH", path, {"kind": "owner"}).status == 428
    assert owner("PATCH", path, {"kind": "owner"}, If_Match='"old"').reason == "stale"
    assert owner("PATCH", path, {"kind": "owner"}, If_Match="unquoted").reason == "bad-request"
    assert owner("DELETE", path, If_Match='"old"').reason == "stale"
    assert Membership.objects.get(user=bob).kind == "member"


def test_of_two_who_read_the_same_the_second_is_told(owner: Api, bob: User) -> None:
    path = f"/members/{Membership.objects.get(user=bob).pk}"
    seen = owner.get(path).headers["ETag"]

    first = owner("PATCH", path, {"kind": "owner"}, If_Match=seen)
    second = owner("PATCH", path, {"kind": "member"}, If_Match=f'"x", {seen}')

    assert (first.status, second.status, second.reason) == (200, 412, "stale")
    assert owner("PATCH", path, {"kind": "member"}, If_Match=first.headers["ETag"]).status == 200
    assert owner("PATCH", path, {"kind": "member"}, If_Match=f"W/{seen}").reason == "stale"


def test_a_repeated_post_is_carried_out_once(owner: Api) -> None:
    first = owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="abc")
    again = owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="abc")

    assert (again.status, again.json) == (201, first.json)
    assert [again.headers[name] for name in ("ETag", "Location")] == [first.headers[n] for n in ("ETag", "Location")]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Membership.objects.filter(user__email="dave@example.com").count() == 1


def test_the_same_key_with_another_body_is_refused(owner: Api) -> None:
    owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="abc")

    reply = owner.post("/members", {"user": "erin@example.com"}, Idempotency_Key="abc")

    assert (reply.status, reply.reason) == (422, "idempotency-key-reused")
    assert not User.objects.filter(email="erin@example.com").exists()


def test_a_refused_request_may_be_mended_and_sent_again(owner: Api) -> None:
    assert owner.post("/members", {"user": "no name"}, Idempotency_Key="abc").status == 422
    assert owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="abc").status == 201


def test_an_idempotency_key_is_its_senders_and_its_paths(owner: Api, backend: Api) -> None:
    make_member(Workspace.objects.get(), "olga", kind=Membership.Kind.OWNER)
    olga = Api(backend.key, actor="olga@example.com")

    made = [api.post("/service-accounts", {"name": "one"}, Idempotency_Key="k") for api in (owner, backend, olga)]

    # Alice by her own key, alice through a backend, olga through it: three senders; the last two meet the first's name.
    assert [reply.status for reply in made] == [201, 409, 409]
    assert owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="k").status == 201


def test_whoever_has_lost_the_right_gets_no_kept_answer(owner: Api, alice: User) -> None:
    make_member(Workspace.objects.get(), "olga", kind=Membership.Kind.OWNER)
    owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="abc")
    owner.change(f"/members/{Membership.objects.get(user=alice).pk}", {"kind": "member"})

    assert owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="abc").reason == "permission-missing"


@pytest.mark.parametrize("key", [" ", "x" * 201, "two words", "ü"])
def test_an_idempotency_key_is_a_plain_word(owner: Api, key: str) -> None:
    reply = owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key=key)

    assert reply.status in {400, 201}
    assert reply.status == 400 or not key.strip()


def test_an_answer_is_kept_for_a_day_and_no_longer(owner: Api) -> None:
    owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="abc")
    KeptAnswer.objects.update(created_at="2026-01-01T00:00:00Z")

    assert owner.post("/members", {"user": "dave@example.com"}, Idempotency_Key="abc").reason == "conflict"
    forget_answers()
    assert not KeptAnswer.objects.exists()


def test_an_unbound_account_reaches_each_workspace_of_its_actor_and_no_other(other: Workspace, alice: User) -> None:
    api = Api(make_key(None, name="everywhere"), actor="alice@example.com")

    assert [one["slug"] for one in api.get("/v1/workspaces").json["workspaces"]] == ["acme"]
    assert api.get("/members").status == 200
    assert api.within("other").get("/members").reason == "unknown-workspace"


def test_the_list_of_workspaces_is_the_actors_as_far_as_the_key_reaches(backend: Api, alice: User) -> None:
    second = Workspace.objects.create(slug="second", name="Second")
    Membership.objects.create(workspace=second, user=alice)

    assert [one["slug"] for one in backend.get("/v1/workspaces").json["workspaces"]] == ["acme"]
    assert [one["slug"] for one in person(alice).get("/v1/workspaces").json["workspaces"]] == ["acme", "second"]
    assert [w["slug"] for w in person(alice).get("/v1/workspaces?kind=owner").json["workspaces"]] == ["acme"]


def test_a_workspace_shows_what_the_actor_may_do(owner: Api, carol: User) -> None:
    assert person(carol).get("").json | {"id": "", "created_at": ""} == {
        "id": "",
        "slug": "acme",
        "name": "Acme",
        "break_glass": "approval",
        "break_glass_minutes": 60,
        "demands_second_factor": False,
        "created_at": "",
        "kind": "member",
        "permissions": ["view_pii"],
    }
    assert owner.get("").json["kind"] == "owner"


def test_an_owner_renames_a_workspace_and_a_member_does_not(owner: Api, bob: User) -> None:
    assert owner.change("", {"name": "Acme Ltd"}).json["name"] == "Acme Ltd"
    assert owner.change("", {"slug": "acme-ltd"}).reason == "invalid-fields"
    assert person(bob)("PATCH", "", {"name": "Bob's"}, If_Match="*").reason == "permission-missing"


def test_the_roles_are_told_with_what_they_allow(owner: Api) -> None:
    roles = {role["id"]: role for role in owner.get("/roles").json["roles"]}

    assert roles["pii_viewer"]["permissions"] == ["view_pii"]
    assert not roles["owner"]["grantable"]
