"""A classifier that forgets to write what it has hidden, for tests of what happens then."""

import pytest

from classifier import engine


def forget_to_hide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every body come out as it went in, although all of it was hidden."""
    masking = engine._with_operators

    def forgetful(body: str, *rest: object) -> str:
        masking(body, *rest)  # type: ignore[arg-type]
        return body

    monkeypatch.setattr(engine, "_with_operators", forgetful)
