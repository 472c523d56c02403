"""Files, folders and patterns, also in object stores: some records of some files of each kind.

Files whose names differ in numbers alone are one place, and so are those whose names may be somebody's.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

import orjson

from classifier import ClassifierError, Policy, Tier
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.paths import ANY, folded
from privacy_service.inventory.names import looks_like_a_field
from privacy_service.inventory.passing import records_of
from privacy_service.jobs.allowed import check_still_allowed, in_place
from privacy_service.jobs.chunks import Hiding
from privacy_service.jobs.errors import JobRefused, Unreadable
from privacy_service.jobs.kinds import FileKind, form_of, is_known, packing_of
from privacy_service.jobs.looking import bodies_of
from privacy_service.jobs.places import Found, Place, expand
from privacy_service.scanning.sources.base import LONGEST_VALUE, Sample, ScanRefused, sample_of

MOST_FILES = 20  # Of one place.
_DECLARING = frozenset({FileKind.CSV, FileKind.TSV, FileKind.PARQUET})
_DIGITS = re.compile(r"\d+")
_BETWEEN = re.compile(r"[-_. ]+")
_UNREADABLE = (JobRefused, Unreadable, ClassifierError, orjson.JSONDecodeError, UnicodeDecodeError, OSError)


class Files:
    """What an address names; of a workspace named, files alone that its jobs may read, wherever links lead."""

    def __init__(self, address: str, confined_to: str = "") -> None:
        self.address = address
        self._slug = confined_to
        self._places: dict[str, list[Place]] = {}

    @property
    def name(self) -> str:
        """Return the last part of the address that has letters."""
        parts = [part for part in re.split(r"[^a-z0-9-]+", self.address.lower()) if re.search("[a-z]", part)]
        return next((part for part in reversed(parts) if not is_known(f"x.{part}")), "files")

    def places(self) -> list[str]:
        """Return the names of files, with a star for what differs."""
        try:
            found = in_place(expand(self.address), self._slug)
        except JobRefused as error:
            raise ScanRefused(str(error)) from None
        for name in found.names:
            if is_known(name) and not PurePosixPath(name).name.startswith("."):
                self._places.setdefault(place_of(found, name), []).append(found.at(name))
        if not self._places:
            message = f"{self.address} holds no file whose name tells what it is made of: .jsonl, .csv, .parquet ..."
            raise ScanRefused(message)
        return sorted(self._places)

    def sample(self, place: str, rows: int) -> Sample:
        """Return records of files from all over a place."""
        files = self._places[place]
        chosen = files[:: max(1, len(files) // MOST_FILES)][:MOST_FILES]
        each = max(1, -(-rows // len(chosen)))
        records: list[dict[str, Any]] = []
        unreadable = 0
        for file in chosen:
            try:
                if self._slug:
                    check_still_allowed(file, self._slug)
                records += islice(_records_in(file), each)
            except _UNREADABLE:
                unreadable += 1
        if unreadable and not records:
            message = "None of its files can be read as what their names say."
            raise ScanRefused(message)
        declares = form_of(chosen[0].name).kind in _DECLARING
        declared = dict.fromkeys(name for record in records for name in record) if declares else ()
        sample = sample_of(records[:rows], declared)
        return Sample(sample.records, sample.declared, sample.left_out + unreadable)


def _records_in(file: Place) -> Iterator[dict[str, Any]]:
    hiding = Hiding(form_of(file.name), Policy.named("strict"), Tier.PATTERNS)
    for body, kind in bodies_of(file, hiding):
        if form_of(file.name).kind is FileKind.TEXT:
            yield from ({"text": line[:LONGEST_VALUE]} for line in body.decode().splitlines() if line.strip())
        else:
            yield from records_of(Payload(kind, body))


def place_of(found: Found, name: str) -> str:
    """Return what a file is called in the inventory: a folder or a name may be a person's."""
    path = PurePosixPath(name)
    ending = "".join(path.suffixes[-2:] if packing_of(name) else path.suffixes[-1:])
    stem = _DIGITS.sub("*", path.name.removesuffix(ending))
    parts = [part for part in _BETWEEN.split(stem) if part]
    # One part that may be somebody's makes the others so: dora-canary.
    kept = parts if all(part == ANY or _may_be_kept(part) for part in parts) else [ANY]
    merged = [part for at, part in enumerate(kept) if part != ANY or at == 0 or kept[at - 1] != ANY]
    below = "" if len(path.parts) == 1 else "**/"
    root = "" if found.is_one else found.root.name
    return f"{root}/{below}{'-'.join(merged)}{ending}".lstrip("/")


def _may_be_kept(part: str) -> bool:
    return folded(f"/{part}") == f"/{part}" or looks_like_a_field(part)
