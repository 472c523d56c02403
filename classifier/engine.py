"""mask(), unmask() and classify(): the body of any kind in, the same kind or its findings out; rewrite() for texts."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from classifier.entities import Entity
from classifier.exceptions import (
    ClassifierError,
    ClassifierFailed,
    InvalidEncoding,
    InvalidPayload,
    LeakFound,
    TokensRefused,
    TooDeep,
)
from classifier.matchers import OwnRules, compiled
from classifier.operators import Whose
from classifier.payloads.csv_body import classify_csv, mask_csv
from classifier.payloads.form import classify_form, mask_form
from classifier.payloads.json_batch import Refused, mask_each
from classifier.payloads.json_body import classify_json, mask_json
from classifier.payloads.json_syntax import BYTE_ORDER_MARK, decode_utf8
from classifier.payloads.located import locate_text
from classifier.payloads.ndjson import classify_ndjson, mask_ndjson
from classifier.payloads.proven import Origin, proven_left
from classifier.payloads.redaction import redact_everything
from classifier.payloads.text import classify_text, mask_text
from classifier.payloads.types import Finding, Limits, Masked, PayloadKind, Unmasked
from classifier.payloads.unmasking import Opener, unmask_body
from classifier.policies import NO_RULES, REDACT_EVERYTHING, CompiledPolicy, Policy, WatchedPolicy
from classifier.rewriting import Rewritten, Write, restore_texts, rewrite_texts
from classifier.spans import Span
from classifier.tiers import Search, Tier
from classifier.tokens import Keyring, Opens

DEFAULT_LIMITS = Limits()

P = ParamSpec("P")
T = TypeVar("T")


def _tells_nothing(function: Callable[P, T]) -> Callable[P, T]:
    """Turn any unforeseen exception, which may quote the payload, into one that does not."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except ClassifierError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not carry a value out.
            where = _where(error)
        # Raised out here, so that no chain of exceptions leads back to the payload.
        message = f"The classifier failed ({where}); nothing was masked."
        raise ClassifierFailed(message)

    return guarded


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + place


@_tells_nothing
def mask(  # noqa: PLR0913 - one line a choice of the caller.
    payload: bytes,
    policy: Policy,
    *,
    kind: PayloadKind,
    limits: Limits = DEFAULT_LIMITS,
    tier: Tier = Tier.FAST,
    whose: Whose = (),
) -> Masked:
    """Return the body with its personal data hidden as the policy says.

    What is not personal keeps its bytes; a body with nothing to hide comes back as the same object. Where the policy
    seals under keys of people, `whose` is the keyring of the person the body is about, or that of each line of NDJSON
    or row of CSV; what has none is hidden for good.
    """
    mark, body = _without_mark(decode_utf8(payload), kind)
    counts: Counter[Entity] = Counter.__new__(Counter)  # `Counter()` looks for what to count first.
    masked = _mask_body(body, policy, kind, _search_of(tier, limits.max_depth), counts, whose)
    if masked is body:
        return Masked(payload, dict(counts))
    return Masked((mark + masked).encode("utf-8"), dict(counts))


@_tells_nothing
def mask_many(
    payloads: Sequence[bytes],
    policy: Policy,
    *,
    limits: Limits = DEFAULT_LIMITS,
    tier: Tier = Tier.FAST,
    whose: Whose = (),
) -> list[Masked | Refused]:
    """Return JSON documents with their personal data hidden, each as `mask` would alone, in half its time.

    In the place of one that cannot be read stands its error; the others are masked all the same. What breaks the
    classifier itself is raised, for all of them. Markers of scope `batch` count on through the documents of a call.
    `whose` is the keyring of the person of each, as in `mask`.
    """
    if policy.everything:
        return [_masked_or_refused(payload, REDACT_EVERYTHING, limits, tier) for payload in payloads]
    if policy.leak_check:  # Each alone: what one shows must not hold up the others.
        batch = policy.for_batch()
        return [_masked_or_refused(one, batch, limits, tier, _of(whose, at)) for at, one in enumerate(payloads)]
    tables = policy.compiled().for_call(whose)
    return [*mask_each(payloads, tables, _search_of(tier, limits.max_depth, tables.own))]


def _masked_or_refused(
    payload: bytes, policy: Policy, limits: Limits, tier: Tier, whose: Whose = ()
) -> Masked | Refused:
    try:
        return mask(payload, policy, kind=PayloadKind.JSON, limits=limits, tier=tier, whose=whose)
    except (InvalidEncoding, InvalidPayload, LeakFound, TooDeep) as error:
        return error.with_traceback(None)


def _of(whose: Whose, place: int) -> Whose:
    """Return the keyring of the person of one document of many."""
    return whose if isinstance(whose, Keyring) else whose[place : place + 1]


