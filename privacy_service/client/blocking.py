"""The client for threads."""

import os
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

import httpx

from privacy_service.client.answers import Classified, Decision, Explanation, Masked
from privacy_service.client.attempts import Attempts
from privacy_service.client.calls import Address, ContentType, Reading, Request, as_bytes
from privacy_service.client.lines import Lines
from privacy_service.client.options import Options, checked_url
from privacy_service.client.remembered import Decisions, passed_unsent
from privacy_service.client.understanding import (
    classified_in,
    decision_in,
    explanation_in,
    masked_in,
    unreachable,
)

_DEFAULTS = Options()


class PrivacyClient:
    """Asks the service; every failure is a PrivacyServiceError, and then nothing may be shown.

    One for the whole process: it keeps its connections, is safe in threads, and begins anew in a forked child.
    """

    def __init__(
        self, url: str, *, key: str, options: Options = _DEFAULTS, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._address = Address(checked_url(url), key)
        self._options = options
        self._transport = transport
        self._begin()

    def mask(self, reading: Reading, body: bytes | str, content_type: str = ContentType.JSON) -> Masked:
        """Return the body as the reader may see it; raise AccessDenied where that is not at all."""
        if self._options.skip_passing and (passing := self._remembered().passing(reading)):
            return passed_unsent(passing, as_bytes(body), content_type)
        return masked_in(self._answer_to(self._address.mask(reading, as_bytes(body), content_type)), content_type)

    def mask_lines(self, reading: Reading, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield NDJSON as the reader may see it, while it flows; what was yielded before an error was masked."""
        lines = Lines()
        for piece in pieces:
            for whole in lines.feed(piece):
                yield self._line_by_line(reading, whole)
        for last in lines.rest():
            yield self._line_by_line(reading, last)

    def decision(self, reading: Reading) -> Decision:
        """Return what the reader may see: remembered for as long as the service says it holds, or asked."""
        remembered = self._remembered()
        if known := remembered.get(reading):
            return known
        asked_at = remembered.now()
        decision = decision_in(self._answer_to(self._address.decision(reading)))
        remembered.keep(reading, decision, asked_at=asked_at)
        return decision

    def classify(self, workspace: str, body: bytes | str, content_type: str = ContentType.JSON) -> Classified:
        """Return what is personal in a body and where, never the values."""
        return classified_in(self._answer_to(self._address.classify(workspace, as_bytes(body), content_type)))

    def explain(self, reading: Reading, body: bytes | str = b"", content_type: str = ContentType.JSON) -> Explanation:
        """Return why the reader sees what they see; of a body, why each field is hidden."""
        return explanation_in(self._answer_to(self._address.explain(reading, as_bytes(body), content_type)))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _line_by_line(self, reading: Reading, whole: bytes) -> bytes:
        if self._options.skip_passing:
            self.decision(reading)  # Asked anew while a long stream runs: a right that was taken ends within seconds.
        return self.mask(reading, whole, ContentType.NDJSON).body

    def _answer_to(self, request: Request) -> httpx.Response:
        attempts = Attempts(self._options)
        while True:
            response = self._try(request, attempts.timeout())
            wait = attempts.wait_after(response)
            if wait is None:
                return response
            time.sleep(wait)

    def _try(self, request: Request, seconds: float) -> httpx.Response:
        method, url, headers, body = request
        try:
            return self._connections().request(method, url, headers=headers, content=body, timeout=seconds)
        except httpx.HTTPError as error:
            kind = type(error).__name__
        # Raised outside of the handler: httpx's error holds the request, and with it the body.
        raise unreachable(kind)

    def _connections(self) -> httpx.Client:
        self._check_process()
        return self._http

    def _remembered(self) -> Decisions:
        self._check_process()
        return self._decisions

    def _check_process(self) -> None:
        # A connection shared with the parent could bring one reader's answer to another.
        if self._process != os.getpid():
            self._begin()

    def _begin(self) -> None:
        self._decisions = Decisions(self._options.decisions)
        self._http = httpx.Client(
            headers=self._options.headers(), limits=self._options.limits(), transport=self._transport
        )
        self._process = os.getpid()
