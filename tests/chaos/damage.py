"""Files that the classifier needs, missing or corrupt, and what processes make of it that start then."""

import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

from privacy_service.streams.brokers.redis_streams import RedisBroker
from privacy_service.streams.records import Record
from tests.chaos.columns import FLOWS, Said, ask
from tests.chaos.installation import BODY, GIVEN, MASKED, SOURCES, Installation, flow, server, wait

# What each tier reads, below `classifier/names` in the copy of the code that the processes run.
FILES = {"fast": "data/weights.txt.gz", "thorough": "model/names.int8.onnx"}
KINDS = ("missing", "corrupt")
NAMED = BODY.replace(b"a word", b"Please call Mary Johnson back tomorrow morning.")
_WITHIN_SECONDS = 60


@contextmanager
def damaged(there: Installation, tier: str, how: str) -> Iterator[None]:
    """Take a tier's file away, or cut it in half."""
    path = there.code / "classifier/names" / FILES[tier]
    kept = path.read_bytes()
    path.unlink()
    if how == "corrupt":
        path.write_bytes(kept[: len(kept) // 2])
    try:
        yield
    finally:
        path.write_bytes(kept)


@contextmanager
def new_servers(there: Installation, tier: str) -> Iterator[Installation]:
    """Start a service and a gateway beside those that run, which search by this tier."""
    with ExitStack() as stack:
        told = {**there.addresses, "PRIVACY_CLASSIFIER_TIER": tier}
        web, gateway = (server(there.folder, kind, name=f"{tier}-{kind}", **told) for kind in ("wsgi", "asgi"))
        for one in (web, gateway):
            one.start(within_seconds=_WITHIN_SECONDS)
            stack.callback(one.stop)
        yield replace(there, web=web, gateway=gateway)


def asked_of(there: Installation) -> Mapping[str, Said]:
    """Ask what masks, and what only decides."""
    there.backend.on("/customers", NAMED, Content_Type="application/json")
    return {column: ask(there, column, NAMED) for column in ("mask", "gateway", "topics", "decision")}


def flowed(there: Installation, tier: str) -> Mapping[str, int]:
    """Have a flow of its own mask one record, and return how many came out and how many were given up."""
    namespace = f"chaos-{uuid.uuid4().hex[:8]}"
    with (
        closing(RedisBroker(there.addresses["REDIS_URL"], namespace)) as broker,
        flow(there.web, namespace=namespace, tier=tier),
    ):
        broker.write(GIVEN, [Record(NAMED)])

        def seen() -> dict[str, int]:
            topics = {FLOWS: MASKED, "dead letters": "mask-all.dead-letters"}
            return {name: len(broker.page(topic, after="")) for name, topic in topics.items()}

        wait(_WITHIN_SECONDS, lambda: any(seen().values()))
        return seen()


def files_masked(there: Installation, tier: str, body: bytes = NAMED) -> subprocess.CompletedProcess[bytes]:
    """Have the command mask a file, which ends with status 3 where it could not."""
    name = f"{uuid.uuid4()}.jsonl"
    source = there.folder / SOURCES / name
    source.write_bytes(body + b"\n")
    command = [sys.executable, str(there.code / "manage.py"), "mask_files", str(source)]
    command += [str(there.folder / "out" / name), "--policy", "strict", "--tier", tier, "--workers", "1"]
    return subprocess.run(command, cwd=there.code, env=there.web.environment, check=False, capture_output=True)
