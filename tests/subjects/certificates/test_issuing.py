"""What a certificate says, who can verify it, and what it does not say."""

import base64
import json
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pytest_django import Settings

from privacy_service.exceptions import Conflict
from privacy_service.subjects.certificates.issuing import certificate_of, document_of
from privacy_service.subjects.certificates.signing import public_keys
from privacy_service.subjects.certificates.verifying import NotOne, Verdict, verify
from privacy_service.subjects.certificates.verifying import forgotten as forgotten_by
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import Proof, State, open_request, settle, start
from privacy_service.subjects.models import Certificate, CertificateKey, Receipt, Status, SubjectRequest, Wish
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import Workspace

EVE = Identifier(Kind.EMAIL, "eve@example.com")


def handed_out(certificate: Certificate) -> Any:
    """Return the certificate as somebody keeps it in a file."""
    return json.loads(json.dumps(document_of(certificate)))


def test_it_says_what_each_system_answered(forgotten: SubjectRequest, certificate: Certificate) -> None:
    manifest = document_of(certificate)["manifest"]
    receipts = {one["destination"]: one for one in manifest["receipts"]}

    assert forgotten.state == State.COMPLETED
    assert (manifest["number"], manifest["wish"], manifest["proof"]) == (
        str(forgotten.pk), "SUPPRESS_WITH_DELETE", "email",
    )  # fmt: skip
    started = forgotten.started_at
    assert started is not None
    assert receipts["shop"] == {
        "destination": "shop",
        "kind": "sql",
        "region": "EU",
        "processor": "Hosting & Söhne",
        "status": "completed",
        "code": 200,
        "date_deleted": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "attempts": 3,
        "by_hand": False,
        "evidence": [{"place": "orders", "count": 2}, {"place": "people", "count": 1}],
        "problem": "",
    }
    assert [(receipts[name]["status"], receipts[name]["by_hand"]) for name in ("hook", "binder")] == [
        ("unsupported", False), ("completed", True),
    ]  # fmt: skip


