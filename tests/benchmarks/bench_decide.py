"""decide(): microseconds a call, warm and cold."""

import statistics
import timeit
from collections.abc import Callable

from privacy_service.decisions import engine
from privacy_service.decisions.types import AccessRequest
from privacy_service.rollout import release
from tests.signing import Signer, ec_signer, ed_signer, key_set, rsa_signer
from workspaces.actor_tokens import subject_of, verifying
from workspaces.actor_tokens.keeping import keep_document, keep_secret
from workspaces.keys import create_service_account
from workspaces.models import ServiceAccount, User, Workspace
from workspaces.stamp import StampedCache, stamp


def main() -> None:
    """Measure as a server process sees it: the stamp is read beside, not by the request."""
    stamp.read()
    workspace = Workspace.objects.get(slug="acme")
    print("\ndecide(), µs a call, medians")
    for name in ("alice", "bob", "mallory"):
        access = AccessRequest(User.objects.get(email=f"{name}@acme.example"), workspace)
        warm = _microseconds(lambda access=access: engine.decide(access), 2_000)  # type: ignore[misc]
        cold = _microseconds(lambda access=access: _decide_cold(access), 50)  # type: ignore[misc]
        print(f"{name:10} warm {warm:8.1f}   cold {cold:8.1f}")
    _signed_readers()


def _signed_readers() -> None:
    """Measure what a signed reader costs beside the decision: verified before, and for the first time."""
    account = create_service_account("bench-signed")
    row, secret = keep_secret(account)
    signers = [rsa_signer(), ec_signer(), ed_signer(), Signer(row.kid, "HS256", secret)]
    keep_document(account, key_set(*signers[:3]))
    print("\na signed reader, µs a token of some 300 characters, medians")
    for signer in signers:
        token = signer.token("bob@acme.example")
        known = _microseconds(lambda token=token: subject_of(token, account=account.pk, slug="acme"), 2_000)  # type: ignore[misc]
        new = _microseconds(lambda token=token: _verify_anew(token, account), 100)  # type: ignore[misc]
        print(f"{signer.algorithm:10} known {known:7.1f}   new {new:8.1f}")


def _verify_anew(token: str, account: ServiceAccount) -> None:
    verifying._verified = StampedCache()
    subject_of(token, account=account.pk, slug="acme")


def _decide_cold(access: AccessRequest) -> None:
    for module, name in ((engine, "_decisions"), (release, "_causes")):
        setattr(module, name, StampedCache())
    engine.decide(access)


def _microseconds(call: Callable[[], object], number: int) -> float:
    return statistics.median(timeit.repeat(call, number=number, repeat=9)) / number * 1e6
