"""What a new process does first; imports no model, for the apps are not loaded before."""

import multiprocessing
import os
import threading
from typing import Any

import django


def prepare() -> None:
    """Make the process ready, and let it end with the one that started it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    django.setup()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
