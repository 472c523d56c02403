"""The masking API: what each reader gets, and what each mistake is answered."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from pytest_django import DjangoAssertNumQueries, Settings

import classifier
from privacy_service.decisions import access, audit
from privacy_service.decisions.models import DECISION, AuditRecord, Policy
from privacy_service.enforcement.endpoints import mask
from privacy_service.http import Call
from privacy_service.rollout.models import Flag
from tests.asking import Ask, through_hot_path
from tests.factories import make_key, make_policy, make_workspace
from workspaces.grants import grant
from workspaces.keys import Scope, issue_key, revoke_key
from workspaces.models import ApiKey, Membership, User, Workspace
from workspaces.roles import Role
from workspaces.stamp import stamp

ALICE = b'{"name":"alice","ssn":"123-45-6789"}'
BOB = b'{ "name": "bob",\n  "ssn": "987-65-4321" }'
CANARY = b'{"email": "canary.value@example.com", "note": "canary 123-45-6789"}'


@pytest.fixture
def shaped(released_workspace: Workspace) -> Workspace:
    """Return acme with numbers that keep their shape and names that stay."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    return released_workspace


def test_a_member_without_the_role_gets_masked_numbers_and_all_else_as_it_was(
    ask: Ask, shaped: Workspace, bob: User
) -> None:
    replies = [ask("mask", ALICE), ask("mask", BOB)]

    assert [reply.body for reply in replies] == [
        b'{"name":"alice","ssn":"***-**-****"}',
        b'{ "name": "bob",\n  "ssn": "***-**-****" }',
    ]
    headers = {name: value for name, value in replies[0].headers.items() if name.startswith(("PII", "Ca", "Content-T"))}
    assert len(headers.pop("PII-Request-Id")) == 32
    assert headers == {
        "Content-Type": "application/json",
        "PII-Decision": "mask",
        "PII-Reason": "role-lacks-pii",
        "PII-Entities": "US_SSN=1",
        "PII-Policy": "1",
        "Cache-Control": "private, no-store",
    }


def test_a_reader_with_the_role_gets_every_byte(ask: Ask, shaped: Workspace, carol: User) -> None:
    odd = b' {"a":1.0e5 ,"a":"\\u0040",  "ssn":"123-45-6789"}\r\n'

    reply = ask("mask", odd, actor="carol@example.com")

    assert reply.body == odd
    assert (reply.headers["PII-Decision"], reply.headers["PII-Reason"]) == ("pass", "role-grants-pii")
    assert reply.headers["PII-Entities"] == ""


def test_a_stranger_gets_nothing_but_the_reason(ask: Ask, shaped: Workspace, mallory: User) -> None:
    reply = ask("mask", CANARY, actor="mallory@example.com")

    assert (reply.status, reply.reason) == (403, "not-a-member")
    assert b"canary" not in reply.body


@pytest.mark.parametrize("actor", ["alice@example.com", "bob@example.com", "mallory@example.com", "who"])
def test_before_the_release_everybody_gets_every_byte(ask: Ask, workspace: Workspace, bob: User, actor: str) -> None:
    reply = ask("mask", BOB, actor=actor)

    assert (reply.body, reply.headers["PII-Reason"]) == (BOB, "not-released")


def test_a_body_that_is_not_json_passes_while_nothing_is_released(ask: Ask, workspace: Workspace, bob: User) -> None:
    assert ask("mask", b"{broken").body == b"{broken"


