"""The service's settings, with what a test run needs beside them."""

from privacy_service.settings import *  # noqa: F403 - a settings module builds on another.
from privacy_service.settings import DATABASES, PRIVACY_DATA_DIR

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file instead of memory: server processes that a story starts open it too.
    DATABASES["default"]["TEST"] = {"NAME": str(PRIVACY_DATA_DIR / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # The slow ones would only slow the tests.
