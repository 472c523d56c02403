"""A provider that one service trusts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from privacy_service.openid import provider as known
from tests.identity_provider import IdentityProvider, identity_provider


@pytest.fixture(scope="module")
def _running() -> Iterator[IdentityProvider]:
    with identity_provider() as running:
        yield running


@pytest.fixture
def provider(_running: IdentityProvider, settings: Any) -> IdentityProvider:
    """Return the provider of this module, which has said nothing yet and is trusted."""
    cache.clear()  # What came to nothing from this address is counted there.
    fresh = IdentityProvider(signer=_running.signer, url=_running.url)
    _running.__dict__.update({name: value for name, value in vars(fresh).items() if name not in {"signer", "url"}})
    for name, value in fresh.settings.items():
        setattr(settings, name, value)
    known.forget()
    return _running