@pytest.mark.parametrize(
    ("content_type", "body", "masked"),
    [
        ("application/json; charset=utf-8", b'{"ssn":"123-45-6789"}', b'{"ssn":"***-**-****"}'),
        ("application/x-ndjson", ALICE + b"\n" + ALICE + b"\n", b'{"name":"alice","ssn":"***-**-****"}\n' * 2),
        ("text/plain", b"His number is 123-45-6789.", b"His number is ***-**-****."),
        ("text/csv", b"name,ssn\r\nalice,123-45-6789\r\n", b"name,ssn\r\nalice,***-**-****\r\n"),
        ("application/x-www-form-urlencoded", b"a=1&ssn=123-45-6789", b"a=1&ssn=***-**-****"),
    ],
)
def test_each_kind_of_body_comes_back_as_its_own_kind(
    ask: Ask, shaped: Workspace, bob: User, content_type: str, body: bytes, masked: bytes
) -> None:
    reply = ask("mask", body, content_type=content_type)

    form = reply.body.replace(b"%2A", b"*")  # A form may spell the star either way.
    assert (reply.status, reply.headers["Content-Type"], form) == (200, content_type, masked)


def test_a_partial_grant_shows_a_part(ask: Ask, shaped: Workspace, bob: User) -> None:
    grant(Membership.objects.get(user=bob), Role.PII_VIEWER, entities=["EMAIL_ADDRESS"])

    reply = ask("mask", b'{"email":"a@example.com","ssn":"123-45-6789"}')

    assert reply.body == b'{"email":"a@example.com","ssn":"***-**-****"}'
    assert reply.headers["PII-Reason"] == "grant-covers-part"


@pytest.mark.parametrize(
    ("endpoint", "sent", "status", "reason"),
    [
        ("mask", {"body": b'{"a":1,\n "b" 2}'}, 400, "invalid-body"),
        ("mask", {"body": b""}, 400, "invalid-body"),
        ("mask", {"body": b'{"a":"\xff"}'}, 400, "invalid-body"),
        ("mask", {"body": b"\xff", "content_type": "text/plain"}, 400, "invalid-body"),
        ("mask", {"body": b"[" * 500 + b"]" * 500}, 422, "body-too-deep"),
        ("mask", {"body": ALICE, "content_type": "application/pdf"}, 415, "unsupported-media-type"),
        ("mask", {"body": ALICE, "content_type": ""}, 415, "unsupported-media-type"),
        ("mask", {"body": ALICE, "content_type": "text/plain; charset=latin-1"}, 415, "unsupported-media-type"),
        ("mask", {"body": ALICE, "Content_Encoding": "gzip"}, 415, "unsupported-media-type"),
        ("mask", {"body": ALICE, "content_type": 'text/plain; charset ="utf-16"'}, 415, "unsupported-media-type"),
        ("mask", {"body": ALICE, "content_type": "text/plain; charset*=utf-8''utf-16"}, 415, "unsupported-media-type"),
        ("mask", {"body": "123-45-6789".encode("utf-16-le"), "content_type": "text/plain"}, 400, "invalid-body"),
        ("mask", {"body": "a,b\n1,2".encode("utf-16-be"), "content_type": "text/csv"}, 400, "invalid-body"),
        ("classify", {"body": "123-45-6789".encode("utf-16-le"), "content_type": "text/plain"}, 400, "invalid-body"),
        ("mask", {"body": ALICE, "Actor": "carol@example.com"}, 400, "actor-unclear"),
        ("mask", {"body": ALICE, "actor": "bob\x00@example.com"}, 400, "actor-unclear"),
        ("decision?actor=carol%40example.com", {"method": "GET"}, 400, "actor-unclear"),
        ("mask", {"body": ALICE, "actor": ""}, 400, "actor-missing"),
        ("mask", {"body": ALICE, "actor": "  "}, 400, "actor-missing"),
        ("mask", {"body": ALICE, "workspace": "nowhere"}, 404, "unknown-workspace"),
        ("mask", {"body": ALICE, "Authorization": ""}, 401, "key-refused"),
        ("mask", {"body": ALICE, "Authorization": "Bearer psk_wrong"}, 401, "key-refused"),
        ("mask", {"body": ALICE, "Authorization": "Basic YTpi"}, 401, "key-refused"),
        ("mask", {"method": "GET"}, 405, "method-not-allowed"),
        ("mask", {"method": "PUT", "body": ALICE}, 405, "method-not-allowed"),
        ("classify", {"body": b"{"}, 400, "invalid-body"),
        ("classify", {"method": "GET"}, 405, "method-not-allowed"),
        ("decision", {"method": "POST"}, 405, "method-not-allowed"),
        ("decision", {"method": "GET", "actor": ""}, 400, "actor-missing"),
    ],
)
def test_each_mistake_has_an_answer_of_its_own(
    ask: Ask, shaped: Workspace, bob: User, endpoint: str, sent: dict[str, str], status: int, reason: str
) -> None:
    reply = ask(endpoint, **sent)

    assert (reply.status, reply.reason) == (status, reason)
    assert reply.json["detail"]
    assert reply.headers["Cache-Control"] == "private, no-store"


