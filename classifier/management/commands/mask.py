"""Hide what is personal in a text or a file: `manage.py mask --format ndjson < events.ndjson`."""

import hashlib
import hmac
import json
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from classifier.bulk import Bulk, Format, Source
from classifier.exceptions import PolicyError
from classifier.management.base import REFUSED, BulkCommand
from classifier.policies import POLICY_NAMES, Policy


class Command(BulkCommand):
    """Write the input with its personal data hidden; the rest keeps its bytes."""

    help = "Write the input with its personal data hidden as a policy says; the rest keeps its bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take also how to hide."""
        super().add_arguments(parser)
        names = ", ".join(POLICY_NAMES)
        parser.add_argument("--policy", default="strict", help=f"{names}, or a file with a policy as JSON")

    def pieces(self, work: Bulk, stream: Source, **options: Any) -> Iterable[bytes]:
        """Return the masked input."""
        return work.mask(stream, Format(options["form"]), policy_of(options["policy"]))


def policy_of(name: str) -> Policy:
    """Return the policy of this name, or the one that a file of this name holds."""
    try:
        if name in POLICY_NAMES:
            return Policy.named(name, hash_key=_hash_key())
        return Policy.from_dict(json.loads(Path(name).read_text(encoding="utf-8")), hash_key=_hash_key())
    except PolicyError as error:
        message = f"The policy {name} cannot be used: {error}"
    except (OSError, ValueError):
        message = f"{name} is neither a policy ({', '.join(POLICY_NAMES)}) nor a file that holds one as JSON."
    raise CommandError(message, returncode=REFUSED)


def _hash_key() -> bytes:
    # Its own key: what one person masks on a command line must not join with a workspace's records.
    return hmac.digest(settings.PRIVACY_TOKEN_KEY.encode(), b"hash:command", hashlib.sha256)
