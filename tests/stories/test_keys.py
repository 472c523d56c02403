"""A key is changed by a command while another process, which knows the former one, goes on reading and writing."""

import os
import subprocess
import sys
import time

import pytest

from tests.stories.conftest import ROOT, database_url
from tests.workspaces.test_rotating import SECRETS, keys_of, make_system
from workspaces import data_keys
from workspaces.models import DataKey, Workspace


@pytest.mark.django_db(transaction=True)
def test_a_key_is_changed_by_one_process_while_another_reads_and_writes(workspace: Workspace) -> None:
    data_keys.make_key(DataKey.Use.SECRETS)
    systems = [make_system(workspace, f"system-{number}") for number in range(20)]
    former = set(keys_of(systems))
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "privacy_service.settings"}
    command = [sys.executable, "manage.py", "keys", "rotate"]

    rounds = 0
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as rotation:
        while rotation.poll() is None:
            one = systems[rounds % len(systems)]
            one.refresh_from_db()
            assert one.secrets == SECRETS
            systems.append(make_system(workspace, f"meanwhile-{rounds}"))
            rounds += 1
            time.sleep(0.1)  # Of SQLite's writers the one that never pauses would keep the others out.
        told = rotation.stdout.read() if rotation.stdout else ""

    present = DataKey.objects.get(superseded_at=None).pk
    assert f"The key {present} seals from now on." in told
    assert rounds > 10
    assert set(keys_of(systems)) - former == {present}
    assert all(system.secrets == SECRETS for system in systems)
