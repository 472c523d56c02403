"""OpenDSR as a controller: a processor is asked, polled and heard, and believed under its own signature alone."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from pytest_django import Settings

from privacy_service.subjects.archives.packing import opened as unpacked
from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.destinations import OptionsRefused, abilities_of
from privacy_service.subjects.destinations import opendsr as module
from privacy_service.subjects.destinations.base import CannotTell, Refused, Subject
from privacy_service.subjects.destinations.opendsr import OpenDsr
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import Proof, open_request, start
from privacy_service.subjects.models import Ability, Archive, Receipt, Status, SubjectRequest, Wish
from tests.asking import Reply, through_django
from tests.backend import Backend, Handler
from tests.certificates import Authority, Key
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORA_HERSELF, DORAS_ID
from workspaces.models import Workspace

HERE = "127.0.0.1"
OURS = "https://privacy.example.com"


@dataclass
class Processor:
    """A processor that answers as the standard says, until a test makes it do otherwise."""

    backend: Backend
    key: Key
    certificate: bytes
    status: str = "in_progress"
    number: str = ""  # What it answers about, where that is not what it was asked about.
    domain: str = HERE
    formats: tuple[str, ...] = ("raw",)
    types: tuple[str, ...] = ("erasure",)
    results: dict[str, Any] = field(default_factory=dict)  # What its answers say of results.
    taken: dict[str, Any] = field(default_factory=dict)

    def listen(self, version: int = 2) -> None:
        """Answer discovery, the certificate and creation."""
        self.backend.on("/certificate", self.certificate)
        self.backend.does(f"/v{version}/discovery", self._discovery)
        self.backend.does(f"/v{version}/{'requests' if version == 2 else 'opengdpr_requests'}", self._create)

    def signed(self, body: bytes, prefix: str = "X-OpenDSR") -> dict[str, str]:
        """Return the headers of a signed message."""
        signature = self.key.sign(body, ec.ECDSA(hashes.SHA256()))
        encoded = base64.b64encode(signature).decode()
        return {f"{prefix}-Processor-Domain": self.domain, f"{prefix}-Signature": encoded}

    def callback(self, destination: Any, number: str, **changes: Any) -> Reply:
        """Tell the controller that there is news."""
        address = f"/opendsr/callbacks/{destination.pk}"
        said = {"status_callback_url": f"{OURS}{address}", "subject_request_id": number, "request_status": "completed"}
        body = orjson.dumps(said | changes.pop("said", {}))
        headers = self.signed(body) | changes
        return through_django("POST", address, body, {"Content-Type": "application/json"} | headers)

    def _discovery(self, handler: Handler) -> None:
        identities = [
            {"identity_type": name, "identity_format": written}
            for name in ("email", "controller_customer_id")
            for written in self.formats
        ]
        self._answer(
            handler,
            200,
            {
                "api_version": "2.0",
                "supported_identities": identities,
                "supported_subject_request_types": list(self.types),
                "processor_certificate": f"{self.backend.url}/certificate",
            },
        )

    def _create(self, handler: Handler) -> None:
        asked = json.loads(self.backend.asked[-1].body)
        number = asked["subject_request_id"]
        self.taken[number] = asked
        self.backend.does(f"{handler.path}/{number}", self._standing)
        self._answer(handler, 201, {"subject_request_id": number, "controller_id": "us"}, handler.path)

    def _standing(self, handler: Handler) -> None:
        number = self.number or handler.path.rpartition("/")[2]
        said = {"subject_request_id": number, "request_status": self.status, **self.results}
        self._answer(handler, 200, said, handler.path)

    def _answer(self, handler: Handler, status: int, said: dict[str, Any], path: str = "") -> None:
        body = orjson.dumps(said)
        handler.whole(status, body, self.signed(body, "X-OpenGDPR" if "opengdpr" in path else "X-OpenDSR"))


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Return whom everybody here trusts."""
    return Authority.make()


