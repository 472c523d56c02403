"""One file written anew without some people, whole or not at all."""

from collections import Counter
from collections.abc import Iterator

from privacy_service.jobs.errors import Unreadable
from privacy_service.jobs.kinds import FileKind, Form
from privacy_service.jobs.lakes import columns, text
from privacy_service.jobs.lakes.matching import Matching, People, Record
from privacy_service.jobs.places import Place

KINDS = frozenset({FileKind.JSONL, FileKind.CSV, FileKind.TSV, FileKind.PARQUET})


class ChangedMeanwhile(Exception):
    """Somebody else wrote the file while it was written anew; it is as they left it."""


def records(place: Place, form: Form, matching: Matching, *, whole: bool = False) -> Iterator[Record]:
    """Yield the records of a file, of Parquet only what tells whom they are about unless the whole is wanted."""
    if form.kind not in KINDS:
        message = "it is of a kind that is not looked into: CSV, TSV, JSON Lines and Parquet are"
        raise Unreadable(message)
    if form.kind is FileKind.PARQUET:
        return columns.records(place, matching, whole=whole)
    return text.records(place, form, matching)


def count(place: Place, form: Form, people: People, matching: Matching) -> Counter[int]:
    """Return how many records are about each of these people, by their places."""
    found = (people.whose(record) for record in records(place, form, matching))
    return Counter(who for who in found if who is not None)


def forget(place: Place, form: Form, people: People, matching: Matching) -> Counter[int]:
    """Take these people out of a file, and return how many records of each there were; raise ChangedMeanwhile."""
    counts: Counter[int] = Counter()
    if not count(place, form, people, matching):
        return counts

    def is_gone(record: Record) -> bool:
        who = people.whose(record)
        if who is not None:
            counts[who] += 1
        return who is not None

    before, mode = place.identity(), place.path.stat().st_mode if place.is_local else None
    with place.appearing() as sink:
        if form.kind is FileKind.PARQUET:
            columns.rewrite(place, matching, is_gone, sink)
        else:
            text.rewrite(place, form, matching, is_gone, sink)
        if place.identity() != before:
            raise ChangedMeanwhile
    if mode is not None:
        place.path.chmod(mode & 0o7777)
    return counts
