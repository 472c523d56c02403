"""Short biographies in English, as a club's yearbook or a conference's programme prints them."""

from collections.abc import Iterator

from tests.evaluation.drafts import Document, Draft, Told, chosen
from tests.evaluation.people import LANGUAGES, People

COUNT = 300

_OPENINGS = (
    "{name} was born on {birthday} in {city}, the second child of {parent} and {other}.",
    "Born in {city} on {birthday}, {name} grew up with an aunt, {parent}.",
    "{name} (born {birthday}) is a ceramicist who lives in {city}.",
    "When {first} {last} moved to {city}, nobody there had heard of spectral imaging.",
)
_MIDDLES = (
    "After school {first} joined {company} as a fitter and stayed for eleven years.",
    "At {company}, {last} led the group that rebuilt the tidal model, together with {friend}.",
    "{last} studied hydrology, worked for {company}, and wrote two books about drainage.",
    "A prize for young growers went to {first} and to {friend} in the same spring.",
    "The workshop moved twice before it settled in {town}, where the rents were low.",
    "Colleagues remember the patience with which {last} explained the ledger to newcomers.",
    "The first exhibition drew few visitors; the second one filled the hall for a week.",
)
_ENDINGS = (
    "{first} is married to {friend}; they have three children and an old dog.",
    "Readers may write to {email} or call {phone}.",
    "{last} now teaches evening classes in {town} and restores clocks.",
    "Letters reach the author at {street}, {city}.",
    "Since then {friend} has kept the archive, which can be visited by appointment.",
)


def biographies(seed: int = 3, count: int = COUNT) -> Iterator[Document]:
    """Yield the lives of people from many countries."""
    people = People(seed)
    dice = people.dice
    for number in range(count):
        one = people.person(chosen(dice, *LANGUAGES))
        friend, parent, other = (people.person(chosen(dice, *LANGUAGES)) for _ in range(3))
        relatives = {"friend": friend.name, "parent": parent.name, "other": other.name}
        values = one.told() | {role: Told(name, "PERSON") for role, name in relatives.items()}
        values |= {"company": Told(one.company, "ORGANIZATION"), "town": Told(friend.city, "LOCATION")}
        draft = Draft()
        middles = dice.sample(_MIDDLES, dice.randint(1, 3))
        draft.fill(" ".join((chosen(dice, *_OPENINGS), *middles, chosen(dice, *_ENDINGS))), values)
        yield draft.document(f"biography-{number}", "en")