def test_whoever_has_the_public_key_verifies_it_without_this_program(certificate: Certificate) -> None:
    kept = handed_out(certificate)

    written = json.dumps(kept["manifest"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    raw = base64.b64decode(public_keys()[kept["signature"]["key"]].public)
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(kept["signature"]["value"]), written)
    assert sha256(written).hexdigest() == kept["sha256"]


def test_it_names_nobody_yet_one_who_knows_the_identifier_recognises_it(certificate: Certificate) -> None:
    verified = verify(handed_out(certificate))

    assert "canary" not in json.dumps(handed_out(certificate))
    assert [verified.is_about(one) for one in (Identifier(Kind.EMAIL, DORA.value.upper()), DORAS_ID, EVE)] == [
        True, True, False,
    ]  # fmt: skip


def changed(path: str, value: Any) -> Any:
    def change(document: Any) -> None:
        place = document
        *steps, last = path.split(".")
        for step in steps:
            place = place[int(step) if step.isdigit() else step]
        place[last] = value

    return change


CHANGES = [
    ("manifest.receipts.0.code", 204, Verdict.CHANGED),
    ("manifest.completed_at", "2020-01-01T00:00:00Z", Verdict.CHANGED),
    ("manifest.more", "words", Verdict.CHANGED),
    ("sha256", "0" * 64, Verdict.CHANGED),
    ("signature.value", base64.b64encode(b"\0" * 64).decode(), Verdict.CHANGED),
    ("signature.value", "no base 64", Verdict.CHANGED),
    ("signature.value", "ü", Verdict.CHANGED),
    ("signature.key", "0" * 16, Verdict.UNKNOWN_KEY),
]


@pytest.mark.parametrize(("path", "value", "verdict"), CHANGES)
def test_one_that_was_changed_is_not_genuine(certificate: Certificate, path: str, value: Any, verdict: Verdict) -> None:
    document = handed_out(certificate)
    changed(path, value)(document)

    verified = verify(document)

    assert (verified.verdict, verified.is_about(DORA)) == (verdict, False)


def test_a_hash_and_a_signature_of_somebody_elses_key_do_not_help(certificate: Certificate) -> None:
    document = handed_out(certificate)
    document["manifest"]["wish"] = "DELETE_ONLY"
    written = json.dumps(document["manifest"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    document["sha256"] = sha256(written).hexdigest()

    assert verify(document).verdict is Verdict.CHANGED


def deep() -> Any:
    nested: Any = []
    for _ in range(300):
        nested = [nested]
    return nested


NONE: list[Any] = [
    None,
    [],
    {},
    {"manifest": 1},
    {"manifest": {"kind": "other", "version": 1}, "sha256": "", "signature": {"algorithm": "Ed25519"}},
    {
        "manifest": {"kind": "certificate-of-erasure", "version": 2},
        "sha256": "",
        "signature": {"algorithm": "Ed25519", "key": "", "value": ""},
    },
    {
        "manifest": {"kind": "certificate-of-erasure", "version": 1},
        "sha256": 1,
        "signature": {"algorithm": "Ed25519", "key": [], "value": {}},
    },
    {
        "manifest": {"kind": "certificate-of-erasure", "version": 1, "deep": deep()},
        "sha256": "",
        "signature": {"algorithm": "Ed25519", "key": "", "value": ""},
    },
]


@pytest.mark.parametrize("document", NONE)
def test_what_is_no_certificate_is_told_so(document: Any) -> None:
    with pytest.raises(NotOne):
        verify(document)


def test_certificates_of_an_earlier_secret_verify_and_nothing_signs_with_its_key(
    certificate: Certificate, workspace: Workspace, settings: Settings
) -> None:
    before = handed_out(certificate)
    settings.PRIVACY_TOKEN_KEY = "another key of this installation, as long as it must be"
    fresh = public_keys().keys() - {before["signature"]["key"]}

    assert verify(before).verdict is Verdict.GENUINE
    assert (len(fresh), CertificateKey.objects.count()) == (1, 1)


def test_a_row_of_the_database_does_not_stand_in_for_the_key(certificate: Certificate) -> None:
    CertificateKey.objects.update(public=base64.b64encode(b"\1" * 32).decode())

    assert verify(handed_out(certificate)).verdict is Verdict.GENUINE


WITHOUT = [(Wish.SUPPRESS_ONLY, True), (Wish.UNSUPPRESS, True), (Wish.DELETE_ONLY, True), (Wish.DELETE_ONLY, False)]


@pytest.mark.parametrize(("wish", "is_started"), WITHOUT)
def test_where_no_system_has_deleted_nothing_is_certified(workspace: Workspace, wish: Wish, is_started: bool) -> None:
    request, _ = open_request(workspace, wish, [DORA])
    if is_started:
        request = start(request.pk, Proof.OWNER)

    with pytest.raises(Conflict, match="a certificate is issued once"):
        certificate_of(request)


def test_that_somebody_was_forgotten_is_found_by_any_of_their_identifiers(
    workspace: Workspace, forgotten: SubjectRequest
) -> None:
    open_request(workspace, Wish.DELETE_ONLY, [DORA])  # Not done yet.

    found = [forgotten_by(workspace, [one]) for one in (DORA, DORAS_ID, EVE)]

    assert found == [[forgotten], [forgotten], []]


def test_a_system_that_was_only_told_to_take_in_no_more_has_deleted_nothing(workspace: Workspace) -> None:
    outside = make_destination(workspace, "webhook", {"url": "https://example.com/hook"})
    make_destination(workspace, "sql", {"tables": []})
    request = start(open_request(workspace, Wish.SUPPRESS_WITH_DELETE_INTERNAL, [DORA])[0].pk, Proof.OWNER)
    Receipt.objects.update_or_create(request=request, destination=outside, name="webhook")
    Receipt.objects.filter(request=request).update(status=Status.COMPLETED, code=200)

    settle(request)

    systems = [one["destination"] for one in document_of(certificate_of(request))["manifest"]["receipts"]]
    assert systems == ["sql"]
