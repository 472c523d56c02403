"""Flows between topics: `manage.py flow run|produce|consume|state|lag`, and what goes with their packages."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from privacy_service import embedded
from privacy_service.streams.commands import packages, running
from privacy_service.streams.errors import FlowError, StreamsError

GROUPS = (running, packages)


class Command(BaseCommand):
    """Run flows and look at them; without a REDIS_URL all of it shares the Valkey of the data folder."""

    requires_system_checks = ()  # They take longer than a look at a topic; a flow's own are made before it runs.
    help = "Flows that mask records between topics, as a dataflow.yaml describes them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one action and what it needs."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for group in GROUPS:
            group.add_to(actions)

    def handle(self, *_: str, act: Callable[[dict[str, Any]], Iterator[str]], **options: Any) -> None:
        """Carry the action out and show its lines as they come."""
        if options["action"] == "run":
            self.check()
        try:
            with ExitStack() as stack:
                if settings.PRIVACY_REDIS_EMBEDDED and options.get("needs_broker", True):
                    settings.REDIS_URL = stack.enter_context(embedded.running(settings.PRIVACY_DATA_DIR))
                for line in act(options):
                    self.stdout.write(line)
                    self.stdout.flush()
        except (FlowError, StreamsError, embedded.EmbeddedFailed) as error:
            raise CommandError(str(error)) from None
        except (KeyboardInterrupt, BrokenPipeError):
            return  # Whoever looked has seen enough.