@pytest.fixture(scope="module")
def trusted(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of its certificate."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    path.write_bytes(authority.pem())
    return path


@pytest.fixture
def processor(backend: Backend, authority: Authority, trusted: Path, settings: Settings) -> Iterator[Processor]:
    """Return a processor at this machine's address, whose certificate is trusted."""
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    settings.PRIVACY_SUBJECTS_CA_FILE = str(trusted)
    settings.PRIVACY_PUBLIC_URL = OURS
    made = Processor(backend, *authority.issue(HERE))
    made.listen()
    module._processors.sweep(everything=True)
    yield made
    module._processors.sweep(everything=True)


def begin(workspace: Workspace, backend: Backend, **options: Any) -> tuple[Any, Receipt]:
    """Return a destination that is to forget dora, and the receipt that says so."""
    destination = make_destination(
        workspace, "opendsr", {"url": f"{backend.url}/v2"} | options, authorization="Bearer k"
    )
    opened, _ = open_request(workspace, Wish.DELETE_ONLY, [DORA, DORAS_ID])
    start(opened.pk, Proof.OWNER)
    return destination, Receipt.objects.get(request=opened)


def test_a_signed_answer_about_another_request_completes_nothing(
    workspace: Workspace, backend: Backend, processor: Processor
) -> None:
    begin(workspace, backend)
    work(10)
    processor.status, processor.number = "completed", str(uuid4())
    make_due()

    work(10)

    receipt = Receipt.objects.get()
    assert (receipt.status, receipt.problem) == (Status.FAILED, "It answers about another request.")


def make_due() -> None:
    Receipt.objects.filter(status=Status.WAITING).update(next_try_at=timezone.now())


def test_a_processor_is_asked_once_polled_and_believed_when_it_is_done(
    workspace: Workspace, processor: Processor, backend: Backend
) -> None:
    destination, receipt = begin(workspace, backend)

    work(10)
    receipt.refresh_from_db()
    first = (receipt.status, receipt.code, receipt.problem, receipt.attempts)
    make_due()
    work(10)
    processor.status = "completed"
    make_due()
    work(10)

    receipt.refresh_from_db()
    assert first == ("waiting", 201, "It has taken the request.", 0)
    assert (receipt.status, receipt.code, SubjectRequest.objects.get().state) == ("completed", 200, "completed")
    [asked] = processor.taken.values()
    assert (asked["subject_request_id"], asked["status_callback_urls"]) == (
        str(receipt.pk), [f"{OURS}/opendsr/callbacks/{destination.pk}"],
    )  # fmt: skip
    assert asked["subject_identities"] == [
        {"identity_type": "email", "identity_value": DORA.value, "identity_format": "raw"},
        {"identity_type": "controller_customer_id", "identity_value": "9", "identity_format": "raw"},
    ]
    methods = [one.method for one in backend.asked if one.path.startswith("/v2/requests")]
    assert methods == ["GET", "POST", "GET", "GET"]
    assert {one.header("Authorization") for one in backend.asked if "requests" in one.path} == {"Bearer k"}


def test_a_callback_has_the_processor_asked_at_once(
    workspace: Workspace, processor: Processor, backend: Backend
) -> None:
    destination, receipt = begin(workspace, backend)
    work(10)
    processor.status = "completed"

    heard = processor.callback(destination, str(receipt.pk))
    work(10)

    receipt.refresh_from_db()
    assert (heard.status, receipt.status) == (202, "completed")


FORGED: list[tuple[dict[str, Any], int]] = [
    ({"X-OpenDSR-Signature": ""}, 403),
    ({"X-OpenDSR-Signature": "canary"}, 403),
    ({"X-OpenDSR-Signature": base64.b64encode(b"x" * 70).decode()}, 403),
    ({"X-OpenDSR-Processor-Domain": "evil.example.com"}, 403),
    ({"X-OpenDSR-Processor-Domain": ""}, 403),
    ({"said": {"status_callback_url": "https://elsewhere.example.com/"}}, 400),
    ({"said": {"subject_request_id": "canary"}}, 400),
    ({"said": {"subject_request_id": None}}, 400),
]


@pytest.mark.parametrize(("changes", "status"), FORGED)
def test_a_callback_that_is_not_the_processors_own_changes_nothing(
    workspace: Workspace, processor: Processor, backend: Backend, changes: dict[str, Any], status: int
) -> None:
    destination, receipt = begin(workspace, backend)
    work(10)
    before = Receipt.objects.get().next_try_at

    reply = processor.callback(destination, str(receipt.pk), **changes)

    assert (reply.status, reply.json["error"]["code"], Receipt.objects.get().next_try_at) == (status, status, before)
    assert "canary" not in str(reply.body)


def test_a_callback_signed_by_a_strangers_certificate_or_changed_on_its_way_is_refused(
    workspace: Workspace, processor: Processor, backend: Backend
) -> None:
    destination, receipt = begin(workspace, backend)
    work(10)
    own, processor.key = processor.key, Authority.make().issue(HERE)[0]
    strangers = processor.callback(destination, str(receipt.pk))
    processor.key = own
    address, body = f"/opendsr/callbacks/{destination.pk}", b'{"subject_request_id": "1"}'
    changed = through_django("POST", address, body + b" ", processor.signed(body))
    nowhere = through_django("POST", f"/opendsr/callbacks/{receipt.pk}", body, processor.signed(body))

    assert [strangers.status, changed.status, nowhere.status] == [403, 403, 404]


def test_version_1_has_other_paths_and_headers(workspace: Workspace, processor: Processor, backend: Backend) -> None:
    processor.listen(1)
    processor.status = "completed"
    _, receipt = begin(workspace, backend, url=f"{backend.url}/v1", version=1)

    work(10)
    make_due()
    work(10)

    receipt.refresh_from_db()
    assert (receipt.status, next(iter(processor.taken.values()))["api_version"]) == ("completed", "1.0")


def test_a_processor_that_knows_hashes_gets_hashes(processor: Processor, backend: Backend) -> None:
    processor.formats = ("md5", "sha256")
    driver = OpenDsr({"url": f"{backend.url}/v2"}, {})

    named = driver._identities(
        Subject((Identifier(Kind.EMAIL, " Dora@Example.com "), Identifier(Kind.PHONE, "1"))), "erasure"
    )

    hashed = hashlib.sha256(b"dora@example.com").hexdigest()
    assert named == [{"identity_type": "email", "identity_value": hashed, "identity_format": "sha256"}]


def test_what_a_processor_cannot_do_is_unsupported(
    workspace: Workspace, processor: Processor, backend: Backend
) -> None:
    processor.types = ("access",)
    _, receipt = begin(workspace, backend)
    work(10)

    receipt.refresh_from_db()
    assert (receipt.status, receipt.problem) == ("unsupported", "It says that it takes no requests for erasure.")
    processor.types = ("erasure",)
    module._processors.sweep(everything=True)
    with pytest.raises(CannotTell, match="knows people by controller_customer_id, email"):
        OpenDsr({"url": f"{backend.url}/v2"}, {}).delete(Subject((Identifier(Kind.PHONE, "1"),)))


def test_what_a_processor_has_cancelled_needs_a_person(
    workspace: Workspace, processor: Processor, backend: Backend
) -> None:
    _, receipt = begin(workspace, backend)
    work(10)
    processor.status = "cancelled"
    make_due()
    work(10)

    receipt.refresh_from_db()
    assert (receipt.status, receipt.problem) == ("failed", "It says that the request is cancelled.")


def test_a_processor_that_never_finishes_is_a_persons_task_when_the_time_is_over(
    workspace: Workspace, processor: Processor, backend: Backend
) -> None:
    _, receipt = begin(workspace, backend)
    work(10)
    SubjectRequest.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    make_due()
    work(10)

    receipt.refresh_from_db()
    assert (receipt.status, receipt.problem) == ("failed", "It says that the request is in_progress.")


def test_an_answer_that_is_not_signed_well_is_not_believed(
    workspace: Workspace, processor: Processor, backend: Backend
) -> None:
    _, receipt = begin(workspace, backend)
    work(10)
    processor.status, processor.key = "completed", Authority.make().issue(HERE)[0]
    make_due()
    work(10)

    receipt.refresh_from_db()
    assert (receipt.status, receipt.problem.startswith("Its answer is not to be trusted.")) == ("waiting", True)


def test_a_processor_whose_certificate_proves_nothing_is_refused(
    processor: Processor, backend: Backend, authority: Authority
) -> None:
    driver = OpenDsr({"url": f"{backend.url}/v2"}, {})
    for certificate in (b"none", Authority.make().issue(HERE)[1], authority.issue("10.0.0.1")[1]):
        backend.on("/certificate", certificate)
        with pytest.raises(Refused, match="Its certificate"):
            driver.find(DORA_HERSELF)
    with pytest.raises(Refused, match=r"does not lie on processor\.example\.com"):
        OpenDsr({"url": f"{backend.url}/v2", "domain": "processor.example.com"}, {}).find(DORA_HERSELF)


def test_the_test_of_a_processor_says_what_it_takes(
    workspace: Workspace, processor: Processor, backend: Backend
) -> None:
    destination = make_destination(workspace, "opendsr", {"url": f"{backend.url}/v2"})

    with pytest.raises(CannotTell, match="It takes erasure by controller_customer_id, email"):
        OpenDsr(destination.options, {}).find(DORA_HERSELF)
    assert abilities_of(destination) == {Ability.DELETE, Ability.EXPORT}


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "url"),
    ({"url": "ftp://example.com"}, "url"),
    ({"url": "https://example.com/v2", "version": 3}, "version"),
    ({"url": "https://example.com/v2", "version": True}, "version"),
    ({"url": "https://example.com/v2", "domain": ""}, "domain"),
    ({"url": "https://example.com/v2", "poll_seconds": 0}, "poll_seconds"),
    ({"url": "https://example.com/v2", "poll_seconds": "often"}, "poll_seconds"),
    ({"url": "https://example.com/v2", "colour": "red"}, "colour"),
]


