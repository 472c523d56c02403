"""Technical sentences and log lines that hold nothing personal: made from templates and a seed, or read of a library."""

# ruff: noqa: E501, SIM905 - a template is a line; words read better in one.

import ast
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

Make = Callable[[random.Random], str]

_WORDS = "alpha beta gamma delta cache queue worker ledger parser router index shard replica billing search".split()
_VERBS = "started finished retried failed skipped rebuilt drained scheduled compacted flushed".split()


def _hex(chance: random.Random, length: int) -> str:
    return "".join(chance.choice("0123456789abcdef") for _ in range(length))


def _uuid(chance: random.Random) -> str:
    return "-".join(_hex(chance, length) for length in (8, 4, 4, 4, 12))


# What the braces of a template stand for.
PARTS: dict[str, Make] = {
    "word": lambda c: c.choice(_WORDS),
    "verb": lambda c: c.choice(_VERBS),
    "n": lambda c: str(c.randint(0, 99999)),
    "small": lambda c: str(c.randint(2, 64)),
    "big": lambda c: str(c.randint(10**6, 10**9)),
    "bytes": lambda c: f"{c.randint(1, 999)},{c.randint(100, 999)},{c.randint(100, 999)}",
    "ms": lambda c: f"{c.uniform(0.1, 900):.{c.randint(1, 3)}f}",
    "stamp": lambda c: (
        f"2025-{c.randint(1, 12):02}-{c.randint(1, 28):02}T{c.randint(0, 23):02}:{c.randint(0, 59):02}:{c.randint(0, 59):02}.{c.randint(0, 999):03}Z"
    ),
    "date": lambda c: f"{c.randint(1, 28):02}.{c.randint(1, 12):02}.2025",
    "time": lambda c: f"{c.randint(0, 23):02}:{c.randint(0, 59):02}:{c.randint(0, 59):02}",
    "epoch": lambda c: str(c.randint(1_690_000_000, 1_760_000_000)),
    "epochms": lambda c: str(c.randint(1_690_000_000_000, 1_760_000_000_000)),
    "uuid": _uuid,
    "hash": lambda c: _hex(c, c.choice((7, 12, 40, 64))),
    "version": lambda c: ".".join(str(c.randint(0, 40)) for _ in range(3)),
    "price": lambda c: f"{c.randint(1, 9999)}.{c.randint(0, 99):02}",
    "order": lambda c: f"{c.randint(10**7, 10**10 - 1)}",
    "level": lambda c: c.choice(("DEBUG", "INFO", "WARN", "ERROR")),
    "file": lambda c: f"{c.choice(_WORDS)}_{c.choice(_WORDS)}.{c.choice(('py', 'go', 'rs', 'ts', 'yaml', 'csv'))}",
}
TEMPLATES = (
    "{stamp} {level} {word}-{small} {verb} job {n} in {ms} ms",
    "{stamp} [{level}] {word}: request_id={uuid} status={small} duration={ms}ms",
    "{level} {time} {word}.{word} - {verb} {n} rows, {bytes} bytes written",
    "GET /api/v{small}/{word}/{n}?page={small}&limit={small} 200 {ms}ms",
    "commit {hash} moves {file} to {word}/{file}",
    "Build {n} of version {version} {verb} after {ms} seconds.",
    "The {word} {verb} at {epoch}; the next run is due at {epochms}.",
    "order {order} shipped with {small} items for {price} EUR",
    "Invoice no. {order} over {price} USD was {verb}.",
    "trace={hash} span={hash} parent={uuid}",
    "{file}:{small}:{small}: error: expected `;` before token {small}",
    "Upgrade {word} from {version} to {version} before {date}.",
    "The {word} uses port {n} and keeps {small} GB of memory.",
    "panic: index out of range [{small}] with length {small} at {file}:{n}",
    "SELECT count(*) FROM {word}_{word} WHERE id > {big} LIMIT {small};",
    "sha256:{hash} pulled in {ms}s, image size {bytes}",
    "max_connections={n} shared_buffers={small}MB work_mem={small}MB",
    "We measured {ms} ms at p50 and {ms} ms at p99 over {big} requests.",
    "TODO: the {word} should retry {small} times, then give up after {ms} s.",
    "kernel: [{n}.{big}] {word}: link is up, {small} Gbps",
    "offset={big} partition={small} topic={word}.{word}.v{small} lag={n}",
    "{word}.{word}(timeout={ms}, retries={small})  # {verb}",
    "heap: {bytes} used, {bytes} free, {small} collections",
    "Ticket {order}: the {word} does not {word} when the {word} is {verb}.",
    "size {big} bytes, mtime {epoch}, mode 0644, {file}",
    "export const {word} = [{n}, {n}, {n}, {n}, {n}];",
    'rate(http_requests_total{{job="{word}"}}[5m]) > {small}',
    "Progress: {small}% ({n}/{n}), ETA {time}",
    "docker run -p {n}:{n} -v /{word}:/{word} {word}:{version}",
    "{n} {n} {n} {n} {n} {n}",
    "x={ms} y={ms} z={ms} confidence=0.{n}",
    "The {word} team {verb} the {word} on {date} at {time}.",
    "Isolation level: serializable; retries: {small}; conflicts: {n}",
    "Note: the {word} cache holds {n} entries of {small} KB each.",
    "Step {small}: open {file}, change {word} to {n}, save.",
    'chunk {small}/{small} etag "{hash}" part-{n}',
    "Accept: application/json; q=0.{small}, text/plain; q=0.{small}",
    "User-Agent: {word}/{version} (Linux x86_64) {word}/{version}",
    "error code {n}, errno {small}, exit status {small}",
    "ISBN 978-{small}-{n}-{small} is a book about {word}s.",
    "{word} {version}-rc{small}+build.{n} {verb}",
    "cpu={ms}% mem={ms}% disk={ms}% load={ms} {ms} {ms}",
    "Table {small}: {ms} | {ms} | {ms} | {ms}",
    '{{"level":"{level}","msg":"{word} {verb}","took":{ms},"count":{n}}}',
    "The lemma holds for n >= {small}, as {n} = {small} * {small} + {small}.",
)


def technical_lines(seed: int, count: int) -> Iterator[str]:
    """Yield as many lines, every template in turn."""
    chance = random.Random(seed)  # noqa: S311 - reproducible, and nothing is kept secret with it.
    for number in range(count):
        template = TEMPLATES[number % len(TEMPLATES)]
        yield _filled(template, chance)


def _filled(template: str, chance: random.Random) -> str:
    pieces: list[str] = []
    for literal, name in _split(template):
        pieces += (literal, PARTS[name](chance) if name else "")
    return "".join(pieces)


def _split(template: str) -> Iterator[tuple[str, str]]:
    for literal, name, _, _ in Formatter().parse(template):
        yield literal, name or ""


def docstrings_of(package: ModuleType) -> list[str]:
    """Return the first paragraph of each docstring of a package, where it is a sentence or two."""
    (folder,) = package.__path__
    trees = [ast.parse(path.read_bytes()) for path in sorted(Path(folder).rglob("*.py"))]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    said = [ast.get_docstring(node) or "" for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)]
    first = {" ".join(text.partition("\n\n")[0].split()) for text in said}
    return sorted(text for text in first if 20 < len(text) < 200)
