"""A small backend that knows nothing of the privacy-service: `python -m deploy.demo.api customers|orders PORT`."""

import csv
import io
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from deploy.demo.data import customers, orders

Rows = list[dict[str, Any]]
_KINDS = {"customers": customers, "orders": orders}
_PER_PAGE = 10


class Handler(BaseHTTPRequestHandler):
    """Answers `/customers?page=2&count=10` in JSON, `/customers.csv` in CSV."""

    protocol_version = "HTTP/1.1"
    kind = ""

    def do_GET(self) -> None:
        """Answer one request."""
        where = urlsplit(self.path)
        rows = _page(_KINDS[self.kind](), parse_qs(where.query))
        if where.path == f"/{self.kind}":
            self._send(200, "application/json", json.dumps({self.kind: rows}))
        elif where.path == f"/{self.kind}.csv":
            self._send(200, "text/csv; charset=utf-8", _as_csv(rows))
        else:
            self._send(404, "application/json", json.dumps({"error": f"Try /{self.kind} or /{self.kind}.csv."}))

    def log_message(self, *_: object) -> None:
        """Say nothing: this is the terminal of the demo."""

    def _send(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _page(rows: Rows, query: dict[str, list[str]]) -> Rows:
    count, page = _number(query, "count", _PER_PAGE), _number(query, "page", 1)
    return rows[(page - 1) * count : page * count]


def _number(query: dict[str, list[str]], name: str, default: int) -> int:
    [value] = query.get(name, [""])[:1]
    return max(1, int(value)) if value.isascii() and value.isdigit() else default


def _as_csv(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    Handler.kind = sys.argv[1]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
