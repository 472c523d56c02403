"""The root of the tree: what every error says, and its status until a branch names another."""

from collections.abc import Mapping
from typing import Any, ClassVar


class PrivacyError(Exception):
    """Something prevents an answer; the reader gets none."""

    status: ClassVar[int] = 503
    reason: ClassVar[str] = "unavailable"
    title: ClassVar[str] = "The service cannot answer now"
    detail = "Nothing was passed on. Try again shortly; if it goes on, the runbook of the service says what to check."

    def __init__(self, detail: str = "", *, members: Mapping[str, Any] | None = None, **headers: str) -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail
        self.members = dict(members or {})
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
