#!/usr/bin/env python
"""Run the administrative commands of the service."""

import os
import sys

TRIAL = 'To try the service out on this machine, `make manage COMMAND="..."` sets what it needs.'


def main() -> None:
    """Hand the command line to Django; a setting that is missing or wrong is a sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - settings are named first.
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - as above.

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}\n{TRIAL}")


if __name__ == "__main__":
    main()
