"""The settings of development, for programs beside the suite that measure something."""

from pathlib import Path


def development() -> dict[str, str]:
    """Return what `deploy/dev.env` holds, and addresses that nobody answers: what is measured opens neither."""
    lines = Path("deploy/dev.env").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    settings = {setting: value for setting, is_setting, value in pairs if is_setting}
    return settings | {"DATABASE_URL": "sqlite:///:memory:", "REDIS_URL": "redis://127.0.0.1:1/0"}
