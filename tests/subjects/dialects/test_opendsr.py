"""OpenDSR as a processor: controllers ask, are answered under signature, and told of every change."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.utils import timezone
from pytest_django import Settings

from privacy_service.subjects import confirming
from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.dialects.opendsr.taking import start_due
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import open_request
from privacy_service.subjects.models import (
    Archive,
    Callback,
    Confirmation,
    ControllerRequest,
    SubjectForm,
    SubjectRequest,
    Wish,
)
from privacy_service.subjects.opendsr.telling import tell_controllers
from privacy_service.subjects.opendsr.trusting import NotTrusted, check_signature, key_of
from tests.asking import Reply, through_django
from tests.backend import Backend
from tests.certificates import Authority
from tests.factories import make_key, make_user
from tests.shop import make_destination
from workspaces.grants import add_member, grant
from workspaces.keys import Scope, create_service_account, issue_key
from workspaces.models import User, Workspace
from workspaces.roles import Role

Controller = Any  # A function that asks.
DOMAIN = "privacy.example.com"
CANARY = "canary@example.com"


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Return whom everybody here trusts."""
    return Authority.make()


@pytest.fixture(scope="module")
def files(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return where its certificate lies, and the key and certificate of our domain."""
    folder = tmp_path_factory.mktemp("opendsr")
    (folder / "ca.pem").write_bytes(authority.pem())
    key, certificate = authority.files(folder, DOMAIN)
    return {
        "PRIVACY_SUBJECTS_CA_FILE": str(folder / "ca.pem"),
        "PRIVACY_OPENDSR_KEY_FILE": key,
        "PRIVACY_OPENDSR_CERTIFICATE_FILE": certificate,
    }


@pytest.fixture(autouse=True)
def _signs_as_its_domain(files: dict[str, str], settings: Settings) -> None:
    for name, value in files.items():
        setattr(settings, name, value)
    settings.PRIVACY_PUBLIC_URL = f"https://{DOMAIN}"
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    settings.PRIVACY_OPENDSR_HOLD_SECONDS = 600


def key_for(workspace: Workspace, name: str = "controller") -> tuple[User, str]:
    account = create_service_account(name, workspace=workspace)
    grant(add_member(workspace, account.user), Role.PRIVACY_ADMIN)
    return account.user, issue_key(account.user, scopes=[Scope.SUBJECTS])[1]


@pytest.fixture
def controller(workspace: Workspace) -> Controller:
    """Return the API as a controller asks it, for the workspace of its key."""
    _, own = key_for(workspace)

    def ask(method: str, path: str, body: Any = None, key: str = own) -> Reply:
        content = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        return through_django(method, path, content, headers)

    return ask


def wish(**changes: Any) -> dict[str, Any]:
    """Return a request of a controller, with members changed, or left out where they are None."""
    asked = {
        "regulation": "ccpa",
        "subject_request_id": str(uuid4()),
        "subject_request_type": "erasure",
        "submitted_time": "2026-11-26T10:00:00Z",
        "subject_identities": [{"identity_type": "email", "identity_value": CANARY, "identity_format": "raw"}],
        "api_version": "2.0",
    } | changes
    return {name: value for name, value in asked.items() if value is not None}


def assert_signed(reply: Reply, certificate: bytes, prefix: str = "X-OpenDSR") -> None:
    """Verify an answer as a controller does."""
    assert reply.headers[f"{prefix}-Processor-Domain"] == DOMAIN
    check_signature(key_of(DOMAIN, certificate), reply.headers[f"{prefix}-Signature"], reply.body)


def test_a_request_is_taken_held_carried_out_and_told_of_under_signature(
    workspace: Workspace, controller: Controller, backend: Backend
) -> None:
    backend.on("/heard", status=202)
    asked = wish(status_callback_urls=[f"{backend.url}/heard"])
    discovered = controller("GET", "/opendsr/acme/v2/discovery", key="")
    certificate = controller("GET", "/opendsr/certificate", key="").body

    taken = controller("POST", "/v2/requests", asked)
    path = f"/v2/requests/{asked['subject_request_id']}"
    before = controller("GET", path)
    ControllerRequest.objects.update(starts_at=timezone.now())
    begun = start_due()
    told = tell_controllers(10) + tell_controllers(10)
    after = controller("GET", path)

    for reply in (discovered, taken, before, after):
        assert_signed(reply, certificate)
    body = taken.json
    assert (taken.status, json.loads(base64.b64decode(body["encoded_request"])), begun) == (201, asked, 1)
    assert (body["subject_request_id"], before.json["request_status"], after.json["request_status"]) == (
        asked["subject_request_id"], "pending", "completed",
    )  # fmt: skip
    heard = [json.loads(one.body) for one in backend.asked]
    assert (told, [one["request_status"] for one in heard]) == (2, ["in_progress", "completed"])
    assert heard[0]["status_callback_url"] == f"{backend.url}/heard"
    signature = backend.asked[0].header("X-OpenDSR-Signature") or ""
    check_signature(key_of(DOMAIN, certificate), signature, backend.asked[0].body)
    assert (SubjectRequest.objects.get().law, Callback.objects.count()) == ("ccpa", 0)


def test_discovery_tells_what_the_systems_of_the_workspace_know_people_by(
    workspace: Workspace, controller: Controller
) -> None:
    make_destination(workspace, "manual", {"steps": "Look."})

    told = controller("GET", "/v1/discovery").json

    assert told["supported_identities"] == [
        {"identity_type": "controller_customer_id", "identity_format": "raw"},
        {"identity_type": "email", "identity_format": "raw"},
    ]
    assert (told["api_version"], told["supported_subject_request_types"], told["processor_certificate"]) == (
        "1.0", ["access", "portability", "erasure"], f"https://{DOMAIN}/opendsr/certificate",
    )  # fmt: skip
    assert controller("GET", "/opendsr/nowhere/v1/discovery", key="").status == 404


def test_version_1_is_spoken_with_its_paths_and_headers(workspace: Workspace, controller: Controller) -> None:
    certificate = controller("GET", "/opendsr/certificate", key="").body
    asked = wish(regulation=None, api_version="1.0")

    replies = [
        controller("POST", "/opendsr/acme/v1/opengdpr_requests", asked),
        controller("GET", f"/v1/opengdpr_requests/{asked['subject_request_id']}"),
        controller("DELETE", f"/v1/opengdpr_requests/{asked['subject_request_id']}"),
    ]

    assert [reply.status for reply in replies] == [201, 200, 202]
    for reply in replies:
        assert_signed(reply, certificate, "X-OpenGDPR")
    assert (SubjectRequest.objects.get().law, SubjectRequest.objects.get().state) == ("gdpr", "cancelled")


def test_the_same_again_is_the_same_and_another_body_under_its_id_is_refused(controller: Controller) -> None:
    asked = wish()
    replies = [controller("POST", "/v2/requests", body) for body in (asked, asked, asked | {"regulation": "gdpr"})]

    assert [reply.status for reply in replies] == [201, 201, 400]
    assert (replies[0].body, ControllerRequest.objects.count()) == (replies[1].body, 1)


def test_what_is_pending_can_be_taken_back_and_what_has_begun_cannot(controller: Controller, backend: Backend) -> None:
    backend.on("/heard", status=202)
    pending, begun = (
        wish(status_callback_urls=[f"{backend.url}/heard"]),
        wish(subject_identities=[{"identity_type": "controller_customer_id", "identity_value": "canary-9"}]),
    )
    for asked in (pending, begun):
        controller("POST", "/v2/requests", asked)
    ControllerRequest.objects.filter(number=begun["subject_request_id"]).update(starts_at=timezone.now())
    start_due()

    replies = [controller("DELETE", f"/v2/requests/{one['subject_request_id']}") for one in (pending, begun, pending)]
    tell_controllers(10)

    assert [reply.status for reply in replies] == [202, 409, 409]
    assert controller("GET", f"/v2/requests/{pending['subject_request_id']}").json["request_status"] == "cancelled"
    assert [json.loads(one.body)["request_status"] for one in backend.asked] == ["cancelled"]


def test_a_request_that_somebody_else_made_too_goes_on_when_a_controller_takes_theirs_back(
    workspace: Workspace, controller: Controller, alice: User
) -> None:
    open_request(workspace, Wish.DELETE_ONLY, [Identifier(Kind.EMAIL, CANARY)], by=alice)
    asked = wish()
    controller("POST", "/v2/requests", asked)

    reply = controller("DELETE", f"/v2/requests/{asked['subject_request_id']}")

    assert (reply.status, SubjectRequest.objects.get().state) == (202, "pending")
    assert controller("GET", f"/v2/requests/{asked['subject_request_id']}").json["request_status"] == "cancelled"


def test_a_controllers_people_count_in_the_month(controller: Controller, settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_PER_MONTH = 1
    first, second = wish(), wish(subject_identities=[RAW | {"identity_value": "second.canary@example.com"}])

    replies = [controller("POST", "/v2/requests", body) for body in (first, second, first)]

    assert [reply.status for reply in replies] == [201, 429, 201]
    assert ("PRIVACY_SUBJECTS_PER_MONTH" in replies[1].json["error"]["message"], ControllerRequest.objects.count()) == (
        True, 1,
    )  # fmt: skip


def test_what_the_person_asked_for_too_is_theirs_when_a_controller_takes_it_back(
    workspace: Workspace, controller: Controller
) -> None:
    form = SubjectForm.objects.create(workspace=workspace, is_open=True, wish=Wish.DELETE_ONLY)
    asked = wish()
    controller("POST", "/v2/requests", asked)
    confirming.ask_on_form(form, CANARY)

    reply = controller("DELETE", f"/v2/requests/{asked['subject_request_id']}")
    after = SubjectRequest.objects.get().state
    Confirmation.objects.update(created_at=timezone.now() - timedelta(hours=25))
    ended = confirming.end_unconfirmed()

    assert (reply.status, after, ended, SubjectRequest.objects.get().state) == (202, "pending", 1, "cancelled")


@pytest.mark.parametrize("form_is_first", [True, False])
def test_a_copy_that_the_person_asked_for_on_the_form_is_not_the_controllers(
    workspace: Workspace, controller: Controller, form_is_first: bool
) -> None:
    form = SubjectForm.objects.create(workspace=workspace, is_open=True, wish=Wish.ACCESS)
    asking = [
        lambda: confirming.ask_on_form(form, CANARY),
        lambda: controller("POST", "/v2/requests", wish(subject_request_type="access")),
    ]
    for ask in asking if form_is_first else reversed(asking):
        ask()
    ControllerRequest.objects.update(starts_at=timezone.now())

    start_due()
    link = confirming.link_of(Confirmation.objects.get()).rpartition("/")[2]
    theirs = confirming.confirm(link)

    assert theirs.proof == "email"
    assert ControllerRequest.objects.get().request.proof == "owner"
    assert Archive.objects.count() == 2


def test_what_a_controller_asked_for_too_does_not_end_with_the_persons_link(
    workspace: Workspace, controller: Controller
) -> None:
    form = SubjectForm.objects.create(workspace=workspace, is_open=True, wish=Wish.DELETE_ONLY)
    confirming.ask_on_form(form, CANARY)
    controller("POST", "/v2/requests", wish())
    Confirmation.objects.update(created_at=timezone.now() - timedelta(hours=25))

    ended = confirming.end_unconfirmed()

    assert (ended, SubjectRequest.objects.get().state) == (0, "pending")


def test_an_address_that_does_not_hear_is_told_again_in_order_and_given_up_at_last(
    controller: Controller, backend: Backend, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PRIVACY_SUBJECTS_ATTEMPTS = 2
    settings.PRIVACY_OPENDSR_HOLD_SECONDS = 0
    controller("POST", "/v2/requests", wish(status_callback_urls=[f"{backend.url}/gone"]))
    start_due()

    for _ in range(8):
        tell_controllers(10)
        Callback.objects.exclude(next_try_at=None).update(next_try_at=timezone.now() - timedelta(seconds=1))

    heard = [json.loads(one.body)["request_status"] for one in backend.asked]
    assert heard == ["in_progress", "in_progress", "completed", "completed"]
    assert {(one.next_try_at, one.problem) for one in Callback.objects.all()} == {(None, "It answered 404.")}
    assert "canary" not in caplog.text


def identities(*listed: Any) -> dict[str, Any]:
    return wish(subject_identities=[*listed])


RAW = {"identity_type": "email", "identity_value": CANARY, "identity_format": "raw"}
REFUSED: list[tuple[Any, str]] = [
    (b"{", "JSON"),
    ([], "JSON object"),
    (wish(subject_request_id=None), "subject_request_id"),
    (wish(subject_request_id="canary"), "subject_request_id"),
    (wish(subject_request_id=str(uuid4()).upper()), "subject_request_id"),
    (wish(subject_request_id="6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "subject_request_id"),
    (wish(subject_request_type="canary"), "subject_request_type"),
    (wish(regulation="canary"), "regulation"),
    (wish(submitted_time="canary"), "submitted_time"),
    (wish(api_version="3.0"), "api_version"),
    (wish(subject_identities=None), "subject_identities"),
    (identities(), "subject_identities"),
    (identities(*[RAW] * 51), "subject_identities"),
    (identities("canary"), "subject_identities[0]"),
    (identities(RAW, RAW | {"identity_type": "canary"}), "identity_type"),
    (identities(RAW | {"identity_value": ""}), "subject_identities[0]"),
    (identities(RAW | {"identity_format": "sha256"}), "identity_format raw"),
    (wish(status_callback_urls="canary"), "status_callback_urls"),
    (wish(status_callback_urls=["ftp://canary/"]), "status_callback_urls[0]"),
    (wish(status_callback_urls=["https://canary:canary@example.com/"]), "status_callback_urls[0]"),
    (wish(status_callback_urls=["https://example.com/"] * 11), "status_callback_urls"),
]


@pytest.mark.parametrize(("body", "told"), REFUSED)
def test_what_cannot_be_taken_says_so_in_opendsrs_words(controller: Controller, body: Any, told: str) -> None:
    reply = controller("POST", "/v2/requests", body)

    error = reply.json["error"]
    assert (reply.status, error["code"], told in error["message"]) == (400, 400, True)
    assert error["errors"][0]["domain"] == "Validation"
    assert ("no-store" in reply.headers["Cache-Control"], "canary" in str(reply.body)) == (True, False)
    assert ControllerRequest.objects.count() == 0


def test_whoever_may_not_ask_is_refused_and_another_controllers_request_is_not_there(
    workspace: Workspace, controller: Controller
) -> None:
    asked = wish()
    controller("POST", "/v2/requests", asked)
    path = f"/v2/requests/{asked['subject_request_id']}"

    statuses = {
        "no key": controller("POST", "/v2/requests", wish(), key="").status,
        "no member": controller("POST", "/v2/requests", wish(), key=make_key(workspace, name="stranger")).status,
        "another's": controller("GET", path, key=key_for(workspace, "another")[1]).status,
        "another's to cancel": controller("DELETE", path, key=key_for(workspace, "third")[1]).status,
        "a method": controller("PUT", path, {}).status,
    }

    assert statuses == {"no key": 401, "no member": 403, "another's": 404, "another's to cancel": 404, "a method": 405}


MISSING = [
    ("PRIVACY_OPENDSR_KEY_FILE", ""),
    ("PRIVACY_OPENDSR_KEY_FILE", "/nowhere"),
    ("PRIVACY_OPENDSR_KEY_FILE", __file__),
    ("PRIVACY_OPENDSR_CERTIFICATE_FILE", "/nowhere"),
    ("PRIVACY_PUBLIC_URL", ""),
]


@pytest.mark.parametrize(("name", "value"), MISSING)
def test_an_installation_without_a_certificate_says_what_to_set(
    controller: Controller, settings: Settings, name: str, value: str
) -> None:
    setattr(settings, name, value)

    reply = controller("GET", "/opendsr/acme/v2/discovery", key="")

    assert (reply.status, "PRIVACY_OPENDSR_KEY_FILE" in reply.json["error"]["message"]) == (501, True)


def test_certificates_that_prove_nothing(authority: Authority) -> None:
    stranger = Authority.make()
    proving_nothing = [
        (DOMAIN, b"no certificate"),
        (DOMAIN, stranger.issue(DOMAIN)[1]),
        (DOMAIN, stranger.pem()),
        (DOMAIN, authority.issue("other.example.com")[1]),
        (DOMAIN, authority.issue(DOMAIN, days=-1)[1]),
        ("", authority.issue(DOMAIN)[1]),
    ]

    for domain, pem in proving_nothing:
        with pytest.raises(NotTrusted):
            key_of(domain, pem)
    key = key_of(DOMAIN, authority.issue(DOMAIN)[1])
    for signature in ("", "canary", "AAAA", base64.b64encode(b"x" * 70).decode()):
        with pytest.raises(NotTrusted):
            check_signature(key, signature, b"{}")


def asked_for_a_copy(workspace: Workspace, controller: Controller, kind: str = "access") -> str:
    """Return the path of a request for a copy, which is made."""
    make_destination(workspace, "django", {})
    add_member(workspace, make_user("canary"))
    asked = wish(subject_request_type=kind)
    controller("POST", "/v2/requests", asked)
    ControllerRequest.objects.update(starts_at=timezone.now())
    start_due()
    work(10)
    return f"/v2/requests/{asked['subject_request_id']}"


@pytest.mark.parametrize("kind", ["access", "portability"])
def test_a_controller_fetches_the_copy_that_it_asked_for(
    workspace: Workspace, controller: Controller, kind: str
) -> None:
    path = asked_for_a_copy(workspace, controller, kind)

    said = controller("GET", path).json
    copy = controller("GET", said["results_url"].removeprefix(f"https://{DOMAIN}"))

    records = [orjson.loads(line) for line in copy.body.splitlines()]
    held = [one["record"] for one in records if one["file"].startswith("django/")]
    assert (said["request_status"], said["results_count"]) == ("completed", len(records))
    assert (copy.status, copy.headers["Content-Type"], copy.headers["Cache-Control"]) == (
        200, "application/x-ndjson", "private, no-store",
    )  # fmt: skip
    assert any(CANARY in str(record) for record in held)


def test_callbacks_say_where_a_copy_lies(workspace: Workspace, controller: Controller, backend: Backend) -> None:
    backend.on("/heard", status=202)
    asked = wish(subject_request_type="access", status_callback_urls=[f"{backend.url}/heard"])
    controller("POST", "/v2/requests", asked)
    ControllerRequest.objects.update(starts_at=timezone.now())
    start_due()
    tell_controllers(10)
    tell_controllers(10)

    heard = [json.loads(one.body) for one in backend.asked]

    assert ["results_url" in one for one in heard] == [False, True]


def test_a_copy_is_for_the_controller_that_asked_while_it_lasts(workspace: Workspace, controller: Controller) -> None:
    path = asked_for_a_copy(workspace, controller)
    _, other = key_for(workspace, "other")
    strangers = controller("GET", f"{path}/results", key=other)
    Archive.objects.update(expires_at=timezone.now())

    over = controller("GET", f"{path}/results")

    assert (strangers.status, over.status) == (404, 409)
    assert "results_url" not in controller("GET", path).json
    assert CANARY.encode() not in strangers.body + over.body


def test_the_copy_of_a_person_who_asked_themselves_is_theirs(workspace: Workspace, controller: Controller) -> None:
    path = asked_for_a_copy(workspace, controller)
    SubjectRequest.objects.update(proof="email")

    assert controller("GET", f"{path}/results").status == 409
    assert "results_url" not in controller("GET", path).json
