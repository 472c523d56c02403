"""The rules of an owner in a document that was walked: what they hide under a telling key, and what they allow."""

from typing import Protocol, TypeVar

from classifier.keys import Rule
from classifier.matchers import CompiledMatchers
from classifier.payloads.json_walk import Number, Walked
from classifier.spans import Span
from classifier.tiers import Search

Place = TypeVar("Place")


class Read(Protocol):
    """What is asked of a document in which personal data is looked for."""

    texts: list[str]
    walked: Walked
    spans: list[tuple[int, list[Span]]]
    number_spans: list[tuple[Number, list[Span]]]


def follow(own: CompiledMatchers, read: Read, search: Search) -> Search:
    """Judge what a key hides by what it holds, and look only for what is blocked where a key is allowed.

    Returns how the leaves are searched: without the rules where these find nothing in any value, as is usual.
    """
    is_found = own.finds_any(_values(read))
    if is_found:
        _judge(own, read)
    _open(own, read)
    return search if is_found else Search(search.tier, search.max_depth)


def _values(read: Read) -> list[str]:
    walked = read.walked
    numbers = [*walked.numbers, *walked.open_numbers, *(number for number, _ in walked.hidden_numbers)]
    values = [read.texts[at] for at, _ in (*walked.hidden, *walked.leaves)]
    return values + [_text(read, number) for number in numbers]


def _open(own: CompiledMatchers, read: Read) -> None:
    walked = read.walked
    opened = [at for at, rule in walked.leaves if rule.is_open]
    if opened:
        walked.leaves = [(at, rule) for at, rule in walked.leaves if not rule.is_open]
    texts = [read.texts[at] for at in opened] + [_text(read, number) for number in walked.open_numbers]
    for index, spans in own.blocked(texts).items() if texts else ():
        if index < len(opened):
            read.spans.append((opened[index], spans))
        else:
            read.number_spans.append((walked.open_numbers[index - len(opened)], spans))


def _judge(own: CompiledMatchers, read: Read) -> None:
    walked = read.walked
    told = [(read.texts[at], rule) for at, rule in walked.hidden]
    told += [(_text(read, number), rule) for number, rule in walked.hidden_numbers]
    judged = own.judged(told) if told else {}
    if judged:
        rules = [judged.get(index, rule) for index, (_, rule) in enumerate(told)]
        values, numbers = rules[: len(walked.hidden)], rules[len(walked.hidden) :]
        walked.hidden = _with(values, [at for at, _ in walked.hidden])
        walked.hidden_numbers = _with(numbers, [number for number, _ in walked.hidden_numbers])


def _with(rules: list[Rule | None], places: list[Place]) -> list[tuple[Place, Rule]]:
    return [(place, rule) for place, rule in zip(places, rules, strict=True) if rule is not None]


def _text(read: Read, number: Number) -> str:
    return read.texts[number.part][number.start : number.end]
