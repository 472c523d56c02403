"""known_as(): by which other names, and where, the index knows whoever has these; and taking them out of it.

Two steps are taken and no more: from the names that were given to accounts (user ids), and from these accounts to all
their names. A name that somebody else has too is left out, and said to be: a shared address, a family's tablet, an
e-mail that a stranger typed in. Rather is a name too few than another person forgotten.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from privacy_service.subjects.identifiers import Identifier, Kind, digester_of
from privacy_service.subjects.models import EVENTS, IndexEntry, IndexKey
from workspaces.models import Workspace

MOST_ACCOUNTS = 20  # Of one e-mail address; one with more is no person's.
# What somebody typed in: whoever holds an account may name another's address there, and has proved nothing by it.
CLAIMED = frozenset({Kind.EMAIL, Kind.PHONE})
_DIGESTS = 20  # In one statement, whose entries are at most so many: a name that more have is certainly shared.
_ENTRIES = 4000


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as the index knows them: the names that were given, those it adds, and where they are."""

    named: tuple[Identifier, ...] = field(repr=False)
    found: tuple[Identifier, ...] = field(repr=False)
    left_out: Mapping[str, int]  # How many names of each kind may be somebody else's.
    entries: tuple[UUID, ...]

    @property
    def told(self) -> dict[str, dict[str, int]]:
        """Return what was added and left out, by kind and number: what a request says of it."""
        told = {"found": dict(Counter(str(one.kind) for one in self.found)), "left_out": dict(self.left_out)}
        return {name: kinds for name, kinds in told.items() if kinds}


class _Entry:
    """One entry by its digests, the kind of each, and whether events alone told it: anybody's page may send those."""

    def __init__(self, *, is_heard: bool) -> None:
        self.digests: dict[bytes, str] = {}
        self.is_heard = is_heard

    def of(self, kind: Kind) -> set[bytes]:
        return {digest for digest, its in self.digests.items() if its == kind}

    @property
    def owners(self) -> set[bytes]:
        """Return whose it is: an account's; where it names none, an e-mail's; else nobody's."""
        return self.of(Kind.USER_ID) or self.of(Kind.EMAIL)

    def is_of(self, accounts: AbstractSet[bytes], names: AbstractSet[bytes]) -> bool:
        """Say whether it is of these accounts; where it names none, whether it has these names alone."""
        users = self.of(Kind.USER_ID)
        if users:
            return users <= accounts
        return self.of(Kind.EMAIL) <= names and not names.isdisjoint(self.digests)


_Entries = dict[UUID, _Entry]


def known_as(workspace: Workspace, named: Iterable[Identifier], *, believes_claims: bool) -> Known:
    """Return by which other names, and where, the index knows somebody; raise SealBroken.

    Whoever answers for a request believes that the addresses of an account are its owner's. A link in a mail shows that
    one address is: of others nothing, and that an account is theirs only where a system has it under no other address.
    """
    digest = digester_of(workspace.pk).digest
    given = {digest(one): one for one in named if one.normal}
    first = _holding(workspace, given)
    accounts, unsure = _accounts(given, first)
    sure = given.keys() - unsure
    seen = {**first, **_holding(workspace, accounts)}
    doubted = set() if believes_claims else _doubted(accounts - given.keys(), seen, given.keys())
    accounts -= doubted
    theirs = {pk: entry for pk, entry in seen.items() if entry.is_of(accounts, sure)}
    if not believes_claims:
        theirs = {pk: entry for pk, entry in theirs.items() if entry.of(Kind.USER_ID) or not entry.is_heard}
    kinds = {name: kind for entry in theirs.values() for name, kind in entry.digests.items() if name not in given}
    claimed = set() if believes_claims else {name for name, kind in kinds.items() if kind in CLAIMED}
    around = _holding(workspace, kinds)
    left = _shared(around, accounts, sure | kinds.keys()).intersection(kinds) | claimed
    found = _opened(workspace, theirs, kinds.keys() - left)
    names = sure | (kinds.keys() - left)
    places = theirs.keys() | {pk for pk, entry in around.items() if entry.is_of(accounts, names)}
    left_out = Counter(kinds[name] for name in left) + Counter(str(given[name].kind) for name in unsure)
    left_out.update([str(Kind.USER_ID)] * len(doubted))
    return Known(tuple(given.values()), tuple(found), dict(sorted(left_out.items())), tuple(places))


def entries_of(known: Known) -> "QuerySet[IndexEntry]":
    """Return where somebody is."""
    return IndexEntry.objects.filter(pk__in=known.entries).select_related("destination")


