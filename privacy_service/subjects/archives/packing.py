"""pack(): what a system hands out of one person, in parts that lie encrypted in the database.

Records are streamed: at no time is more in memory than some parts, and nothing of them is written to a disk of this
service unencrypted. What a system handed out before a worker died is replaced when it is asked again.
"""

import base64
import json
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from privacy_service.subjects.destinations import is_seen_to_by_a_person
from privacy_service.subjects.destinations.base import (
    CannotTell,
    Done,
    Driver,
    Errand,
    Exports,
    HandsOutLater,
    NeedsPerson,
    Refused,
    Subject,
    abilities,
)
from privacy_service.subjects.models import Ability, Archive, ArchivePart, Receipt

PART_BYTES = 256 * 1024  # Of records before they are compressed.
MOST_PLACES = 100  # Of one system: each holds a part in memory.
_NONCE_BYTES = 12
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def export(driver: Driver, receipt: Receipt, subject: Subject, errand: Errand) -> Done:
    """Have a system hand out what it holds of the person into the archive of the request; raise NotDone."""
    if is_seen_to_by_a_person(receipt.destination):
        message = "A person looks there, sends a copy of what they find, and says so here. Nothing is deleted."
        raise NeedsPerson(message)
    if isinstance(driver, HandsOutLater):
        return Done(counts=pack(receipt, driver.hand_out(subject, errand)))
    if not isinstance(driver, Exports) or Ability.EXPORT not in abilities(driver):
        message = "A system of this kind cannot hand out what it holds, or is told no call for it."
        raise CannotTell(message)
    return Done(counts=pack(receipt, driver.export(subject)))


def pack(receipt: Receipt, records: Iterable[tuple[str, Mapping[str, object]]]) -> Mapping[str, int]:
    """Keep the records of one system, and return how many lay where; raise Refused where they are too many."""
    archive = Archive.objects.get(request=receipt.request_id)
    ArchivePart.objects.filter(archive=archive, receipt=receipt).delete()
    files: dict[str, _File] = {}
    counts: Counter[str] = Counter()
    room: int = settings.PRIVACY_SUBJECTS_EXPORT_LIMIT_BYTES
    for place, record in records:
        line = as_line(record)
        room -= len(line)
        if room < 0 or len(files) > MOST_PLACES:
            ArchivePart.objects.filter(archive=archive, receipt=receipt).delete()
            message = "It holds more than PRIVACY_SUBJECTS_EXPORT_LIMIT_BYTES allows: a person has to look."
            raise Refused(message)
        counts[place] += 1
        name = f"{file_name(receipt.name)}/{file_name(place)}.jsonl"
        files.setdefault(name, _File(archive, receipt, name)).add(line)
    for file in files.values():
        file.flush()
    return counts


def add_file(archive: Archive, name: str, lines: Iterable[bytes]) -> None:
    """Keep a file of this service's own in the archive."""
    file = _File(archive, None, name)
    for line in lines:
        file.add(line)
    file.flush()


def opened(archive: Archive, part: ArchivePart, key: bytes) -> bytes:
    """Return a part as it was packed; raise InvalidTag."""
    data = bytes(part.data)
    told = _told(archive, part.name, part.number)
    return zlib.decompress(AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], told))


def as_line(record: Mapping[str, object]) -> bytes:
    """Return a record as a line of JSON; bytes are written in base64, what JSON does not know as text."""
    try:
        return orjson.dumps(record, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # Numbers beyond 64 bits, halves of letters.
        return json.dumps(record, default=_plain).encode() + b"\n"


def file_name(name: str) -> str:
    """Return a name that is one in any folder of any system, and leads out of none."""
    return _NO_NAME.sub("_", name).strip("_")[:80] or "records"


class _File:
    """The part of one file that is being filled."""

    def __init__(self, archive: Archive, receipt: Receipt | None, name: str) -> None:
        self._archive, self._receipt, self._name = archive, receipt, name
        self._cipher = AESGCM(archive.key)
        self._lines, self._bytes, self._number = list[bytes](), 0, 0

    def add(self, line: bytes) -> None:
        """Take a line, and keep the part once it is full."""
        self._lines.append(line)
        self._bytes += len(line)
        if self._bytes >= PART_BYTES:
            self.flush()

    def flush(self) -> None:
        """Keep what was taken."""
        if not self._lines:
            return
        nonce = os.urandom(_NONCE_BYTES)
        packed = zlib.compress(b"".join(self._lines))
        told = _told(self._archive, self._name, self._number)
        ArchivePart.objects.create(
            archive=self._archive,
            receipt=self._receipt,
            name=self._name,
            number=self._number,
            records=len(self._lines),
            data=nonce + self._cipher.encrypt(nonce, packed, told),
        )
        self._lines, self._bytes, self._number = [], 0, self._number + 1


def _told(archive: Archive, name: str, number: int) -> bytes:
    """Return what a part is bound to: it opens at no other place."""
    return archive.pk.bytes + f"{name}\0{number}".encode()


def _plain(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return str(value)