def test_broken_json_is_answered_with_its_line_and_column(ask: Ask, shaped: Workspace, bob: User) -> None:
    reply = ask("mask", b'{"a":1,\n "b" 2}')

    assert (reply.json["line"], reply.json["column"]) == (2, 6)


def test_a_body_over_the_limit_is_refused(ask: Ask, shaped: Workspace, bob: User, settings: Settings) -> None:
    settings.PRIVACY_BODY_LIMIT_BYTES = len(ALICE) - 1

    reply = ask("mask", ALICE)

    assert (reply.status, reply.reason) == (413, "body-too-large")


def test_a_key_of_another_workspace_cannot_tell_this_one_from_none(ask: Ask, shaped: Workspace, bob: User) -> None:
    foreign = make_key(make_workspace("other"), name="other-backend")

    replies = [ask("mask", ALICE, Authorization=f"Bearer {foreign}", workspace=slug) for slug in ("acme", "nowhere")]

    assert [(reply.status, reply.reason) for reply in replies] == [(404, "unknown-workspace")] * 2
    assert replies[0].json["detail"] == replies[1].json["detail"]


@pytest.mark.parametrize(("endpoint", "method"), [("mask", "POST"), ("classify", "POST"), ("decision", "GET")])
def test_a_key_without_the_scope_is_refused(ask: Ask, shaped: Workspace, endpoint: str, method: str) -> None:
    narrow = make_key(shaped, name="narrow", scopes=())

    reply = ask(endpoint, ALICE, method=method, Authorization=f"Bearer {narrow}")

    assert (reply.status, reply.reason) == (403, "scope-missing")


def test_the_key_may_come_as_x_api_key(ask: Ask, shaped: Workspace, bob: User, key: str) -> None:
    assert ask("mask", ALICE, Authorization="", X_Api_Key=key).status == 200


def test_a_persons_own_key_reads_for_that_person(ask: Ask, shaped: Workspace, bob: User, carol: User) -> None:
    bearer = f"Bearer {issue_key(bob, scopes=[Scope.MASK])[1]}"

    own = ask("mask", ALICE, Authorization=bearer, actor="")
    as_self = ask("mask", ALICE, Authorization=bearer, actor="bob@example.com")
    as_carol = ask("mask", ALICE, Authorization=bearer, actor="carol@example.com")

    assert own.body == as_self.body == b'{"name":"alice","ssn":"***-**-****"}'
    assert (as_carol.status, as_carol.reason) == (403, "actor-not-allowed")


def test_the_reader_may_be_named_in_actor_which_has_no_twin(ask: Ask, shaped: Workspace, bob: User) -> None:
    alone = ask("mask", ALICE, actor="", Actor="bob@example.com")
    twice = ask("mask", ALICE, Actor="bob@example.com")

    assert alone.body == twice.body == b'{"name":"alice","ssn":"***-**-****"}'


def test_a_percent_sign_in_a_name_does_not_make_it_another_name(ask: Ask, shaped: Workspace, carol: User) -> None:
    reply = ask("mask", ALICE, actor="%63arol%40example.com")

    assert (reply.status, reply.reason) == (403, "not-a-member")


