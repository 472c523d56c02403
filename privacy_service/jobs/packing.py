"""Reading packed files as they unpack, and packing parts so that put together they are one packed file."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from privacy_service.jobs.errors import JobRefused, Unreadable
from privacy_service.jobs.kinds import Packing
from privacy_service.jobs.places import Place

# So little at once that even what unpacks to ten thousand times its size fits into a small memory.
_ZSTD_BLOCK = 4 << 10
_GZIP_LEVEL, _ZSTD_LEVEL = 6, 3

_BROKEN: tuple[type[Exception], ...] = (gzip.BadGzipFile, zlib.error)
try:
    import zstandard
except ImportError:  # An extra; `check_packing` says so.
    zstandard = None  # type: ignore[assignment]
else:
    _BROKEN += (zstandard.ZstdError,)


def check_packing(packing: Packing) -> None:
    """Raise JobRefused where a packing needs an extra that is not installed."""
    if packing is Packing.ZSTD and zstandard is None:
        message = "Reading zstd needs one more package: pip install 'privacy-service[files]'."
        raise JobRefused(message)


def packed(data: bytes, packing: Packing) -> bytes:
    """Return data packed as one member; members one after the other are a packed file again."""
    match packing:
        case Packing.NONE:
            return data
        case Packing.GZIP:
            return gzip.compress(data, _GZIP_LEVEL, mtime=0)
        case Packing.ZSTD:
            return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data)


class Unpacked:
    """A file as it unpacks; says how far into the packed file it has come."""

    def __init__(self, raw: BinaryIO, packing: Packing) -> None:
        self._raw = raw
        self._stream: Any = raw
        match packing:
            case Packing.GZIP:
                self._stream = gzip.GzipFile(fileobj=raw)
            case Packing.ZSTD:
                self._stream = _Frames(raw)

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most so many; raise Unreadable where the packing is broken."""
        try:
            data: bytes = self._stream.read(size)
        except EOFError:
            message = "the packed file ends too early"
        except _BROKEN:
            message = "the packed file is damaged, or not packed as its name says"
        else:
            return data
        raise Unreadable(message)

    def tell(self) -> int:
        """Return how far into the packed file the reading has come."""
        return self._raw.tell()


class _Frames:
    """The frames of a zstd file, one after the other; the library's own reader takes a file cut short for whole."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame: Any = None
        self._packed = self._held = b""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes; raise EOFError where a frame is cut short."""
        while not self._held and self._more():
            self._held = self._frame.decompress(self._packed)
            self._packed = b""
            if self._frame.eof:
                self._packed, self._frame = self._frame.unused_data, None
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    def _more(self) -> bool:
        self._packed = self._packed or self._raw.read(_ZSTD_BLOCK)
        if not self._packed and self._frame is not None:
            raise EOFError
        if self._packed and self._frame is None:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        return bool(self._packed)


@contextmanager
def unpacked(place: Place, packing: Packing) -> Iterator[Unpacked]:
    """Open a file as it unpacks."""
    with place.open() as raw:
        yield Unpacked(raw, packing)
