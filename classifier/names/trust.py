"""How sure the model must be of a word, by how the word is written and how well the model knows the language."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

from classifier.names.wordpiece import Word

# Pieces a word in small letters, on average: English has 1.1, Spanish and German about 2, Polish and Turkish, of
# which the model has seen little, 2.5 and more. The more the words of a text fall apart, the less it knows of them.
KNOWN_PIECES = 1.4
STRANGE_PIECES = 2.4
# Fewer words in small letters than this say little about a language.
MINIMUM_WORDS = 4
# In German, in headlines and in forms a capital tells little.
MANY_CAPITALS = 0.4
NEVER = 2.0

# No name by themselves, though a sentence may begin with them or the model take them for one.
_PLAIN_WORDS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march july september october november
    december today tomorrow yesterday the this that these those there here you your yours he she it its we they their
    and but for with from about not please thanks thank hello dear yes okay what when where which who why how
    lunes martes miércoles jueves viernes sábado enero febrero marzo abril mayo junio julio septiembre octubre noviembre
    diciembre hoy mañana ayer este esta esto estos estas usted ustedes pero para por con sin como cuando donde que quien
    lundi mardi mercredi jeudi vendredi samedi dimanche janvier février avril juin juillet août septembre octobre novembre
    décembre demain hier ce cette ces vous nous elle ils elles mais pour avec sans dans merci bonjour oui non quand
    montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz juni juli oktober dezember heute
    morgen gestern dieser diese dieses diesem diesen der die das und aber für mit ohne nicht kein keine bitte danke sie
    ihr ihre wir ich wenn wann wo was wie lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio
    aprile maggio giugno luglio settembre ottobre dicembre oggi domani ieri questo questa questi queste ma per
    della delle degli grazie sono segunda terça quarta quinta sexta janeiro fevereiro março maio junho julho setembro
    outubro novembro dezembro hoje amanhã ontem este esta isso você não obrigado maandag dinsdag woensdag donderdag
    vrijdag zaterdag zondag januari februari maart mei augustus vandaag gisteren deze dit het een en maar voor met niet
    geen graag poniedziałek wtorek środa czwartek piątek sobota niedziela dziś dzisiaj jutro wczoraj ten ta te tego tej
    pan pani ale dla oraz nie ani bez jest się proszę dziękuję
    """.split()
)


@dataclass(frozen=True, slots=True)
class Trust:
    """What the model must reach for each way of writing a word."""

    # Within a sentence that is otherwise in small letters, a capital is itself a sign of a name.
    capital: float
    first: float
    usual: float
    # Who writes capitals would give a name one; who begins a text without may not.
    small: float
    careless: float
    # Next to a part of the same name.
    beside: float

    @classmethod
    def between(cls, known: Self, strange: Self, strangeness: float) -> Self:
        """Return what lies between a language the model knows and one it does not."""
        ends = [(getattr(known, field.name), getattr(strange, field.name)) for field in fields(cls)]
        return cls(*(low + (high - low) * strangeness for low, high in ends))


KNOWN = Trust(capital=0.1, first=0.2, usual=0.35, small=0.7, careless=0.4, beside=0.15)
STRANGE = Trust(capital=0.3, first=0.75, usual=0.85, small=1.1, careless=0.99, beside=0.7)


def thresholds(text: str, words: Sequence[Word], spelled: Sequence[str]) -> tuple[list[float], float]:
    """Return what each word must reach, and what is enough beside a part of a name."""
    trust = Trust.between(KNOWN, STRANGE, _strangeness(words, spelled))
    initials = [word[0] for word in spelled if word[0].isalpha()]
    capitals = sum(map(str.isupper, initials))
    if not capitals:
        return [_unless_plain(word, trust.usual) for word in spelled], trust.beside
    small = trust.careless if initials[0].islower() else trust.small
    capital = trust.usual if capitals > MANY_CAPITALS * len(initials) else trust.capital
    needed = []
    for index, word in enumerate(spelled):
        if word[0].islower():
            threshold = small
        elif not word[0].isupper() or (word.isupper() and len(word) > 1):
            threshold = trust.usual
        else:
            threshold = max(trust.first, capital) if _opens_sentence(text, words, index) else capital
        needed.append(_unless_plain(word, threshold))
    return needed, trust.beside


def _strangeness(words: Sequence[Word], spelled: Sequence[str]) -> float:
    """Say from 0 to 1 how much the words of a text fall apart."""
    pieces = [len(word.ids) for word, letters in zip(words, spelled, strict=True) if letters[0].islower()]
    if not pieces:
        return 0.0
    mean = sum(pieces) / len(pieces)
    strangeness = min(1.0, max(0.0, (mean - KNOWN_PIECES) / (STRANGE_PIECES - KNOWN_PIECES)))
    return strangeness * min(1.0, len(pieces) / MINIMUM_WORDS)


def _opens_sentence(text: str, words: Sequence[Word], index: int) -> bool:
    if index == 0:
        return True
    before = words[index - 1]
    return text[before.end - 1] in ".!?:" or "\n" in text[before.end : words[index].start]


def _unless_plain(word: str, threshold: float) -> float:
    return NEVER if word.lower() in _PLAIN_WORDS else threshold