@pytest.mark.parametrize(("options", "option"), UNUSABLE)
def test_options_that_cannot_be_say_which(options: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionsRefused, match=option):
        OpenDsr(options, {})


def asked_for_a_copy(workspace: Workspace, processor: Processor, wish: Wish = Wish.ACCESS) -> Receipt:
    """Return the receipt of a copy that a processor was asked for, and has made."""
    processor.types = ("access", "portability")
    make_destination(workspace, "opendsr", {"url": f"{processor.backend.url}/v2"}, authorization="Bearer k")
    opened, _ = open_request(workspace, wish, [DORA, DORAS_ID])
    start(opened.pk, Proof.OWNER)
    work(10)
    processor.status = "completed"
    make_due()
    work(10)
    return Receipt.objects.get()


COPIES = [
    ("application/json", b'[{"order": 1}, {"order": 2}]', [{"order": 1}, {"order": 2}]),
    ("application/x-ndjson", b'{"order": 1}\n\n{"order": 2}\n', [{"order": 1}, {"order": 2}]),
    ("application/zip", b"PK", [{"content_type": "application/zip", "base64": "UEs="}]),
]


@pytest.mark.parametrize(("kind", "body", "records"), COPIES)
def test_a_processor_hands_out_the_copy_that_it_made(
    workspace: Workspace, processor: Processor, kind: str, body: bytes, records: list[dict[str, Any]]
) -> None:
    processor.backend.on("/copies/1", body, Content_Type=kind)
    processor.results = {"results_url": f"{processor.backend.url}/copies/1", "results_count": 2}

    receipt = asked_for_a_copy(workspace, processor)

    archive = Archive.objects.get()
    kept = [unpacked(archive, part, archive.key) for part in archive.parts.filter(receipt=receipt)]
    [asked] = processor.taken.values()
    assert asked["subject_request_type"] == "access"
    assert (receipt.status, receipt.evidence) == ("completed", {"results": len(records)})
    assert [orjson.loads(line) for part in kept for line in part.splitlines()] == records
    assert processor.backend.asked[-1].header("Authorization") == "Bearer k"


