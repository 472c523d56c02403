"""A whole installation as in production: started in order, restarted server by server under load, without a loss."""

import re
import time
from collections.abc import Iterator
from urllib.request import urlopen

import psycopg
import pytest

from tests.deploy.layout import KEY, Balancer, Client, Layout, eventually, layout
from tests.services import free_port

MASKS = re.compile(r'privacy_requests_total\{endpoint="mask",status="200"\} (\S+)')
READERS = ("alice@acme.example", "bob@acme.example", "carol@acme.example", "bob@acme.example")


@pytest.fixture(scope="module")
def installation() -> Iterator[Layout]:
    """Return an installation whose database has been migrated."""
    with layout() as made:
        migration = made.instance("migrate")
        assert migration.run() == 0, migration.log.read_text()
        made.command("demo", "--key", KEY)
        yield made


def page(address: str) -> str:
    """Return what a page of metrics says."""
    with urlopen(f"http://{address}/metrics", timeout=10) as answer:
        return str(answer.read(), "utf-8")


def masks_counted(address: str) -> bool:
    """Say whether a server has counted a body that it masked since it was started."""
    return MASKS.search(page(address)) is not None


def recorded(made: Layout, wanted: set[str]) -> set[str]:
    """Return which of the ids are in the audit trail."""
    with psycopg.connect(made.database_url) as connection:
        rows = connection.execute("SELECT id FROM decisions_decisionrecord WHERE id = ANY(%s::uuid[])", [list(wanted)])
        return {row[0].hex for row in rows}


def test_a_rolling_restart_under_load_loses_no_request_and_no_record(installation: Layout) -> None:
    made = installation
    pages = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    others = [
        made.instance(name, PRIVACY_METRICS_LISTEN=listen, PRIVACY_WORKER_PROCESSES="1")
        for name, listen in zip(("worker", "beat"), pages, strict=True)
    ]
    servers = [made.web_server(), made.web_server()]
    for instance in (*servers, *others):
        instance.launch()
    for instance in (*servers, *others):
        instance.wait_until_ready()
    balancer = Balancer(servers)
    clients = [Client(balancer, actor, number) for number, actor in enumerate(READERS)]
    for client in clients:
        client.start()

    ends, restarted_at = [], []
    for server in servers:
        ends.append(server.stop())
        server.start()
        restarted_at.append(sum(len(client.answered) for client in clients))
        time.sleep(0.5)  # The balancer sees that it is back before the next one goes.
    eventually(lambda: "rollout.run_due_moves" in page(pages[0]), others[0].log.read_text)
    eventually(lambda: all(map(masks_counted, balancer.addresses)), others[0].log.read_text)
    balancer.done.set()
    for client in clients:
        client.join(timeout=15)
    metrics = [page(address) for address in (*balancer.addresses, *pages)]
    ends += [instance.stop() for instance in (*servers, *others)]

    answered = {number: address for client in clients for number, address in client.answered.items()}
    assert [line for client in clients for line in client.lost] == []
    assert set(answered.values()) == set(balancer.addresses)
    assert len(answered) > restarted_at[-1] > restarted_at[0] > 0
    assert recorded(made, set(answered)) == set(answered)
    assert ends == [0] * len(ends)
    # What each server counted since it was started anew is what the clients got from it since, at most.
    for address, text in zip(balancer.addresses, metrics[:2], strict=True):
        found = MASKS.search(text)
        assert found
        assert 0 < float(found[1]) < sum(one == address for one in answered.values())
    assert re.search(r'privacy_tasks_total\{state="success",task="rollout.run_due_moves"\} [1-9]', metrics[2])
