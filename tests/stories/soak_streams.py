"""A hundred deaths of workers and of the Valkey while records flow; `make soak` runs it, the suite a few of them."""

import time
from pathlib import Path

from tests.stories.test_streams import ends_of_random_processes


def test_a_hundred_deaths_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    seed = int(time.time())
    print(f"\nseed {seed}")  # noqa: T201 - so that a failure can be had again.

    assert ends_of_random_processes(tmp_path, kills=100, seed=seed) == 100
