"""Masking and classifying a JSON document without touching what is not personal."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, groupby
from operator import itemgetter

from classifier.entities import Entity
from classifier.exceptions import InvalidPayload, TooDeep
from classifier.keys import KEY, KeyTable, Rule, root_table
from classifier.leaves import Found, find_in_leaves
from classifier.payloads.json_gaps import MINIMUM_DIGITS
from classifier.payloads.json_own import follow
from classifier.payloads.json_paths import masked_keys, pointers
from classifier.payloads.json_records import add_told_by_neighbours
from classifier.payloads.json_shapes import MOST_PARTS, walk_shape
from classifier.payloads.json_slices import LARGE, mask_slices
from classifier.payloads.json_syntax import check_json, read_string, write_constant, write_string
from classifier.payloads.json_walk import Number, Walked, plain_number, split, walk
from classifier.payloads.types import Finding
from classifier.policies import CompiledPolicy, Policy
from classifier.spans import KEY_SCORE, Span, settle_labels, settle_overlaps
from classifier.tiers import Search, Tier
from classifier.tokens import without_tokens

# So many literals are walked, searched and hidden at a time.
WINDOW = 4096
# How documents begin, and those that were written as a string once more.
_OPENERS = ("{", "[", '"{', '"[', '"\\')
# How keys appear in the paths of findings, which have no policy.
_PATH_POLICY = Policy.named("strict").compiled()


@dataclass(slots=True)
class Inspected:
    """A document and what is personal in it."""

    parts: list[str]
    texts: list[str]
    walked: Walked
    table: KeyTable
    # What holds for the outermost value.
    rule: Rule
    spans: list[tuple[int, list[Span]]] = field(default_factory=list)
    number_spans: list[tuple[Number, list[Span]]] = field(default_factory=list)
    embedded: list[tuple[int, Rule]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Say whether no value is to be hidden, nor read as a document of its own."""
        walked = self.walked
        return not (walked.hidden or self.spans or self.embedded or walked.hidden_numbers or self.number_spans)


def mask_json(
    text: str, policy: CompiledPolicy, counts: Counter[Entity], search: Search, *, first_line: int = 1
) -> str:
    """Return a document with its personal data hidden; the same object where there is none."""
    table = root_table(search)
    if len(text) > LARGE:
        masked = _mask_slices(text, policy, counts, search, table)
        if masked is not None:
            return masked
    check_json(text, search.max_depth, first_line=first_line)
    return _mask(text, policy, counts, search, table)


def _mask_slices(
    text: str, policy: CompiledPolicy, counts: Counter[Entity], search: Search, table: KeyTable
) -> str | None:
    """Mask a large document slice by slice; None where it cannot be cut, and nothing is counted."""
    before = counts.copy()

    def mask_elements(elements: str, table: KeyTable, rule: Rule, depth: int) -> str:
        return _mask(elements, policy, counts, search.below(depth - 1), table, rule)

    def mask_rest(document: str) -> str:
        check_json(document, search.max_depth)
        return _mask(document, policy, counts, search, table)

    try:
        masked = mask_slices(text, table, mask_elements, mask_rest)
    except (InvalidPayload, TooDeep):
        # Whoever reads the whole can say where it breaks.
        masked = None
    if masked is None:
        counts.clear()
        counts.update(before)
        return None
    return text if masked == text else masked


def classify_json(text: str, search: Search, prefix: str = "", *, first_line: int = 1) -> list[Finding]:
    """Return what is personal in a document, with a pointer to each leaf."""
    check_json(text, search.max_depth, first_line=first_line)
    return _classify(text, search, root_table(search), prefix)


def inspect(text: str, table: KeyTable, search: Search) -> Inspected:
    """Find what is personal in a document."""
    parts, texts = _parts_of(text)
    walked = walk_shape(texts, table, table.root_rule, search.max_depth, _minimum_digits(search))
    inspected = Inspected(parts, texts, walked, table, table.root_rule)
    _look(inspected, search)
    return inspected


def _parts_of(text: str) -> tuple[list[str], list[str]]:
    """Return the parts of a document as they are written and as they read: one list where nothing is escaped."""
    parts = split(text)
    return parts, [read_string(part) for part in parts] if "\\" in text else parts


