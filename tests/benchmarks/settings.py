"""The service's settings as in production, with a view beside it that does nothing."""

from privacy_service.settings import *  # noqa: F403 - a settings module builds on another.

ROOT_URLCONF = "tests.benchmarks.urls"
