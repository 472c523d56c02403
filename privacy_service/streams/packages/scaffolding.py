"""A new package to begin with: a manifest, one function, and a test of it."""

from pathlib import Path

from privacy_service.streams.errors import FlowError
from privacy_service.streams.packages.manifest import DEFAULT_ENTRY, FILE_NAME
from privacy_service.streams.packages.testing import FILE_NAME as TESTS_NAME

_MANIFEST = """\
apiVersion: 0.4.0

meta:
  name: {name}
  version: 0.1.0
  namespace: {namespace}

functions:
  {name}:
    operator: map
    inputs:
      - name: text
        type: string
    output:
      type: string
"""
_CODE = '''\
"""What this package does to a record."""


def {python_name}(text: str) -> str:
    """Return the record as it goes on."""
    return text
'''
_TESTS = """\
# What goes in, and what must come out: `manage.py flow test`.
{name}:
  - input: a record
    output: a record
"""


def write_package(folder: Path, namespace: str) -> list[Path]:
    """Write a new package, named as its folder; raise FlowError where something is there."""
    if folder.exists():
        message = f"{folder} is there already; choose another name."
        raise FlowError(message)
    names = {"name": folder.name, "python_name": folder.name.replace("-", "_"), "namespace": namespace}
    folder.mkdir(parents=True)
    for file, text in ((FILE_NAME, _MANIFEST), (DEFAULT_ENTRY, _CODE), (TESTS_NAME, _TESTS)):
        (folder / file).write_text(text.format(**names), encoding="utf-8")
    return sorted(folder.iterdir())
