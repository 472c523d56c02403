"""Every command of the README, run as a newcomer would."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services import free_port
from tests.stories.conftest import ROOT
from tests.stories.making import BARE, left_running, made

README = (ROOT / "README.md").read_text()
KEY = "readme-key-0123456789abcdef"
MEMBERS = (
    f"curl -s http://127.0.0.1:8000/v1/workspaces/acme/members -H 'X-Actor: alice@acme.example' -H 'X-Api-Key: {KEY}'"
)


def commands() -> list[str]:
    """Return every shell command of the README."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines()]


def answer() -> object:
    """Return the answer that the README shows."""
    [block] = re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return json.loads(block)


@contextmanager
def make_run(data: Path, port: int) -> Iterator[str]:
    """Run `make run` and give what it prints."""
    settings = {"PORT": port, "DATA_DIR": data, "DEMO_KEY": KEY}
    with made("run", settings, data.parent / "run.log", ready="API docs", within_seconds=60) as printed:
        yield printed


def shell(command: str, data: Path, port: int) -> str:
    """Run a command of the README against the service of this test."""
    local = command.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace(
        "make manage", f"make manage DATA_DIR={data}"
    )
    as_typed = ["bash", "-c", local]
    finished = subprocess.run(as_typed, cwd=ROOT, env={**BARE, "KEY": KEY}, check=True, capture_output=True, text=True)
    return finished.stdout


@pytest.fixture
def port() -> int:
    """Return a free port."""
    return free_port()


def test_every_command_of_the_readme_does_what_it_says(tmp_path: Path, port: int) -> None:
    data = tmp_path / "data"
    # These two are run around this test: `make run` by the block below, `make test` by CI itself.
    to_try = [command for command in commands() if command not in {"make run", "make test"}]
    assert {command.split()[0] for command in to_try} == {"curl", "make"}

    with make_run(data, port) as printed:
        said = {command: shell(command, data, port) for command in to_try}
        tried = [shell(line, data, port) for line in printed.splitlines() if line.strip().startswith("curl ")]

        members = shell(MEMBERS, data, port)

    # The key of the demo has every scope: for alice, who owns acme, it may do what an owner may.
    assert {one["user"]["external_id"] for one in json.loads(members)["members"]} == {
        "alice",
        "bob",
        "carol",
        "dora",
        "erin",
    }
    [asked] = [output for command, output in said.items() if command.startswith("curl")]
    assert json.loads(asked) == answer()
    assert said['make manage COMMAND="release off"'].startswith("pii_access: off for everybody")
    assert said['make manage COMMAND="release dial 25"'].startswith("pii_access: on for 25 % of workspaces")
    assert said['make manage COMMAND="release preview 40"'].startswith("on for 1 workspaces now")
    as_bob, as_carol, as_mallory = (json.loads(text) for text in tried)
    assert as_bob == answer()
    assert as_carol == {"name": "alice", "ssn": "123-45-6789"}
    assert as_mallory["reason"] == "not-a-member"


def test_a_second_run_keeps_the_data_and_leaves_no_process_behind(tmp_path: Path, port: int) -> None:
    data = tmp_path / "data"
    with make_run(data, port):
        shell('make manage COMMAND="release dial 12.5"', data, port)

    with make_run(data, port):
        status = shell('make manage COMMAND="release status"', data, port)

    assert status.startswith("pii_access: on for 12.5 % of workspaces, internal ones and beta testers (11 in all)")
    assert left_running(data) == []
