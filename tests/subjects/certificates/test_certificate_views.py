"""Certificates over HTTP: for the owner, for the person, for anybody who verifies one."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from privacy_service.subjects.certificates.issuing import document_of
from privacy_service.subjects.certificates.links import link_to
from privacy_service.subjects.models import Certificate, CertificateKey, SubjectRequest
from tests.asking import through_django
from tests.managing.conftest import Api
from workspaces.models import Workspace

HERE = "https://privacy.example.com"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def link(certificate: Certificate, settings: Settings) -> str:
    """Return the path of the person's page."""
    settings.PRIVACY_PUBLIC_URL = HERE
    return link_to(certificate).removeprefix(HERE)


def test_an_owner_takes_it_as_json_or_on_paper(
    owner: Api, forgotten: SubjectRequest, certificate: Certificate, settings: Settings
) -> None:
    settings.PRIVACY_PUBLIC_URL = HERE
    path = f"/subject-requests/{forgotten.pk}"

    listed = owner.get(path).json["certificate"]
    as_json, as_paper = owner.get(f"{path}/certificate"), owner.get(f"{path}/certificate?format=pdf&language=de")

    assert (listed["sha256"], listed["link"]) == (certificate.sha256, link_to(certificate))
    assert (as_json.status, as_json.json) == (200, document_of(certificate))
    assert (as_paper.status, as_paper.headers["Content-Type"], as_paper.body[:5]) == (200, "application/pdf", b"%PDF-")
    assert as_paper.headers["Content-Disposition"] == f'attachment; filename="certificate-{forgotten.pk}.pdf"'
    assert as_paper.headers["Cache-Control"] == "private, no-store"


def test_what_cannot_be_shown_says_why(owner: Api, forgotten: SubjectRequest) -> None:
    held = owner.post(
        "/subject-requests",
        {"wish": "DELETE_ONLY", "identifiers": [{"kind": "email", "value": "eve@example.com"}], "hold": True},
    ).json["id"]

    replies = [
        owner.get(f"/subject-requests/{held}/certificate"),
        owner.get(f"/subject-requests/{forgotten.pk}/certificate?format=doc"),
        owner.get(f"/subject-requests/{forgotten.pk}/certificate?language=xx"),
    ]

    assert [(reply.status, reply.reason) for reply in replies] == [
        (409, "conflict"), (422, "invalid-fields"), (422, "invalid-fields"),
    ]  # fmt: skip


def test_that_somebody_was_forgotten_is_told_and_of_somebody_else_not(
    owner: Api, forgotten: SubjectRequest, certificate: Certificate
) -> None:
    replies = [
        owner.post("/subject-requests/proofs", {"identifiers": [{"kind": "email", "value": value}]})
        for value in ("Dora.Canary@example.com", "eve@example.com")
    ]

    [proof] = replies[0].json["forgotten"]
    assert (proof["request"], proof["sha256"], proof["purged"]) == (str(forgotten.pk), certificate.sha256, False)
    assert (replies[1].json, b"anary" in replies[0].body) == ({"forgotten": []}, False)


def test_anybody_verifies_one_with_the_service_or_with_its_key(certificate: Certificate) -> None:
    document = document_of(certificate)
    sent = [json.dumps(document).encode(), json.dumps(document | {"sha256": "0"}).encode(), b"{}", b"no"]

    replies = [through_django("POST", "/v1/certificates/verify", body, JSON) for body in sent]
    keys = through_django("GET", "/v1/certificates/keys", b"", {}).json["keys"]

    assert [reply.json.get("verdict", reply.json.get("reason")) for reply in replies] == [
        "genuine", "changed", "invalid-body", "invalid-body",
    ]  # fmt: skip
    assert [(key["kid"], key["kty"], key["crv"]) for key in keys] == [(certificate.key_id, "OKP", "Ed25519")]
    assert keys[0]["pem"].startswith("-----BEGIN PUBLIC KEY-----")


def test_looking_keeps_nothing(workspace: Workspace) -> None:
    keys = through_django("GET", "/v1/certificates/keys", b"", {}).json["keys"]
    refused = through_django("PUT", "/v1/certificates/keys", b"", {}).status

    assert (len(keys), CertificateKey.objects.count(), refused) == (1, 0, 405)


def test_too_large_a_body_is_refused(workspace: Workspace) -> None:
    reply = through_django("POST", "/v1/certificates/verify", b" " * (1024 * 1024 + 1), JSON)

    assert (reply.status, reply.reason) == (413, "body-too-large")


def test_the_person_finds_it_under_their_link_in_their_language(
    link: str, certificate: Certificate, forgotten: SubjectRequest
) -> None:
    browser = Client(headers={"Accept-Language": "fr"})
    french = browser.get(link)
    SubjectRequest.objects.update(language="de")
    page = browser.get(link)
    as_json, as_paper = browser.get(f"{link}/json"), browser.get(f"{link}/pdf")

    assert ("Certificat d&#x27;effacement" in french.content.decode(), french["Content-Language"]) == (True, "fr")
    assert ("Löschbescheinigung" in page.content.decode(), f"{link}/pdf" in page.content.decode()) == (True, True)
    assert (as_json.json(), as_paper.content[:5]) == (document_of(certificate), b"%PDF-")
    assert b"anary" not in page.content + as_json.content


def test_a_link_that_was_made_up_or_is_too_old_leads_nowhere(link: str, certificate: Certificate) -> None:
    made_up = [f"/people/certificates/{certificate.request_id}", link[:-1] + ("A" if link[-1] != "A" else "B")]
    replies = [Client().get(path) for path in (*made_up, f"{link}/exe")]
    Certificate.objects.update(manifest="")
    replies += [Client().get(path) for path in (link, f"{link}/json")]

    assert [reply.status_code for reply in replies] == [404] * 5
    assert b"This certificate is not here" in replies[0].content
