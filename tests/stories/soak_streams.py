"""A hundred deaths of workers and servers while records flow; `make soak` runs it, the suite a few of them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.services import postgres_server, temporary_folder
from tests.stories.conftest import ROOT
from tests.stories.test_streams import EXAMPLE, Flow, ends_of_random_processes, environment, within

_SET_UP = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("demo", key="demo-of-the-soak-0123456789")
"""


def test_a_hundred_deaths_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    seed = _seed()

    assert ends_of_random_processes(tmp_path, kills=100, seed=seed) == 100


def test_nor_do_deaths_of_the_database_that_holds_the_policy(tmp_path: Path) -> None:
    seed = _seed()
    with temporary_folder() as folder, postgres_server(folder) as database:
        settings = {"DATABASE_URL": database.get_uri()}
        started = [sys.executable, "manage.py", "shell", "-c", _SET_UP]
        subprocess.run(started, cwd=ROOT, env=environment(tmp_path, **settings), check=True, capture_output=True)

        def kill() -> None:
            parent = int((folder / "postgres/postmaster.pid").read_text().split()[0])
            os.kill(parent, signal.SIGKILL)
            within(20, lambda: not Path(f"/proc/{parent}").exists())
            time.sleep(0.3)  # Its own processes see that it is gone, and let go of its memory.
            database.start()

        own = Flow(_flow_of_acme(tmp_path), "acme", "mask", settings, kill)
        assert ends_of_random_processes(tmp_path, kills=100, seed=seed, one=own) == 100


def _seed() -> int:
    seed = int(time.time())
    print(f"\nseed {seed}")  # noqa: T201 - so that a failure can be had again.
    return seed


def _flow_of_acme(data: Path) -> Path:
    """Write the flow of the example with the function that asks the database for the workspace's policy."""
    flow = (EXAMPLE / "dataflow.yaml").read_text()
    before, after = flow.index("imports:"), flow.index("config:")
    own = (flow[:before] + flow[after:]).replace("namespace: example", "namespace: acme")
    folder = data / "flow"
    folder.mkdir()
    (folder / "dataflow.yaml").write_text(own.replace("uses: mask-ssn", "uses: mask").partition("# For development")[0])
    return folder
