"""The process runner: which command each name stands for, and what it says to a mistake."""

import sys
from pathlib import Path

import pytest

from privacy_service import processes
from privacy_service.processes import PROCESSES, main


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVACY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "metrics"))


@pytest.mark.parametrize("arguments", [[], ["wep"], ["web", "--reload"]])
def test_a_mistake_is_told_what_there_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2

    assert capsys.readouterr().err.startswith(
        "Name one of web, gateway, worker, stream, beat, migrate, migrated, probe"
    )


def test_a_setting_that_cannot_be_used_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRIVACY_WEB_WORKERS", "many")

    assert main(["web"]) == 2
    assert capsys.readouterr().err.startswith("PRIVACY_WEB_WORKERS must be a whole number")


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("web", {"PRIVACY_WEB_PORT": "8123", "PRIVACY_WEB_HOST": "0.0.0.0"}, "--host 0.0.0.0 --port 8123"),  # noqa: S104 - as in a container.
        ("web", {"PRIVACY_WEB_WORKERS": "3", "PRIVACY_WEB_THREADS": "1"}, "--workers 3"),
        ("web", {"PRIVACY_WEB_KILL_SECONDS": "9"}, "--workers-kill-timeout 9"),
        ("stream", {"PRIVACY_STREAM_FLOW": "a.yaml", "PRIVACY_STREAM_WORKERS": "3"}, "flow run a.yaml --workers 3"),
        ("gateway", {}, "--interface asgi"),
        ("gateway", {"PRIVACY_GATEWAY_PORT": "9001"}, "--port 9001"),
        ("worker", {"PRIVACY_WORKER_PROCESSES": "4"}, "worker --concurrency 4"),
        ("beat", {}, "-A privacy_service beat"),
        ("migrate", {}, "django migrate --no-input"),
        ("migrated", {}, "django migrate --check"),
        ("probe", {"PRIVACY_WEB_PORT": "8123"}, "http://127.0.0.1:8123/servingz"),
        ("probe", {"PRIVACY_METRICS_LISTEN": "0.0.0.0:9100"}, "http://127.0.0.1:9100/healthz"),
        ("probe-gateway", {}, "http://127.0.0.1:8001/servingz"),
    ],
)
def test_each_name_stands_for_a_command(
    monkeypatch: pytest.MonkeyPatch, name: str, given: dict[str, str], words: str
) -> None:
    for setting, value in given.items():
        monkeypatch.setenv(setting, value)

    command = PROCESSES[name].command()

    assert command[0] == sys.executable
    assert words in " ".join(command)


def test_a_process_counts_in_a_folder_of_its_own_that_is_empty_when_it_starts(tmp_path: Path) -> None:
    left = tmp_path / "metrics" / "web-8000" / "counter_1.db"
    left.parent.mkdir(parents=True)
    left.touch()

    environment = processes._environment("web")

    assert environment["PROMETHEUS_MULTIPROC_DIR"] == str(left.parent)
    assert list(left.parent.iterdir()) == []
    assert environment["MALLOC_ARENA_MAX"] == "2"
    assert processes._environment("worker")["PROMETHEUS_MULTIPROC_DIR"] == str(tmp_path / "metrics" / "worker")


def test_a_migration_may_take_longer_than_a_query() -> None:
    assert PROCESSES["migrate"].environment() == {"PRIVACY_DATABASE_TIMEOUT_SECONDS": "3600"}
    assert PROCESSES["worker"].environment() == {}


@pytest.mark.parametrize(
    ("given", "keeps_to_a_core"),
    [
        ({}, "1"),  # As many as cores.
        ({"PRIVACY_WEB_WORKERS": "3"}, "1"),
        ({"PRIVACY_WEB_WORKERS": "2"}, "0"),
        ({"PRIVACY_WEB_WORKERS": "2", "PRIVACY_WEB_PIN": "1"}, "1"),
        ({"PRIVACY_WEB_PIN": "0"}, "0"),
    ],
)
def test_processes_keep_to_a_core_where_each_has_one(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], keeps_to_a_core: str
) -> None:
    monkeypatch.setattr(processes, "usable_cores", lambda: [0, 1, 5])
    monkeypatch.delenv("PRIVACY_WEB_PIN", raising=False)
    for setting, value in given.items():
        monkeypatch.setenv(setting, value)

    assert PROCESSES["web"].environment() == {"PRIVACY_WEB_PIN": keeps_to_a_core}
    assert f"--workers {given.get('PRIVACY_WEB_WORKERS', '3')} " in " ".join(PROCESSES["web"].command())


def test_a_system_that_pins_nothing_has_its_processes_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "usable_cores", list)
    monkeypatch.delenv("PRIVACY_WEB_PIN", raising=False)

    assert PROCESSES["web"].environment() == {"PRIVACY_WEB_PIN": "0"}