def _minimum_digits(search: Search) -> int:
    """Return how short a number may be that is searched: to an owner's rules even one digit may say something."""
    return 1 if search.own is not None and search.own.sees_values else MINIMUM_DIGITS


def read_json(text: str, policy: CompiledPolicy, search: Search) -> Inspected:
    """Return a small, valid document with its values sorted, yet to be searched; not by the rules of an owner."""
    table = root_table(search)
    parts, texts = _parts_of(text)
    walked = walk_shape(texts, table, table.root_rule, search.max_depth)
    inspected = Inspected(parts, texts, walked, table, table.root_rule)
    _sort_out(inspected, search, policy)
    return inspected


def write_json(text: str, inspected: Inspected, policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> str:
    """Return a document that was searched with its personal data hidden; the same object where there is none."""
    changed = _hide(inspected, policy, counts, search)
    changed |= _hide_keys(inspected.parts, inspected.texts, inspected.walked.keys, policy, counts)
    return '"'.join(inspected.parts) if changed else text


def _look(inspected: Inspected, search: Search, policy: CompiledPolicy | None = None) -> None:
    """Search what was walked."""
    search = _sort_out(inspected, search, policy)
    values = _values_of(inspected)
    _note(inspected, values, find_in_leaves(values, search.tier, search.own), search)


def _sort_out(inspected: Inspected, search: Search, policy: CompiledPolicy | None) -> Search:
    """Settle what is searched, and how: what a key tells but the policy keeps is searched all the same."""
    keeps_any, may_embed = policy is not None and policy.keeps_any, inspected.texts is not inspected.parts
    if keeps_any or may_embed or search.own is not None:
        # What was walked is shared with every document of this shape.
        inspected.walked = inspected.walked.apart()
    if policy is not None and keeps_any:
        _search_kept(inspected.walked, policy)
    if may_embed:
        _set_apart_embedded(inspected, search)
    if search.own is not None:
        search = follow(search.own, inspected, search)
    return search


def _search_kept(walked: Walked, policy: CompiledPolicy) -> None:
    """Have what a kept key holds searched: another kind of data may stand there."""
    kept = {id(rule) for _, rule in (*walked.hidden, *walked.hidden_numbers) if policy.keeps(rule.entity, rule.label)}
    # New lists, as those of a remembered shape are shared too.
    walked.leaves = walked.leaves + [(at, rule) for at, rule in walked.hidden if id(rule) in kept]
    walked.hidden = [(at, rule) for at, rule in walked.hidden if id(rule) not in kept]
    walked.numbers = walked.numbers + [number for number, rule in walked.hidden_numbers if id(rule) in kept]
    walked.hidden_numbers = [(number, rule) for number, rule in walked.hidden_numbers if id(rule) not in kept]


def _set_apart_embedded(inspected: Inspected, search: Search) -> None:
    """Move the leaves that are documents themselves from the texts to search to those to walk."""
    leaves = inspected.walked.leaves
    inspected.embedded = [leaf for leaf in leaves if is_document(inspected.texts[leaf[0]], search)]
    documents = {at for at, _ in inspected.embedded}
    inspected.walked.leaves = [leaf for leaf in leaves if leaf[0] not in documents]


def table_inside(rule: Rule, search: Search) -> KeyTable:
    """Return the rules of a document in a string: where the field says nothing about it, those of any document."""
    return root_table(search) if rule.children.context == "thing" else rule.children


def is_document(text: str, search: Search) -> bool:
    """Say whether a text is a JSON object or array, also as a string once more, whose keys tell what it holds."""
    if not text.lstrip().startswith(_OPENERS):
        return False
    try:
        check_json(text, search.max_depth)
    except InvalidPayload:
        return False
    return True


def search_values(documents: Sequence[Inspected], search: Search) -> None:
    """Search the values of documents, all at once, and note in each what was found in it."""
    values = [_values_of(each) for each in documents]
    found = find_in_leaves([*chain.from_iterable(values)], search.tier, search.own)
    for each, own_values, own_found in zip(documents, values, _parted(found, values), strict=True):
        _note(each, own_values, own_found, search)


def _values_of(inspected: Inspected) -> Sequence[str]:
    texts, numbers = inspected.texts, inspected.walked.numbers
    values = inspected.walked.texts_of(texts)
    return [*values, *(plain_number(_digits(texts, number)) for number in numbers)] if numbers else values


def _digits(texts: Sequence[str], number: Number) -> str:
    return texts[number.part][number.start : number.end]


def _parted(found: Found, values: Sequence[Sequence[str]]) -> list[Found]:
    """Return what was found in the values of each document, by their places in it."""
    if len(values) == 1:
        return [found]
    parted: list[Found] = [{} for _ in values]
    starts = [0, *accumulate(map(len, values))]
    for index, spans in found.items():
        at = bisect_right(starts, index) - 1
        parted[at][index - starts[at]] = spans
    return parted


def _note(inspected: Inspected, searched: Sequence[str], found: Found, search: Search) -> None:
    walked = inspected.walked
    if search.tier is not Tier.PATTERNS:
        told = add_told_by_neighbours(found, inspected.texts, walked, inspected.table, inspected.rule)
        if told:
            # A sealed value stays sealed, and what an owner allows is shown, whatever stands beside it.
            found = without_tokens(found if search.own is None else search.own.add_to(found, searched), searched)
    leaves, numbers = walked.leaves, walked.numbers
    for index, spans in found.items():
        if index < len(leaves):
            inspected.spans.append((leaves[index][0], spans))
        else:
            number = numbers[index - len(leaves)]
            inspected.number_spans.append(
                (number, _as_written(spans, _digits(inspected.texts, number), searched[index]))
            )


def _as_written(spans: list[Span], written: str, searched: str) -> list[Span]:
    """Return what was found in a number; of one that was searched in another spelling it is the whole."""
    return spans if written == searched else [replace(span, start=0, end=len(written)) for span in spans]


def _mask(  # noqa: PLR0913, PLR0917 - what every part of a document is masked with, and by which rules.
    text: str,
    policy: CompiledPolicy,
    counts: Counter[Entity],
    search: Search,
    table: KeyTable,
    rule: Rule | None = None,
) -> str:
    """Hide window by window, so that a large document costs as much a literal as a small one."""
    parts, texts = _parts_of(text)
    rule = rule or table.root_rule
    if len(texts) <= MOST_PARTS:
        walked = walk_shape(texts, table, rule, search.max_depth, _minimum_digits(search))
        changed = _mask_window(Inspected(parts, texts, walked, table, rule), policy, counts, search)
        keys = walked.keys
    else:
        changed, keys = False, []
        for window in walk(texts, table, rule, search.max_depth, _minimum_digits(search), WINDOW):
            inspected = Inspected(parts, texts, window.settled(texts), table, rule)
            changed |= _mask_window(inspected, policy, counts, search)
            keys += inspected.walked.keys
    changed |= _hide_keys(parts, texts, keys, policy, counts)
    return '"'.join(parts) if changed else text


def _mask_window(inspected: Inspected, policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> bool:
    """Search and hide the values of a document, or of a window on it; say whether any changed."""
    _look(inspected, search, policy)
    return _hide(inspected, policy, counts, search)


def _hide(inspected: Inspected, policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> bool:
    """Hide the values of a document, or of a window on it; say whether any changed."""
    if inspected.is_clean:
        return False
    changed = _hide_values(inspected, policy, counts)
    changed |= _mask_embedded(inspected, policy, counts, search)
    return _mask_numbers(inspected.parts, inspected, policy, counts) or changed


def _hide_keys(
    parts: list[str],
    texts: list[str],
    keys: Sequence[tuple[int, tuple[Span, ...]]],
    policy: CompiledPolicy,
    counts: Counter[Entity],
) -> bool:
    """Hide what is personal in the names of fields; say whether any changed."""
    if not keys:
        return False
    renamed = [*masked_keys(texts, keys, policy, counts)]
    for at, name in renamed:
        parts[at] = write_string(name)
    return bool(renamed)


def _hide_values(inspected: Inspected, policy: CompiledPolicy, counts: Counter[Entity]) -> bool:
    """Replace the values that their key hides, and what was found in others; say whether any changed."""
    parts, texts, constants = inspected.parts, inspected.texts, policy.constants
    changed = False
    for at, rule in inspected.walked.hidden:
        entity, value = rule.entity, texts[at]
        if entity is None or not value:
            continue
        counts[entity] += 1
        answer = constants.get(entity) if rule.label == KEY else None
        new = policy.hide(entity, value, rule.label) if answer is None else answer
        if new != value:
            parts[at] = write_string(new) if answer is None else write_constant(answer)
            changed = True
    for at, spans in inspected.spans:
        new = policy.hide_spans(texts[at], spans, counts)
        if new != texts[at]:
            parts[at] = write_string(new)
            changed = True
    return changed


def _mask_embedded(inspected: Inspected, policy: CompiledPolicy, counts: Counter[Entity], search: Search) -> bool:
    """Mask the strings that are documents themselves; say whether any changed."""
    changed = False
    for at, rule in inspected.embedded:
        inner = inspected.texts[at]
        new = _mask(inner, policy, counts, search.inside(), table_inside(rule, search))
        if new != inner:
            inspected.parts[at] = write_string(new)
            changed = True
    return changed


def _mask_numbers(parts: list[str], inspected: Inspected, policy: CompiledPolicy, counts: Counter[Entity]) -> bool:
    """Replace the personal numbers; each gap is written once, however many it holds."""
    if not inspected.walked.hidden_numbers and not inspected.number_spans:
        return False
    edits = [(number, rule.entity) for number, rule in inspected.walked.hidden_numbers if rule.entity is not None]
    for number, spans in inspected.number_spans:
        digits = parts[number.part][number.start : number.end]
        edits += [(number, span.entity) for span in policy.settle(digits, spans)[:1]]
    for part, in_part in groupby(sorted(edits, key=itemgetter(0)), key=lambda edit: edit[0].part):
        pieces: list[str] = []
        gap, end = parts[part], 0
        for number, entity in in_part:
            counts[entity] += 1
            pieces += (gap[end : number.start], policy.hide_number(entity, gap[number.start : number.end]))
            end = number.end
        parts[part] = "".join((*pieces, gap[end:]))
    return bool(edits)


def _classify(text: str, search: Search, table: KeyTable, prefix: str) -> list[Finding]:
    inspected = inspect(text, table, search)
    texts, keys = inspected.texts, inspected.walked.keys
    renamed = dict(masked_keys(texts, keys, _PATH_POLICY, Counter())) if keys else {}
    found = dict(places_of(inspected))
    embedded = {(at, 0): rule for at, rule in inspected.embedded}
    findings: list[Finding] = []
    for place, pointer in pointers(texts, renamed, found.keys() | embedded.keys()):
        path = prefix + pointer
        if place in embedded:
            findings += _classify(texts[place[0]], search.inside(), table_inside(embedded[place], search), path)
        else:
            findings += findings_at(path, found[place])
    return findings


def places_of(inspected: Inspected) -> Iterator[tuple[tuple[int, int], list[Span]]]:
    """Yield what was found, not settled, by its place: the part, and the character a number starts at."""
    texts, walked = inspected.texts, inspected.walked
    for at, rule in walked.hidden:
        if rule.entity is not None and texts[at]:
            yield (at, 0), [Span(0, len(texts[at]), rule.entity, KEY_SCORE, rule.label)]
    for at, spans in inspected.spans:
        yield (at, 0), spans
    for number, rule in walked.hidden_numbers:
        if rule.entity is not None:
            span = Span(0, number.end - number.start, rule.entity, KEY_SCORE, rule.label)
            yield (number.part, number.start), [span]
    for number, spans in inspected.number_spans:
        yield (number.part, number.start), spans
    for at, key_spans in walked.keys:
        yield (at, 0), [Span(s.start, s.end, s.entity, s.score, f"{s.recognizer}:name") for s in key_spans]


def findings_at(path: str, spans: list[Span]) -> list[Finding]:
    """Return the settled spans of one leaf as findings."""
    settled = settle_overlaps(settle_labels(spans))
    return [Finding(path, s.entity, s.score, s.recognizer, s.start, s.end) for s in settled]