def test_a_processor_that_has_nothing_to_hand_out_holds_nothing(workspace: Workspace, processor: Processor) -> None:
    receipt = asked_for_a_copy(workspace, processor, Wish.PORTABILITY)

    assert next(iter(processor.taken.values()))["subject_request_type"] == "portability"
    assert (receipt.status, receipt.evidence) == ("completed", {})


NO_COPIES = [
    ({"results_url": "https://169.254.169.254/latest"}, "Its address is not allowed"),
    ({"results_url": "ftp://127.0.0.1/copy"}, "Where its results lie cannot be asked"),
    ({"results_url": 7}, "Where its results lie cannot be asked"),
]


@pytest.mark.parametrize(("results", "problem"), NO_COPIES)
def test_results_lie_where_this_service_may_go(
    workspace: Workspace, processor: Processor, results: dict[str, Any], problem: str
) -> None:
    processor.results = results

    receipt = asked_for_a_copy(workspace, processor)

    assert (receipt.status, problem in receipt.problem) == ("failed", True)


def test_results_are_read_up_to_what_one_system_may_hand_out(
    workspace: Workspace, processor: Processor, settings: Settings
) -> None:
    settings.PRIVACY_SUBJECTS_EXPORT_LIMIT_BYTES = 2048
    processor.backend.on("/copies/1", b" " * 4000 + b"[]", Content_Type="application/json")
    processor.results = {"results_url": f"{processor.backend.url}/copies/1"}

    receipt = asked_for_a_copy(workspace, processor)

    assert (receipt.status, receipt.problem) == ("failed", "Its answer is longer than 2 KB.")


def test_credentials_stay_with_the_processor(workspace: Workspace, processor: Processor) -> None:
    elsewhere = Backend()
    elsewhere.start()
    elsewhere.on("/copy", b"[]", Content_Type="application/json")
    processor.results = {"results_url": f"{elsewhere.url}/copy"}

    asked_for_a_copy(workspace, processor)

    elsewhere.stop()
    assert elsewhere.asked[0].header("Authorization") is None


def test_a_processor_that_hands_out_nothing_at_all_says_so(workspace: Workspace, processor: Processor) -> None:
    make_destination(workspace, "opendsr", {"url": f"{processor.backend.url}/v2"})
    opened, _ = open_request(workspace, Wish.ACCESS, [DORA])
    start(opened.pk, Proof.OWNER)

    work(10)

    receipt = Receipt.objects.get()
    assert (receipt.status, receipt.problem) == ("unsupported", "It says that it takes no requests for access.")
