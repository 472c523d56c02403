"""Settings from the environment: what is missing or unusable stops the start with a sentence that names it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from privacy_service import env

NAME = "PRIVACY_TEST_VALUE"
ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        (lambda: env.text(NAME), "a", "a"),
        (lambda: env.text(NAME, default="b"), "", "b"),
        (lambda: env.integer(NAME, default=1), "7", 7),
        (lambda: env.integer(NAME, default=1), "", 1),
        (lambda: env.number(NAME, default=1.0), "0.5", 0.5),
        (lambda: env.boolean(NAME, default=False), "Yes", True),
        (lambda: env.boolean(NAME, default=True), "off", False),
        (lambda: env.boolean(NAME, default=True), "", True),
        (lambda: env.names(NAME), "a, b,,c ", ["a", "b", "c"]),
        (lambda: env.networks(NAME), "10.0.0.0/8, ::1/128", ["10.0.0.0/8", "::1/128"]),
        (lambda: env.one_of(NAME, ("a", "b"), default="a"), "b", "b"),
        (lambda: env.path_prefix(NAME), "", ""),
        (lambda: env.path_prefix(NAME), "/tools/privacy/", "/tools/privacy"),
        (lambda: env.private_url(NAME), "", ""),
        (lambda: env.private_url(NAME), "https://audit.example.com/x", "https://audit.example.com/x"),
        (lambda: env.private_url(NAME), "http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        (lambda: env.secret(NAME), "s" * 32, "s" * 32),
    ],
)
def test_a_value_is_read_as_its_type(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], raw: str, value: object
) -> None:
    monkeypatch.setenv(NAME, raw)

    assert read() == value


@pytest.mark.parametrize(
    ("read", "raw", "sentence"),
    [
        (lambda: env.text(NAME), "", "PRIVACY_TEST_VALUE is not set"),
        (lambda: env.integer(NAME, default=1), "many", "PRIVACY_TEST_VALUE must be a whole number, such as 1"),
        (lambda: env.integer(NAME, default=1, least=1), "0", "PRIVACY_TEST_VALUE must be at least 1"),
        (lambda: env.integer(NAME, default=1, most=9), "10", "PRIVACY_TEST_VALUE must be at most 9"),
        (lambda: env.number(NAME, default=0.5), "soon", "PRIVACY_TEST_VALUE must be a number, such as 0.5"),
        (lambda: env.number(NAME, default=0.5), "nan", "PRIVACY_TEST_VALUE must be at least 0"),
        (lambda: env.boolean(NAME, default=True), "perhaps", "PRIVACY_TEST_VALUE must be true or false"),
        (lambda: env.one_of(NAME, ("a", "b"), default="a"), "c", "PRIVACY_TEST_VALUE must be one of a, b"),
        (lambda: env.secret(NAME), "", "PRIVACY_TEST_VALUE is not set. Set it, or PRIVACY_TEST_VALUE_FILE"),
        (lambda: env.secret(NAME), "short-canary", "PRIVACY_TEST_VALUE is too short"),
        (
            lambda: env.private_url(NAME),
            "http://audit.example.com/canary",
            "PRIVACY_TEST_VALUE must be an https:// address",
        ),
        (
            lambda: env.private_url(NAME),
            "https://canary:pass@audit.example.com/",
            "PRIVACY_TEST_VALUE must be an https:// address",
        ),
        (lambda: env.private_url(NAME), "ftp://127.0.0.1/canary", "PRIVACY_TEST_VALUE must be an https:// address"),
        (lambda: env.private_url(NAME), "https:///canary", "PRIVACY_TEST_VALUE must be an https:// address"),
        (lambda: env.private_url(NAME), "canary", "PRIVACY_TEST_VALUE must be an https:// address"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_but_not_shown(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], raw: str, sentence: str
) -> None:
    monkeypatch.setenv(NAME, raw)

    with pytest.raises(ImproperlyConfigured, match=sentence) as refusal:
        read()

    assert "canary" not in str(refusal.value)


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("from-a-file-0123456789-0123456789\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(path))

    assert env.secret(NAME) == "from-a-file-0123456789-0123456789"


def test_a_secrets_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "missing"))

    with pytest.raises(ImproperlyConfigured, match="PRIVACY_TEST_VALUE_FILE names a file that cannot be read"):
        env.secret(NAME)


@pytest.mark.parametrize("missing", ["PRIVACY_SECRET_KEY", "PRIVACY_TOKEN_KEY", "DATABASE_URL", "REDIS_URL"])
def test_the_service_does_not_start_without_what_it_needs(missing: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != missing}
    environment["DJANGO_SETTINGS_MODULE"] = "privacy_service.settings"

    started = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert started.returncode != 0
    assert f"{missing} is not set" in started.stderr


def test_a_secret_is_what_a_command_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{NAME}_COMMAND", f"printf '%s\\n' {'s' * 32}")

    assert env.secret(NAME) == "s" * 32


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("/no/such/program", "is a command that cannot be run"),
        ("'unbalanced", "is a command that cannot be run"),
        ("sh -c 'echo canary-secret-5d2 >&2; exit 7'", "is a command that wrote no secret: it ended with status 7"),
        ("sh -c 'echo canary-secret-5d2-canary-secret-5d2; exit 7'", "it ended with status 7"),
        ("true", "is a command that wrote no secret"),
    ],
)
def test_a_command_that_gives_no_secret_stops_the_start_without_its_words(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: str, sentence: str
) -> None:
    monkeypatch.setenv(f"{NAME}_COMMAND", command)

    with pytest.raises(ImproperlyConfigured) as error:
        env.secret(NAME, default="")

    assert str(error.value).startswith(f"{NAME}_COMMAND is a command")
    assert sentence in str(error.value)
    assert "canary" not in f"{error.value}{capfd.readouterr()}"


def test_a_secret_with_a_default_may_be_left_out_but_not_be_short(monkeypatch: pytest.MonkeyPatch) -> None:
    left_out = env.secret(NAME, default="")
    monkeypatch.setenv(NAME, "short")

    assert left_out == ""
    with pytest.raises(ImproperlyConfigured, match="too short"):
        env.secret(NAME, default="")
