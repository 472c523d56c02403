"""People with passwords and authenticators, at the door."""

from collections.abc import Callable

import orjson
import pytest
from django.core.cache import cache
from django.test import Client
from django_otp.oath import TOTP

from privacy_service.decisions.models import PendingAct
from workspaces import second_factor
from workspaces.models import SecondFactor, User

SECRET = "correct-horse-battery"
SIGN_IN, CODE, ACCOUNT, HOME = "/console/sign-in", "/console/sign-in/code", "/console/account", "/console/w/acme/"

Told = Callable[[], list[tuple[str, dict[str, object]]]]


@pytest.fixture
def alice(alice: User) -> User:
    """Return the owner, who has a password."""
    cache.clear()
    alice.set_password(SECRET)
    alice.save()
    return alice


@pytest.fixture
def factor(alice: User) -> SecondFactor:
    """Return alice's authenticator, which is on."""
    return turned_on(alice)[0]


@pytest.fixture
def told() -> Told:
    """Return what tells which acts of signing in the trail was told of since."""
    PendingAct.objects.all().delete()

    def acts() -> list[tuple[str, dict[str, object]]]:
        lines = [orjson.loads(line) for line in PendingAct.objects.order_by("pk").values_list("line", flat=True)]
        leave_out = {"request_id", "trace_id"}
        return [(one["kind"], {k: v for k, v in one.get("detail", {}).items() if k not in leave_out}) for one in lines]

    return acts


def turned_on(user: User) -> tuple[SecondFactor, list[str]]:
    """Turn an authenticator on for somebody; return it, and the recovery codes."""
    factor = second_factor.begin(user)
    codes = second_factor.confirm(user, shown_by(factor, steps=-1))
    return SecondFactor.objects.get(pk=factor.pk), codes


def shown_by(factor: SecondFactor, *, steps: int = 0) -> str:
    """Return what the authenticator shows now, or some half minutes from now."""
    return f"{TOTP(second_factor.key_of(factor), drift=steps).token():06}"


def sign_in(client: Client, password: str = SECRET, **more: str) -> tuple[int, str]:
    """Try to sign in as alice; return the status and where one is sent."""
    response = client.post(SIGN_IN, {"username": "ALICE@example.com", "password": password, **more})
    return response.status_code, response.get("Location", "")