@_tells_nothing
def unmask(  # noqa: PLR0913 - one line a choice of the caller.
    payload: bytes,
    keyring: Opens,
    *,
    kind: PayloadKind,
    entities: Collection[Entity] | None = None,
    strict: bool = True,
    limits: Limits = DEFAULT_LIMITS,
) -> Unmasked:
    """Return the body with its tokens turned back into values, for these entities only, or for all.

    A token that does not open makes the whole body refused, or stays as it is where `strict` is off.
    """
    mark, body = _without_mark(decode_utf8(payload), kind)
    opener = Opener(keyring, entities)
    plain = unmask_body(body, kind, opener, Search(Tier.PATTERNS, limits.max_depth))
    if strict and opener.refused:
        raise TokensRefused(opener.refused)
    unchanged = plain == body
    return Unmasked(payload if unchanged else (mark + plain).encode("utf-8"), dict(opener.counts))


@_tells_nothing
def classify(
    payload: bytes,
    *,
    kind: PayloadKind,
    limits: Limits = DEFAULT_LIMITS,
    tier: Tier = Tier.FAST,
    own: OwnRules = NO_RULES,
) -> tuple[Finding, ...]:
    """Return what is personal in a body, by the rules of an owner too: where and which kind, never the value."""
    _, body = _without_mark(decode_utf8(payload), kind)
    search = Search(tier, limits.max_depth, compiled(own))
    match kind:
        case PayloadKind.JSON:
            return tuple(classify_json(body, search))
        case PayloadKind.NDJSON:
            return tuple(classify_ndjson(body, search))
        case PayloadKind.CSV:
            return tuple(classify_csv(body, search))
        case PayloadKind.FORM:
            return tuple(classify_form(body, search))
        case PayloadKind.TEXT:
            return tuple(classify_text(body, search))


@_tells_nothing
def locate(text: str, *, limits: Limits = DEFAULT_LIMITS, tier: Tier = Tier.FAST) -> tuple[Span, ...]:
    """Return what is personal in a text by its own code points, escapes of a JSON document included."""
    return tuple(locate_text(text, Search(tier, limits.max_depth)))


@_tells_nothing
def rewrite(
    texts: Sequence[str],
    policy: Policy,
    writes: Sequence[Write],
    *,
    limits: Limits = DEFAULT_LIMITS,
    tier: Tier = Tier.FAST,
) -> tuple[Rewritten, ...]:
    """Return texts with all replaced that the policy does not keep, and where each find stood and now stands.

    For dialects, whose stand-ins no operator makes: `writes` has for each text what makes them of a find and its value.
    """
    return tuple(rewrite_texts(texts, policy, _search_of(tier, limits.max_depth), writes))


@_tells_nothing
def restore(texts: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Return texts with stand-ins, bare or in brackets, turned back into what a caller says they stand for."""
    return restore_texts(texts, values)


# Asked for every body, and always of a few kinds.
_search_of = lru_cache(64)(Search)


def _mask_body(  # noqa: PLR0913, PLR0917 - one line a choice of the caller.
    body: str, policy: Policy, kind: PayloadKind, search: Search, counts: Counter[Entity], whose: Whose
) -> str:
    if policy.everything:
        return redact_everything(body, kind, search.max_depth)
    tables = policy.compiled().for_call(whose)
    if tables.own is not None:
        search = _search_of(search.tier, search.max_depth, tables.own)
    if not policy.leak_check:
        return tables.finished(_with_operators(body, tables, kind, search, counts))
    watched = WatchedPolicy(tables)
    masked = watched.finished(_with_operators(body, watched, kind, search, counts))
    _refuse_leaks(body, masked, watched, kind, search)
    return masked


def _refuse_leaks(body: str, masked: str, watched: WatchedPolicy, kind: PayloadKind, search: Search) -> None:
    """Raise LeakFound where something that was to be hidden can be read."""
    left = watched.watch.left_in(body, masked, kind)
    proof = _search_of(Tier.PATTERNS, search.max_depth, watched.own)
    left |= proven_left(Origin(body, kind), masked, proof, watched)
    if left:
        raise LeakFound(left)


def _with_operators(
    body: str, policy: CompiledPolicy, kind: PayloadKind, search: Search, counts: Counter[Entity]
) -> str:
    match kind:
        case PayloadKind.JSON:
            return mask_json(body, policy, counts, search)
        case PayloadKind.NDJSON:
            return mask_ndjson(body, policy, counts, search)
        case PayloadKind.CSV:
            return mask_csv(body, policy, counts, search)
        case PayloadKind.FORM:
            return mask_form(body, policy, counts, search)
        case PayloadKind.TEXT:
            return mask_text(body, policy, counts, search)


def _without_mark(text: str, kind: PayloadKind) -> tuple[str, str]:
    """Return a byte order mark, if there is one, and what follows it; in a text it counts as a character."""
    is_marked = text.startswith(BYTE_ORDER_MARK) and kind is not PayloadKind.TEXT
    return (BYTE_ORDER_MARK, text[1:]) if is_marked else ("", text)
