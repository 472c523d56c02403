"""A process that loads puts off the collector, and no longer than it loads."""

import gc

import pytest

from privacy_service.starting import loading


def test_nothing_is_collected_while_modules_load() -> None:
    with loading():
        assert not gc.isenabled()

    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_what_cannot_be_loaded_leaves_the_collector_running() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError

    assert gc.isenabled()
    gc.unfreeze()