def test_the_answer_carries_no_content_type_of_the_callers_making(ask: Ask, shaped: Workspace, bob: User) -> None:
    reply = ask("mask", b"hello", content_type="text/plain; a=b, text/html; charset=UTF-8")

    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_body_that_ends_early_is_refused(shaped: Workspace, bob: User, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "X-Actor": "bob@example.com", "Content-Type": "text/plain"}

    cut = through_hot_path("POST", "/v1/workspaces/acme/mask", b"my ssn 123-45-67", headers, length="100")
    endless = through_hot_path("POST", "/v1/workspaces/acme/mask", b"my ssn 123-45-67", headers, length="")

    assert (cut.status, cut.reason) == (400, "invalid-body")
    assert (endless.status, endless.reason) == (411, "length-required")


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_revoked_while_its_body_arrives_opens_nothing(shaped: Workspace, bob: User, key: str) -> None:
    def revoke_and_read() -> bytes:
        revoke_key(ApiKey.objects.get())
        return ALICE

    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/json",
        "HTTP_X_API_KEY": key,
        "HTTP_X_ACTOR": "bob@example.com",
    }

    answer = mask(Call(environ, "acme", revoke_and_read, "0" * 32))

    assert answer.status == 401


def test_a_bound_key_asks_the_database_nothing_about_other_workspaces(
    ask: Ask, shaped: Workspace, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_workspace("other")

    for slug in ("other", "nowhere"):
        with django_assert_num_queries(1):  # The key itself.
            assert ask("mask", ALICE, workspace=slug).status == 404


def test_an_actor_outside_ascii_is_named_percent_encoded(ask: Ask, shaped: Workspace, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(external_id="jürgen")

    assert ask("mask", ALICE, actor="j%C3%BCrgen").headers["PII-Reason"] == "role-lacks-pii"


@pytest.fixture
def one_a_second(settings: Settings) -> Iterator[None]:
    """Let a key ask once a second."""
    settings.PRIVACY_RATE_PER_SECOND = 1
    access._rate_limit.cache_clear()
    yield
    access._rate_limit.cache_clear()


def test_a_key_that_asks_too_often_is_told_when_to_come_back(
    ask: Ask, shaped: Workspace, bob: User, one_a_second: None
) -> None:
    replies = [ask("mask", ALICE), ask("mask", ALICE)]

    assert [reply.status for reply in replies] == [200, 429]
    assert (replies[1].reason, replies[1].headers["Retry-After"]) == ("rate-exceeded", "1")


def test_classify_tells_what_and_where_but_no_value(ask: Ask, shaped: Workspace, bob: User) -> None:
    reply = ask("classify", b'{"user":{"email":"canary@example.com"},"note":"call 123-45-6789"}', actor="")

    found = {(finding["pointer"], finding["entity"]) for finding in reply.json["findings"]}
    assert found == {("/user/email", "EMAIL_ADDRESS"), ("/note", "US_SSN")}
    assert reply.json["entities"] == {"EMAIL_ADDRESS": 1, "US_SSN": 1}
    assert b"canary" not in reply.body
    assert b"123-45" not in reply.body


def test_classify_finds_what_the_workspaces_own_rules_name(ask: Ask, released_workspace: Workspace, bob: User) -> None:
    matchers = [{"name": "Badge", "term": "badge", "on": "key"}]
    Policy.objects.create(
        workspace=released_workspace,
        rules={"name": "own", "default": "replace", "matchers": matchers, "allow": {"values": ["bob@acme.co"]}},
    )

    reply = ask("classify", b'{"badge":"x17","mail":"bob@acme.co","other":"bob@acme.com"}')

    found = {finding["pointer"]: finding["entity"] for finding in reply.json["findings"]}
    assert found == {"/badge": "CUSTOM", "/other": "EMAIL_ADDRESS"}


def test_the_decision_alone_says_what_mask_would_do(ask: Ask, shaped: Workspace, bob: User, carol: User) -> None:
    stamp.read()
    of_bob = ask("decision", method="GET")
    of_carol = ask("decision?actor=carol%40example.com", method="GET", actor="")

    assert of_bob.json == {"effect": "mask", "reason": "role-lacks-pii", "policy_version": 1, "max_age": 1}
    assert of_carol.json == {"effect": "pass", "reason": "role-grants-pii", "policy_version": 0, "max_age": 1}


def test_every_decision_is_recorded_under_its_request_id(ask: Ask, shaped: Workspace, bob: User, mallory: User) -> None:
    replies = [
        ask("mask", ALICE),
        ask("mask", ALICE, actor="mallory@example.com"),
        ask("decision", method="GET"),
    ]

    audit.ship()

    decisions = AuditRecord.objects.filter(kind=DECISION).order_by("at")
    rows = decisions.values_list("endpoint", "actor_id", "effect", "entities")
    assert list(rows) == [
        ("mask", bob.pk, "mask", {"US_SSN": 1}),
        ("mask", mallory.pk, "deny", {}),
        ("decision", bob.pk, "mask", {}),
    ]
    ids = [replies[0].headers["PII-Request-Id"], replies[1].json["request_id"], replies[2].headers["PII-Request-Id"]]
    assert [row.id.hex for row in decisions] == ids


def vanish(*_: object) -> object:
    """Stand in for a database that has gone, at Django's own seam."""
    raise DatabaseError(CANARY.decode())


def assert_nothing_shown(reply: object, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """Look for the canary wherever a failure could have put it."""
    assert "canary" not in str(reply)
    assert "45-6789" not in str(reply)
    captured = capsys.readouterr()
    assert "canary" not in captured.out + captured.err


def test_a_recognizer_that_raises_is_503_without_a_byte(
    ask: Ask,
    shaped: Workspace,
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(payload: bytes, *_: object, **__: object) -> object:
        raise ValueError(payload)

    monkeypatch.setattr(classifier, "mask", broken)

    reply = ask("mask", CANARY)

    assert (reply.status, reply.reason) == (503, "unavailable")
    assert reply.headers["Retry-After"] == "1"
    assert_nothing_shown(reply, caplog, capsys)


def test_a_database_that_has_gone_is_503_without_a_byte(
    ask: Ask, shaped: Workspace, bob: User, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with connection.execute_wrapper(vanish):
        reply = ask("mask", CANARY)

    assert (reply.status, reply.reason) == (503, "unavailable")
    assert_nothing_shown(reply, caplog, capsys)


def test_a_missing_flag_masks_everything(ask: Ask, shaped: Workspace, alice: User) -> None:
    Flag.objects.all().delete()

    reply = ask("mask", b'{"plan":"gold","seats":5,"open":true}', actor="alice@example.com")

    assert reply.body == b'{"plan":"[REDACTED]","seats":0,"open":true}'
    assert reply.headers["PII-Reason"] == "unavailable"


def test_an_audit_trail_that_cannot_be_written_is_503_without_a_byte(
    ask: Ask,
    shaped: Workspace,
    carol: User,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.PRIVACY_AUDIT_SPOOL_DIR.write_text("a file where the folder should be")

    reply = ask("mask", CANARY, actor="carol@example.com")

    assert (reply.status, reply.reason) == (503, "unavailable")
    assert_nothing_shown(reply, caplog, capsys)


def test_a_cache_that_does_not_answer_changes_no_answer(
    ask: Ask, shaped: Workspace, bob: User, settings: Settings
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    with pytest.raises(Exception, match="Connection refused"):
        cache.get("anything")

    reply = ask("mask", ALICE)

    assert reply.body == b'{"name":"alice","ssn":"***-**-****"}'


def test_the_classifier_is_asked_for_what_the_policy_says(ask: Ask, released_workspace: Workspace, bob: User) -> None:
    make_policy(released_workspace, dict.fromkeys(map(str, classifier.Entity), "keep"))

    assert ask("mask", ALICE).body == ALICE
