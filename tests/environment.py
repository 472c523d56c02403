"""The settings of development, for programs beside the suite that measure something."""

import os
from pathlib import Path


def development() -> dict[str, str]:
    """Return what `deploy/dev.env` holds, and addresses that nobody answers: what is measured opens neither."""
    lines = Path("deploy/dev.env").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    settings = {setting: value for setting, is_setting, value in pairs if is_setting}
    return settings | {"DATABASE_URL": "sqlite:///:memory:", "REDIS_URL": "redis://127.0.0.1:1/0"}


def plain() -> dict[str, str]:
    """Return this process's environment without any setting of the service, so that those given are all there are."""
    names = ("PRIVACY_", "DATABASE_URL", "REDIS_URL", "PROMETHEUS_", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if not name.startswith(names)}
