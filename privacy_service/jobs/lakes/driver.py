"""The kind of destination `files`: CSV, JSON Lines and Parquet where jobs may go, many people in one pass."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import monotonic, time
from typing import Any

from privacy_service.jobs.allowed import allowed_place, check_still_allowed
from privacy_service.jobs.errors import JobRefused, Unreadable
from privacy_service.jobs.kinds import Form, form_of, is_known
from privacy_service.jobs.lakes import forgetting, progress
from privacy_service.jobs.lakes.matching import Matching, People
from privacy_service.jobs.lakes.progress import Mark, order_of
from privacy_service.jobs.places import Place, expand
from privacy_service.jobs.planning import is_ours
from privacy_service.subjects.destinations.base import (
    CannotTell,
    DestinationKind,
    Done,
    NotDone,
    Options,
    OptionsRefused,
    Refused,
    Secrets,
    Subject,
    TryAgain,
    Working,
    object_of,
)
from privacy_service.subjects.identifiers import Identifier, Kind
from workspaces.models import Workspace

_MOST = 1000  # One pass through a lake takes nearly as long for a thousand people as for one.
_SECONDS = 60.0  # Of one pass; the file that is begun is finished, and the next pass goes on behind it.
_PLAN_BYTES = 64 << 20
_LEFT_SECONDS = 3600.0
_RECORDS, _FILES, _LOOKED_THROUGH = "records", "files", "files looked through"
_CHANGED, _UNREAD = "files changed meanwhile", "files not read"
_GOES_ON = Working("It goes through its files.", after_seconds=0)
_READ = (Unreadable, JobRefused, OSError)


class Lake:
    """Files below some addresses; a workspace may name none but those of the installation's `PRIVACY_JOBS_PLACES`."""

    def __init__(self, options: Options, secrets: Secrets, workspace: Workspace | None = None) -> None:
        del secrets
        self._options = object_of(options, "options", ("files", "match"))
        self._addresses = _texts(self._options.get("files"), "files")
        match = object_of(self._options.get("match", {}), "match", Kind)
        self._matching = Matching({Kind(kind): _paths(paths, f"match.{kind}") for kind, paths in match.items()})
        self._space = workspace

    def in_workspace(self, workspace: Workspace) -> "Lake":
        """Return the same for a workspace; raise OptionsRefused where its jobs have no business there."""
        for place, address in enumerate(self._addresses):
            try:
                allowed_place(address, workspace.slug)
            except JobRefused as refused:
                raise OptionsRefused(option=f"files[{place}]", advice=str(refused)) from None
        return Lake(self._options, {}, workspace)

    def find(self, subject: Subject) -> Mapping[str, int]:
        """Count the records, where there is not too much to be read while somebody waits."""
        people, counts = People([subject], self._matching), 0
        files = list(self._files())
        size = sum(place.size() for _, place in files)
        if size > _PLAN_BYTES:
            message = f"{len(files):,} files of {size / 1e6:,.0f} MB together are looked through when it deletes."
            raise CannotTell(message)
        for _, place in files:
            try:
                counts += forgetting.count(place, _form(place), people, self._matching).total()
            except _READ as error:
                raise Refused(_told(1, _said(error))) from None
        return {"records": counts}

    def delete(self, subject: Subject) -> Done:
        """Take one person out of every file."""
        [answer] = self.delete_many([subject])
        if isinstance(answer, NotDone):
            raise answer
        return answer

    def delete_many(self, subjects: Sequence[Subject]) -> list[Done | NotDone]:
        """Take people out of every file, in as many passes as that takes."""
        marks = progress.marks_of(self._workspace, json.dumps(self._options, sort_keys=True), subjects)
        going = _Pass(People(subjects, self._matching), self._matching, marks)
        try:
            is_whole = going.through(self._files())
        except BaseException:
            progress.keep(self._workspace, marks, is_whole=False)
            raise
        progress.keep(self._workspace, marks, is_whole=is_whole)
        return going.answers(is_whole=is_whole)

    def export(self, subject: Subject) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield each record with the name of its file."""
        people = People([subject], self._matching)
        for _, place in self._files():
            for record in self._records(place):
                if people.whose(record) is not None:
                    yield place.name, record

    def people(self, kinds: Iterable[Kind]) -> Iterator[tuple[Identifier, ...]]:
        """Yield whom each record is about."""
        wanted = frozenset(kinds)
        for _, place in self._files():
            for record in self._records(place):
                named = tuple(one for one in self._matching.identifiers(record) if one.kind in wanted)
                if named:
                    yield named

    def _records(self, place: Place) -> Iterator[Mapping[str, Any]]:
        try:
            yield from forgetting.records(place, _form(place), self._matching, whole=True)
        except _READ as error:
            raise Refused(_told(1, _said(error))) from None

    @property
    def _workspace(self) -> Workspace:
        if self._space is None:
            message = "Files are looked through for a workspace alone."
            raise Refused(message)
        return self._space

    def _files(self) -> Iterator[tuple[str, Place]]:
        """Yield each file once, in the order in which lakes are gone through."""
        found: dict[str, Place] = {}
        slug = self._workspace.slug
        try:
            for address in self._addresses:
                named = expand(address)
                for name in named.names:
                    place = Place(named.at(name).real())  # A link stays a link to what is written anew.
                    check_still_allowed(place, slug)
                    if is_ours(name):
                        _clear(place)
                    else:
                        found[order_of(place.address)] = place
        except JobRefused as refused:
            raise Refused(str(refused)) from None
        yield from sorted(found.items(), key=lambda one: one[0])


class _Pass:
    """One pass through a lake, for people who may have come to different files before."""

    def __init__(self, people: People, matching: Matching, marks: Sequence[Mark]) -> None:
        self._people, self._matching, self._marks = people, matching, marks
        self._first_trouble = "those of an earlier pass"
        self._ends_at = monotonic() + _SECONDS

    def through(self, files: Iterable[tuple[str, Place]]) -> bool:
        """Go on through the files for so long as one pass may take; return whether it came to the end."""
        for order, place in files:
            behind = [mark for mark in self._marks if mark.cursor < order]
            if not behind:
                continue
            if monotonic() >= self._ends_at:
                return False
            outcome = self._forget(place)
            for mark in behind:
                mark.cursor = order
                mark.counts.update([outcome])
        return True

    def answers(self, *, is_whole: bool) -> list[Done | NotDone]:
        """Return the answer for each person."""
        return [self._answer(mark) if is_whole else _GOES_ON for mark in self._marks]

    def _forget(self, place: Place) -> str:
        """Return under which name the file is counted."""
        try:
            counts = forgetting.forget(place, _form(place), self._people, self._matching)
        except forgetting.ChangedMeanwhile:
            return _CHANGED
        except _READ as error:
            self._first_trouble = _said(error)
            return _UNREAD
        for who, count in counts.items():
            self._marks[who].counts.update({_RECORDS: count, _FILES: 1})
        return _LOOKED_THROUGH

    def _answer(self, mark: Mark) -> Done | NotDone:
        if count := mark.counts[_UNREAD]:
            return Refused(_told(count, self._first_trouble))
        if mark.counts[_CHANGED]:
            return TryAgain("Files changed while they were written anew; those are as they were.")
        return Done(counts={name: mark.counts[name] for name in (_RECORDS, _FILES, _LOOKED_THROUGH)})


def _clear(place: Place) -> None:
    """Take away what a worker that died had begun to write: people stand in it who are forgotten by now."""
    if place.is_local and place.name.endswith(".writing") and time() - place.path.stat().st_mtime > _LEFT_SECONDS:
        place.delete()


def _form(place: Place) -> Form:
    if not is_known(place.name):
        message = "its name does not tell that it is CSV, TSV, JSON Lines or Parquet; leave it out by a pattern"
        raise Unreadable(message)
    return form_of(place.name)


def _said(error: Exception) -> str:
    """Return what is wrong without the name of a file, which may name a person."""
    return str(error) if isinstance(error, Unreadable) else "it cannot be opened or written"


def _told(count: int, said: str) -> str:
    return f"{count} of its files cannot be read or written: {said}."


def _texts(value: Any, option: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise OptionsRefused(option=option, advice='list addresses, such as ["file:///lake/events/**/*.jsonl.gz"].')
    return value


def _paths(value: Any, option: str) -> tuple[str, ...]:
    return tuple(_texts([value] if isinstance(value, str) else value, option))


FILES = DestinationKind("files", "CSV, JSON Lines and Parquet files", Lake, most=_MOST, is_exclusive=True)
