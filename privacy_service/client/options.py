"""How a client behaves: how long it waits, how often it tries, what it remembers."""

import re
from dataclasses import dataclass

import httpx

_SYSTEM = re.compile(r"[a-z0-9][-a-z0-9._/]{0,79}")


@dataclass(frozen=True, slots=True)
class Options:
    """Times are in seconds; the defaults suit a reader who waits for a page."""

    timeout: float = 5.0  # For one step of a try: to connect, to send, to get the next piece of the answer.
    deadline: float = 10.0  # For a whole call; no try begins after it.
    tries: int = 3  # Of a call that is answered 429 or 503; any other failure is final.
    connections: int = 20  # Open at once; whoever finds none free waits for one.
    decisions: int = 10_000  # Remembered at most; 0 remembers none.
    system: str = ""  # What this backend is called in the service's list of integrated systems, such as `orders`.
    skip_passing: bool = True  # Send nothing that a remembered decision lets pass. Shadow then sees nothing of it.

    def __post_init__(self) -> None:
        if self.system and not _SYSTEM.fullmatch(self.system):
            message = "A system is named by small letters, digits and -._/ alone, such as `orders`."
            raise ValueError(message)

    def headers(self) -> dict[str, str]:
        """Return what every call carries beside its key."""
        return {"PII-System": f"{self.system}; way=client"} if self.system else {}

    def limits(self) -> httpx.Limits:
        """Return the size of the connection pool."""
        return httpx.Limits(max_connections=self.connections, max_keepalive_connections=self.connections)


def checked_url(url: str) -> str:
    """Return the service's address; raise ValueError for one that is none."""
    parsed = httpx.URL(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.query or parsed.userinfo:
        message = "The service's address is like https://privacy.example.com, without a query or a password."
        raise ValueError(message)
    return url.rstrip("/")
