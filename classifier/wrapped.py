"""Text that travels as base64: what is personal inside hides the whole of it."""

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator

from classifier.recognizers.base import compile_pattern
from classifier.spans import PROVEN_SCORE, Span

Find = Callable[[str], Iterable[Span]]

# Of three ASCII bytes, base64 makes four letters of which three are of these: few other codes are.
_OF_ASCII = r"[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][0-9A-Za-z+/_-]"
# Shorter text can hardly hold a value and what proves it; of longer, the beginning is searched.
_LEAST_GROUPS, _MOST = 5, 1 << 16
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class WrappedRecognizer:
    """Search what stands encoded in a text."""

    pattern = (
        rf"(?:^|[^0-9A-Za-z+/_-])((?:{_OF_ASCII}){{{_LEAST_GROUPS},}}[0-9A-Za-z+/_-]*={{0,2}})(?:$|[^0-9A-Za-z+/_=-])"
    )

    def __init__(self, find: Find) -> None:
        """Keep what the decoded text is searched with."""
        self._find = find
        self._compiled = compile_pattern(self.pattern)

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Return the encoded texts that hold something personal, as the strongest of what they hold."""
        del text
        position = 0
        while (match := self._compiled.search(folded, position)) is not None:
            start, position = match.span(1)
            inside = [span for span in self._spans_in(folded[start:position]) if span.score >= PROVEN_SCORE]
            if inside:
                strongest = max(inside, key=lambda span: span.strength)
                yield Span(start, position, strongest.entity, strongest.score, "wrapped")

    def _spans_in(self, encoded: bytes) -> Iterable[Span]:
        plain = _decoded(encoded[:_MOST])
        return self._find(plain) if plain else ()


def _decoded(encoded: bytes) -> str:
    """Return the text that is encoded, or nothing where it is no text."""
    letters = encoded.rstrip(b"=").translate(_URL_SAFE)
    if letters.isdigit() or len(letters) % 4 == 1:
        return ""
    plain = b64decode(letters + b"=" * (-len(letters) % 4))
    try:
        text = plain.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if all(letter.isprintable() or letter.isspace() for letter in text) else ""
