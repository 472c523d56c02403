"""A service that answers as told, for what a real one does too seldom or too late to wait for."""

from collections.abc import Callable, Iterable

import httpx

from privacy_service.client import AsyncPrivacyClient, Options, PrivacyClient, Reading

URL = "http://privacy.test"
BOB = Reading("acme", "bob@example.com")
RAW = b'{"ssn":"123-45-6789"}'
MASKED = b'{"ssn":"***-**-****"}'

Handler = Callable[[httpx.Request], httpx.Response]


def masked(body: bytes = MASKED, content_type: str = "application/json", **headers: str) -> httpx.Response:
    """Return an answer as `/mask` gives it."""
    said = {
        "Content-Type": content_type,
        "PII-Decision": "mask",
        "PII-Reason": "role-lacks-pii",
        "PII-Entities": "US_SSN=1",
        "PII-Policy": "3",
        "PII-Request-Id": "0" * 32,
    }
    return httpx.Response(200, content=body, headers=said | {name.replace("_", "-"): v for name, v in headers.items()})


def decided(effect: str = "mask", reason: str = "role-lacks-pii", max_age: int = 1) -> httpx.Response:
    """Return an answer as `/decision` gives it."""
    content = {"effect": effect, "reason": reason, "policy_version": 3, "max_age": max_age}
    return httpx.Response(200, json=content)


def problem(status: int, reason: str, *, retry_after: str = "", **members: object) -> httpx.Response:
    """Return a problem as the service tells it."""
    content = {"title": "title", "status": status, "detail": "what to do", "reason": reason, **members}
    headers = {"Content-Type": "application/problem+json", "PII-Request-Id": "1" * 32}
    return httpx.Response(status, json=content, headers=headers | ({"Retry-After": retry_after} if retry_after else {}))


class Service:
    """Answers each request with the next of its answers, the last one again and again; keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | Handler | type[httpx.HTTPError]) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, type):
            message = f"broken while {request.content!r} was sent"
            raise answer(message, request=request)
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return answer(request)

    def paths(self) -> list[str]:
        """Return what was asked, by the last part of its path."""
        return [request.url.path.rpartition("/")[2] for request in self.asked]


def blocking(service: Service, **options: object) -> PrivacyClient:
    """Return a client of this service."""
    chosen = Options(**options)  # type: ignore[arg-type]
    return PrivacyClient(URL, key="key", options=chosen, transport=httpx.MockTransport(service))


def asynchronous(service: Service, **options: object) -> AsyncPrivacyClient:
    """Return an asynchronous client of this service."""
    chosen = Options(**options)  # type: ignore[arg-type]
    return AsyncPrivacyClient(URL, key="key", options=chosen, transport=httpx.MockTransport(service))


def pieces_of(body: bytes, size: int) -> Iterable[bytes]:
    """Cut a body, wherever that may be."""
    return (body[at : at + size] for at in range(0, len(body), size))
