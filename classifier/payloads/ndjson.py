"""Masking and classifying newline-delimited JSON: one document a line."""

from collections import Counter
from collections.abc import Iterator

from classifier.entities import Entity
from classifier.payloads.json_batch import Document, batches, search_together
from classifier.payloads.json_body import classify_json
from classifier.payloads.types import Finding
from classifier.policies import CompiledPolicy
from classifier.tiers import Search


def mask_ndjson(text: str, policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> str:
    """Return the lines with their personal data hidden; line ends and blank lines stay."""
    lines = text.split("\n")
    for batch in batches((Document(line, counts, index + 1) for index, line in _documents(lines)), Document.length):
        for document in batch:
            document.read(policy, search)
        search_together(batch, search)
        for document in batch:
            policy.turn_to(document.first_line - 1)
            lines[document.first_line - 1] = policy.numbered(document.masked(policy, search))
            policy.end_document()
    return "\n".join(lines) if counts else text


def classify_ndjson(text: str, search: Search) -> list[Finding]:
    """Return what is personal, each path beginning with the index of its line."""
    findings: list[Finding] = []
    for index, line in _documents(text.split("\n")):
        findings += classify_json(line, search, f"/{index}", first_line=index + 1)
    return findings


def _documents(lines: list[str]) -> Iterator[tuple[int, str]]:
    return ((index, line) for index, line in enumerate(lines) if line.strip(" \t\r"))
