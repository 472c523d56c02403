"""Recognizers of a deployment: spaCy, GLiNER, Presidio's analyzer or one of its own, beside the built-in ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol

from classifier.entities import Entity
from classifier.exceptions import ClassifierError, ClassifierFailed
from classifier.spans import PROVEN_SCORE, Span

GROUP = "privacy_service.recognizers"
# A guess, however sure of itself, never outweighs a checksum, a word that announces, or a key.
HIGHEST_SCORE = PROVEN_SCORE - 0.01

Found = dict[int, list[Span]]


class TextRecognizer(Protocol):
    """What a deployment brings to find more in running text; called by several threads at once."""

    @property
    def name(self) -> str:
        """Return how findings name it."""
        ...

    @property
    def entities(self) -> frozenset[Entity]:
        """Return what it finds; a span of anything else is an error."""
        ...

    def find(self, texts: Sequence[str]) -> Sequence[Iterable[Span]]:
        """Return the spans of each text, by its code points."""
        ...


class PluginError(ClassifierError):
    """A recognizer of the deployment is missing, or is none."""


class Plugins:
    """The recognizers in use; chosen once, when the process starts."""

    def __init__(self) -> None:
        """Begin with none."""
        self._recognizers: tuple[TextRecognizer, ...] = ()

    def use(self, recognizers: Iterable[TextRecognizer]) -> None:
        """Have every search ask these, and no others."""
        self._recognizers = tuple(recognizers)

    @property
    def names(self) -> tuple[str, ...]:
        """Return how findings name those in use."""
        return tuple(recognizer.name for recognizer in self._recognizers)

    def add_to(self, found: Found, texts: Sequence[str]) -> Found:
        """Return what was found with what these find in the texts; one that breaks breaks the search."""
        for recognizer in self._recognizers:
            for index, spans in enumerate(_asked(recognizer, texts)):
                if spans:
                    found.setdefault(index, []).extend(spans)
        return found


PLUGINS = Plugins()


def load(names: Iterable[str] = ()) -> list[TextRecognizer]:
    """Return the recognizers that installed packages register, and those named as `module:factory` or `…=argument`."""
    installed = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    factories: Mapping[str, Callable[[], Any]] = {entry.name: entry.load for entry in installed}
    made = [_made(name, load, "") for name, load in factories.items()]
    return made + [_named(name) for name in names]


def _named(name: str) -> TextRecognizer:
    path, _, argument = name.partition("=")
    module, _, attribute = path.partition(":")
    return _made(name, lambda: getattr(import_module(module), attribute), argument)


def _made(name: str, find: Callable[[], Any], argument: str) -> TextRecognizer:
    """Return what a factory makes; whatever goes wrong stops the start with a sentence that names the plug-in."""
    try:
        factory = find()
        made: Any = factory(argument) if argument else factory()
        is_one = isinstance(made.name, str) and callable(made.find) and all(kind in Entity for kind in made.entities)
    except Exception as error:  # noqa: BLE001 - it is foreign code.
        cause = f"{type(error).__name__}: {error}"
    else:
        if is_one:
            recognizer: TextRecognizer = made
            return recognizer
        cause = "it has no name, entities and find()"
    message = f"The recognizer {name!r} cannot be loaded ({cause})."
    raise PluginError(message)


def _asked(recognizer: TextRecognizer, texts: Sequence[str]) -> list[list[Span]]:
    """Return what one recognizer finds; its own error may quote a text, so that only its type is told."""
    try:
        answers = [list(spans) for spans in recognizer.find(texts)]
        if len(answers) == len(texts):
            pairs = zip(texts, answers, strict=True)
            return [[_checked(recognizer, span, len(text)) for span in spans] for text, spans in pairs]
        cause = "it did not answer for every text"
    except Exception as error:  # noqa: BLE001 - as above.
        cause = type(error).__name__
    message = f"The recognizer {recognizer.name!r} failed ({cause}); nothing was masked."
    raise ClassifierFailed(message)


def _checked(recognizer: TextRecognizer, span: Span, length: int) -> Span:
    if not 0 <= span.start < span.end <= length or span.entity not in recognizer.entities:
        raise ValueError
    return Span(span.start, span.end, span.entity, min(span.score, HIGHEST_SCORE), recognizer.name)
