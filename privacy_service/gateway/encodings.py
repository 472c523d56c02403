"""Taking a body out of its content codings, a bounded piece at a time: a small body may unfold to a huge one."""

import zlib
from collections.abc import Iterator
from typing import Protocol

from privacy_service.exceptions import UpstreamUnreadable

PIECE_BYTES = 1 << 16
ACCEPTED = "gzip, deflate"
"""What the upstream is told to answer in where its answer must be read."""


class Decoder(Protocol):
    """Takes bytes as they come and gives them decoded."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what these bytes decode to, in pieces of bounded size."""
        ...

    def finish(self) -> Iterator[bytes]:
        """Yield the rest; raise UpstreamUnreadable where the body was cut short."""
        ...


class _Inflate:
    """The codings gzip and deflate; several gzip members in a row are one body."""

    def __init__(self, *window_bits: int) -> None:
        self._choices = list(window_bits)
        self._unfolding = zlib.decompressobj(self._choices[0])
        self._has_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._unfolding.eof:
                self._unfolding = zlib.decompressobj(self._choices[0])
            piece = self._decompress(data)
            data = self._unfolding.unconsumed_tail or self._unfolding.unused_data
            self._has_begun = True
            if piece:
                yield piece

    def finish(self) -> Iterator[bytes]:
        if not self._has_begun:
            return  # An empty body, as it comes with an error page now and then.
        rest = self._unfolding.flush()
        if not self._unfolding.eof:
            raise _cut_short()
        if rest:
            yield rest

    def _decompress(self, data: bytes) -> bytes:
        try:
            return self._unfolding.decompress(data, PIECE_BYTES)
        except zlib.error:
            if self._has_begun or len(self._choices) == 1:
                raise _broken() from None
        # Some servers send deflate without the header that the standard asks for.
        self._choices.pop(0)
        self._unfolding = zlib.decompressobj(self._choices[0])
        return self._decompress(data)


def _gzip() -> Decoder:
    return _Inflate(zlib.MAX_WBITS | 16)


def _deflate() -> Decoder:
    return _Inflate(zlib.MAX_WBITS, -zlib.MAX_WBITS)


_DECODERS = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate}


class Decoders:
    """The decoders of a Content-Encoding, the coding applied last first."""

    def __init__(self, content_encoding: str) -> None:
        codings = [one.strip().lower() for one in content_encoding.split(",")]
        named = [one for one in codings if one not in {"", "identity"}]
        if not all(one in _DECODERS for one in named):
            message = f"The upstream used a content coding that was not offered to it: only {ACCEPTED} can be read."
            raise UpstreamUnreadable(message)
        self._chain = [_DECODERS[one]() for one in reversed(named)]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what these bytes decode to; raise UpstreamUnreadable."""
        return self._through(iter((data,)), self._chain)

    def finish(self) -> Iterator[bytes]:
        """Yield the rest; raise UpstreamUnreadable where the body was cut short."""
        for at, decoder in enumerate(self._chain):
            yield from self._through(decoder.finish(), self._chain[at + 1 :])

    def _through(self, pieces: Iterator[bytes], chain: list[Decoder]) -> Iterator[bytes]:
        for decoder in chain:
            pieces = _fed(decoder, pieces)
        return pieces


def _fed(decoder: Decoder, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield from decoder.feed(piece)


def _broken() -> UpstreamUnreadable:
    message = "The upstream's answer is not in the content coding that it names."
    return UpstreamUnreadable(message)


def _cut_short() -> UpstreamUnreadable:
    message = "The upstream's answer ended in the middle of its content coding."
    return UpstreamUnreadable(message)
