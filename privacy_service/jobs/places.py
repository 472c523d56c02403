"""Where files lie: a path of this machine, or an address such as s3://bucket/key through fsspec."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import reduce
from glob import glob, has_magic
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from zlib import crc32

from privacy_service.jobs.errors import JobRefused, NothingToMask

EDGE_BYTES = 1 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells whether a file is still the one that was read: its size, its time, and its first and last megabyte."""

    size: int
    modified: str
    edges: str


@dataclass(frozen=True, slots=True)
class Place:
    """A file or a folder, by its path or address."""

    address: str

    @classmethod
    def at(cls, address: str) -> "Place":
        """Return the place; a file:// address is the path it names, in which `?` and `#` are letters."""
        if not address.startswith("file:"):
            return cls(address)
        path = address.removeprefix("file:")
        return cls(f"/{path[2:].partition('/')[2]}" if path.startswith("//") else path)

    @property
    def is_local(self) -> bool:
        """Say whether the place is a path of this machine."""
        return "://" not in self.address

    @property
    def path(self) -> Path:
        """Return the path of a local place."""
        return Path(self.address)

    @property
    def name(self) -> str:
        """Return the last part of the address."""
        return PurePosixPath(self.address).name

    def child(self, name: str) -> "Place":
        """Return what lies in this folder under this name."""
        return Place(f"{self.address.rstrip('/')}/{name}")

    def beside(self, name: str) -> "Place":
        """Return what lies in the same folder under this name."""
        return Place(self.address[: len(self.address) - len(self.name)] + name)

    def open(self) -> BinaryIO:
        """Open the file for reading, from its start."""
        if self.is_local:
            return self.path.open("rb")
        filesystem, path = self._remote()
        opened: BinaryIO = filesystem.open(path, "rb")
        return opened

    def read(self, start: int, end: int) -> bytes:
        """Return these bytes of the file."""
        if self.is_local:
            with self.path.open("rb") as file:
                file.seek(start)
                return file.read(end - start)
        filesystem, path = self._remote()
        content: bytes = filesystem.cat_file(path, start=start, end=end)
        return content

    def exists(self) -> bool:
        """Say whether anything is there."""
        if self.is_local:
            return self.path.exists()
        filesystem, path = self._remote()
        return bool(filesystem.exists(path))

    def is_folder(self) -> bool:
        """Say whether the place is a folder, or begins the names of files as one does."""
        if self.is_local:
            return self.path.is_dir()
        filesystem, path = self._remote()
        return bool(filesystem.isdir(path))

    def size(self) -> int:
        """Return the size of the file in bytes."""
        if self.is_local:
            return self.path.stat().st_size
        filesystem, path = self._remote()
        return int(filesystem.size(path))

    def identity(self) -> Identity:
        """Return what tells whether the file has changed."""
        size = self.size()
        edges = hashlib.sha256(self.read(0, min(EDGE_BYTES, size)))
        edges.update(self.read(max(0, size - EDGE_BYTES), size))
        return Identity(size, self._modified(), edges.hexdigest())

    def _modified(self) -> str:
        if self.is_local:
            return str(self.path.stat().st_mtime_ns)
        filesystem, path = self._remote()
        with suppress(NotImplementedError, FileNotFoundError):
            return str(filesystem.modified(path))
        return ""

    def write(self, blocks: Iterable[bytes]) -> None:
        """Write the file: it appears whole, once the last block is written, or not at all."""
        with self.appearing() as file:
            for block in blocks:
                file.write(block)

    @contextmanager
    def appearing(self) -> Iterator[Any]:
        """Give a file to write that appears when all is written, or not at all."""
        if self.is_local:
            with _appearing_here(self.path) as file:
                yield file
            return
        filesystem, path = self._remote()
        # An object store shows an object once its upload is committed.
        file = filesystem.open(path, "wb", autocommit=False)
        try:
            yield file
            file.close()
        except BaseException:
            file.discard()
            file.closed = True  # Else it would write what it holds when it is forgotten.
            raise
        file.commit()

    def delete(self) -> None:
        """Take the file or the folder away, if it is there."""
        if not self.is_local:
            filesystem, path = self._remote()
            if filesystem.exists(path):
                filesystem.rm(path, recursive=True)
        elif self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink(missing_ok=True)

    def files(self) -> list[str]:
        """Return the paths of the files in this folder, relative to it, in order."""
        if self.is_local:
            found = [one for one in sorted(self.path.rglob("*")) if one.is_file()]
            return [one.relative_to(self.path).as_posix() for one in found]
        filesystem, path = self._remote()
        root = path.rstrip("/") + "/"
        return sorted(one[len(root) :] for one in filesystem.find(root))

    def free_bytes(self) -> int | None:
        """Return how much room there is, where that can be known."""
        if not self.is_local:
            return None
        folder = next((one for one in (self.path, *self.path.parents) if one.exists()), Path())
        return shutil.disk_usage(folder).free

    def real(self) -> str:
        """Return an address that two names of the same file share."""
        return os.path.realpath(self.address) if self.is_local else self.address

    def _remote(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra: local files need none of it.

            filesystem, path = url_to_fs(self.address)
        except ImportError:
            scheme = self.address.partition("://")[0]
            message = f"Reading {scheme}:// needs more packages: pip install 'privacy-service[object-stores]' or [s3]."
            raise JobRefused(message) from None
        except ValueError:
            message = f"{self.address} is no address that can be opened: see docs/jobs.md for those that can."
            raise JobRefused(message) from None
        return filesystem, path


@contextmanager
def _appearing_here(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.writing")
    try:
        with hidden.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(path)
    except BaseException:
        hidden.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Have the folder itself kept, so that the new name outlives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Found:
    """The files that an address names: their folder, their paths below it, and whether it names one file alone."""

    root: Place
    names: list[str]
    is_one: bool = False

    def at(self, name: str) -> Place:
        """Return where a file lies."""
        return self.root.child(name) if self.root.address else Place(name)


def expand(address: str) -> Found:
    """Return what a file, a folder or a pattern names; raise NothingToMask where that is nothing."""
    place = Place.at(address)
    if has_magic(address):
        return _matching(place)
    if place.is_folder():
        return Found(place, place.files())
    if not place.exists():
        message = f"{address} is not there."
        raise NothingToMask(message)
    return Found(place.beside(""), [place.name], is_one=True)


def before_pattern(address: str) -> str:
    """Return the folder that a pattern begins with, or the whole of an address that is none."""
    at = next((at for at, sign in enumerate(address) if sign in "*?["), None)
    return address if at is None else address[: address.rfind("/", 0, at) + 1]


def _matching(place: Place) -> Found:
    root = Place(before_pattern(place.address))
    if place.is_local:
        found = [one for one in glob(place.address, recursive=True) if Path(one).is_file()]  # noqa: PTH207 - pathlib matches no absolute pattern.
    else:
        filesystem, path = place._remote()  # noqa: SLF001 - of its own class.
        stripped = place.address.partition("://")[2]
        found = [place.address.replace(stripped, one) for one in filesystem.glob(path)]
    names = sorted(one[len(root.address) :] for one in found)
    if not names:
        message = f"Nothing matches {place.address}."
        raise NothingToMask(message)
    return Found(root, names)


def hashed(blocks: Iterable[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    """Yield the blocks, hashing them on the way."""
    for block in blocks:
        digest.update(block)
        yield block


def sha_of(place: Place) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    for block in _blocks_of(place):
        digest.update(block)
    return digest.hexdigest()


def sum_of(data: bytes) -> str:
    """Return the CRC-32 of a chunk, as eight hexadecimal digits.

    It tells damage, for a fifth of what a hash costs; whole files have a hash.
    """
    return f"{crc32(data):08x}"


def sum_of_file(place: Place) -> str:
    """Return the same of a part that is not held in memory."""
    whole = reduce(lambda before, block: crc32(block, before), _blocks_of(place), 0)
    return f"{whole:08x}"


def _blocks_of(place: Place) -> Iterator[bytes]:
    with place.open() as file:
        while block := file.read(_BLOCK):
            yield block
