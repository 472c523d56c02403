#!/usr/bin/env python
"""Run the administrative commands of the service."""

import os
import sys


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_service.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - settings are named first.

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