def forget(workspace: Workspace, identifiers: Iterable[Identifier], *, only: Iterable[UUID] | None = None) -> int:
    """Take somebody out of the index who has all these names, or out of some destinations; return how many entries."""
    digest = digester_of(workspace.pk).digest
    return forget_digests(workspace, [{digest(one): one.kind for one in identifiers if one.normal}], only=only)


def forget_digests(
    workspace: Workspace, people: Collection[Mapping[bytes, str]], *, only: Iterable[UUID] | None = None
) -> int:
    """Do the same for several people of whose names only digests are known."""
    held = _holding(workspace, {name for names in people for name in names})
    theirs = {pk for names in people for pk, entry in held.items() if entry.is_of(_accounts_among(names), names.keys())}
    rows = IndexEntry.objects.filter(pk__in=theirs)
    gone = rows if only is None else rows.filter(destination__in=list(only))
    return gone.delete()[1].get("subjects.IndexEntry", 0)


def _accounts_among(names: Mapping[bytes, str]) -> set[bytes]:
    return {name for name, kind in names.items() if kind == Kind.USER_ID}


def _holding(workspace: Workspace, digests: Iterable[bytes]) -> _Entries:
    """Return the entries that hold one of these, with everything else that they hold."""
    wanted, entries = list(digests), _Entries()
    for start in range(0, len(wanted), _DIGESTS):
        ids = _ids(workspace, wanted[start : start + _DIGESTS])
        keys = IndexKey.objects.filter(entry__in=ids)
        for entry_id, source, kind, digest in keys.values_list("entry_id", "entry__source", "kind", "digest"):
            entries.setdefault(entry_id, _Entry(is_heard=source == EVENTS)).digests[bytes(digest)] = kind
    return entries


def _ids(workspace: Workspace, digests: Sequence[bytes]) -> set[UUID]:
    """Return which entries hold one of these names; one that very many have leaves room for the others."""
    some = IndexKey.objects.filter(digest__in=digests, entry__workspace=workspace)
    ids = set(some.order_by("entry_id").values_list("entry_id", flat=True).distinct()[:_ENTRIES])
    if len(ids) < _ENTRIES or len(digests) == 1:
        return ids
    half = len(digests) // 2
    return _ids(workspace, digests[:half]) | _ids(workspace, digests[half:])


def _accounts(given: Mapping[bytes, Identifier], entries: _Entries) -> tuple[set[bytes], set[bytes]]:
    """Return the accounts of whoever has the given names, and the names that others have too and so tell nothing."""
    accounts, unsure = {name for name, one in given.items() if one.kind is Kind.USER_ID}, set()
    for name in given.keys() - accounts:
        holders = [entry for entry in entries.values() if name in entry.digests]
        users = set().union(*(entry.of(Kind.USER_ID) for entry in holders))
        # Whoever reads the mail of an address answers for each account that was opened with it.
        is_mail = given[name].kind is Kind.EMAIL
        if len(users) > MOST_ACCOUNTS if is_mail else _are_several(holders, given.keys()):
            unsure.add(name)
        else:
            accounts |= users
    return accounts, unsure


def _doubted(accounts: Iterable[bytes], entries: _Entries, given: AbstractSet[bytes]) -> set[bytes]:
    """Return the accounts that may be another's: under a further address somewhere, or under this one in events alone.

    Whoever sends an event can write their own address beside another's user id, and confirm that address themselves.
    """
    doubted = set()
    for account in accounts:
        its = [entry for entry in entries.values() if account in entry.digests]
        has_others = any(entry.of(Kind.EMAIL) - given for entry in its)
        if has_others or all(entry.is_heard for entry in its if not given.isdisjoint(entry.digests)):
            doubted.add(account)
    return doubted


def _are_several(holders: Iterable[_Entry], given: AbstractSet[bytes]) -> bool:
    """Say whether a name is of several people; what was given is of one."""
    owners = set().union(*(entry.owners for entry in holders))
    return len(owners - given) + (not owners.isdisjoint(given)) > 1


def _shared(entries: _Entries, accounts: AbstractSet[bytes], names: AbstractSet[bytes]) -> set[bytes]:
    """Return the names that an entry of somebody else holds."""
    others = (entry for entry in entries.values() if not entry.is_of(accounts, names))
    return {digest for entry in others for digest in entry.digests}


def _opened(workspace: Workspace, entries: _Entries, wanted: AbstractSet[bytes]) -> list[Identifier]:
    """Return the names behind digests, each once, in an order that is the same every time."""
    digest = digester_of(workspace.pk).digest
    found: dict[bytes, Identifier] = {}
    for row in IndexEntry.objects.filter(pk__in=list(entries)):
        for one in row.identifiers:
            its = digest(one)
            if its in wanted:
                found.setdefault(its, one)
    return sorted(found.values(), key=lambda one: (one.kind, one.normal))
