"""Bodies of a backend's responses, raw and as bob may see them."""

import gzip
import zlib

RAW = b'{"name":"alice","ssn":"123-45-6789"}'
MASKED = b'{"name":"alice","ssn":"***-**-****"}'
CANARY = b"6789"

# Content type, encoding, raw, masked.
KINDS = [
    ("application/json", "", RAW, MASKED),
    ("application/json; charset=UTF-8", "", RAW, MASKED),
    ("application/problem+json", "", RAW, MASKED),
    ("application/vnd.api+json", "", RAW, MASKED),
    ("application/x-ndjson", "", RAW + b"\n" + RAW, MASKED + b"\n" + MASKED),
    ("application/jsonl", "", RAW + b"\n", MASKED + b"\n"),
    ("text/csv; charset=utf-8", "", b"name,ssn\r\nalice,123-45-6789\r\n", b"name,ssn\r\nalice,***-**-****\r\n"),
    ("text/plain", "", b"His number is 123-45-6789.", b"His number is ***-**-****."),
    ("application/json", "gzip", gzip.compress(RAW), MASKED),
    ("application/json", "deflate", zlib.compress(RAW), MASKED),
    ("application/json", "identity", RAW, MASKED),
    ("application/x-ndjson", "gzip", gzip.compress(RAW + b"\n"), MASKED + b"\n"),
]

# What cannot be masked, and the reason the reader is told.
WITHHELD = [
    ("text/html", "", RAW, "media-type-blocked"),
    ("application/pdf", "", RAW, "media-type-blocked"),
    ("text/event-stream", "", b"data: 123-45-6789\n\n", "media-type-blocked"),
    ("application/octet-stream", "", RAW, "media-type-blocked"),
    ("", "", RAW, "media-type-blocked"),
    ("text/plain; charset=latin-1", "", RAW, "media-type-blocked"),
    ("application/json", "br", RAW, "encoding-blocked"),
    ("application/json", "gzip", RAW, "encoding-blocked"),
    ("application/json", "gzip", gzip.compress(RAW)[:-9], "encoding-blocked"),
    ("application/json", "gzip", gzip.compress(RAW + b" " * 20_000_000), "body-too-large"),
    ("text/plain", "", b"6789" * 3_000_000, "body-too-large"),
    ("application/json", "", b'{"ssn": "123-45-6789"', "unavailable"),
    ("application/json", "", b'{"ssn": "\xff6789"}', "unavailable"),
]
