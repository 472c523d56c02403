"""What production refuses: each unsafe value stops the start with one sentence that says what to do."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from privacy_service.safety import refuse_unsafe, refuse_unsafe_start, unsafe

ROOT = Path(__file__).resolve().parents[1]
SAFE: dict[str, Any] = {
    "PRIVACY_DEVELOPMENT": False,
    "DEBUG": False,
    "SECRET_KEY": "Zm9yIHRoZSB0YWJsZSBvZiB0aGlzIHRlc3Q",
    "PRIVACY_MASTER_KEY": "",
    "PRIVACY_TOKEN_KEY": "YW5vdGhlciBvbmUgZm9yIHRoaXMgdGFibGU",
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "PRIVACY_REDIS_EMBEDDED": False,
    "ALLOWED_HOSTS": ["privacy.example.com"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "CSRF_TRUSTED_ORIGINS": ["https://privacy.example.com"],
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "mail.example.com",
    "EMAIL_HOST_USER": "privacy",
    "EMAIL_USE_TLS": True,
    "PRIVACY_PASSWORD_SIGN_IN": True,
    "PRIVACY_OIDC_ISSUER": "",
}


def test_safe_values_are_not_refused() -> None:
    assert unsafe(SAFE) == []
    refuse_unsafe(SAFE)


@pytest.mark.parametrize(
    ("name", "value", "begins"),
    [
        ("DEBUG", True, "DEBUG is on"),
        ("SECRET_KEY", "development-only-secret-key-that-everybody-can-read", "PRIVACY_SECRET_KEY is a public"),
        ("PRIVACY_TOKEN_KEY", "CHANGE-ME-CHANGE-ME-CHANGE-ME-CHANGE-ME", "PRIVACY_TOKEN_KEY is a public"),
        (
            "SECRET_KEY",
            "abc" * 20,
            "PRIVACY_SECRET_KEY, _TOKEN_KEY or _MASTER_KEY is easily guessed",
        ),
        ("PRIVACY_TOKEN_KEY", SAFE["SECRET_KEY"], "PRIVACY_SECRET_KEY and PRIVACY_TOKEN_KEY are the same"),
        ("PRIVACY_MASTER_KEY", "a-development-only-master-key-in-the-open", "PRIVACY_MASTER_KEY is a public"),
        ("PRIVACY_MASTER_KEY", SAFE["SECRET_KEY"], "PRIVACY_MASTER_KEY is also another key"),
        ("DATABASES", {"default": {"ENGINE": "django.db.backends.sqlite3"}}, "DATABASE_URL names SQLite"),
        ("PRIVACY_REDIS_EMBEDDED", True, "REDIS_URL is `embedded`"),
        ("ALLOWED_HOSTS", ["privacy.example.com", "*"], "PRIVACY_ALLOWED_HOSTS allows every"),
        ("SESSION_COOKIE_SECURE", False, "PRIVACY_INSECURE_COOKIES sends"),
        ("CSRF_COOKIE_SECURE", False, "PRIVACY_INSECURE_COOKIES sends"),
        ("CSRF_TRUSTED_ORIGINS", ["http://privacy.example.com"], "PRIVACY_CSRF_TRUSTED_ORIGINS names"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "PRIVACY_MAIL_FOLDER writes"),
        ("EMAIL_USE_TLS", False, "PRIVACY_MAIL_TLS is off"),
        ("PRIVACY_PASSWORD_SIGN_IN", False, "PRIVACY_PASSWORD_SIGN_IN is off"),
    ],
)
def test_an_unsafe_value_is_refused_unless_it_is_a_trial(name: str, value: object, begins: str) -> None:
    sentences = unsafe({**SAFE, name: value})

    assert len(sentences) == 1
    assert sentences[0].startswith(begins)
    with pytest.raises(ImproperlyConfigured, match=begins):
        refuse_unsafe({**SAFE, name: value})
    refuse_unsafe({**SAFE, name: value, "PRIVACY_DEVELOPMENT": True})


def test_a_refusal_repeats_no_secret() -> None:
    secret = "canary-change-me-0123456789-0123456789"

    assert "canary" not in " ".join(unsafe({**SAFE, "SECRET_KEY": secret, "PRIVACY_TOKEN_KEY": secret}))


@pytest.mark.parametrize("development", [True, False])
def test_a_settings_module_of_ones_own_is_looked_at_too(settings: Settings, *, development: bool) -> None:
    settings.PRIVACY_DEVELOPMENT = development
    settings.DEBUG = True

    if development:
        refuse_unsafe_start()
        return
    with pytest.raises(ImproperlyConfigured, match="DEBUG is on"):
        refuse_unsafe_start()


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own, as production would."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PRIVACY_")}
    command = [sys.executable, "-c", "import privacy_service.settings"]
    return subprocess.run(
        command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_settings_stop_the_start_and_take_secrets_from_files(tmp_path: Path) -> None:
    values = {
        "PRIVACY_SECRET_KEY": SAFE["SECRET_KEY"],
        "PRIVACY_TOKEN_KEY": SAFE["PRIVACY_TOKEN_KEY"],
        "DATABASE_URL": "postgresql://privacy:password@db.example.com/privacy",
        "REDIS_URL": "redis://:password@redis.example.com/0",
    }
    files = {}
    for name, value in values.items():
        (tmp_path / name).write_text(f"{value}\n")
        files[f"{name}_FILE"] = str(tmp_path / name)

    refused = start(**values | {"DATABASE_URL": "sqlite:///:memory:"})

    assert refused.returncode != 0
    assert "DATABASE_URL names SQLite" in refused.stderr
    without = dict.fromkeys(values, "")
    assert start(**without, **files).returncode == 0
    assert "REDIS_URL is not set" in start(**{**without, **files, "REDIS_URL_FILE": ""}).stderr
