"""The report on accuracy, as a page: by text, by kind of data, beside what was aimed at."""

import sys
from collections.abc import Iterable, Mapping, Sequence

from tests.evaluation.corpora import Target
from tests.evaluation.scoring import Score

# The scorer's names of the three figures that have a target.
AIMED_AT = ("leak_direct", "leak_typed_direct", "over")

_INTRODUCTION = """# Accuracy

Measured by `make eval` on {date} at commit {commit}. The code of the command `classify` reads every text; an
independent scorer, kept outside this project, compares its findings with the labels.

- **readable**: characters of direct identifiers (names, addresses, e-mails, phones, numbers of cards, accounts and
  documents, network addresses, dates of birth) that no finding covers;
- **wrong kind**: those not covered under the right kind: what a reader cleared for another kind would see;
- **over**: harmless characters hidden;
- **in part**: identifiers of which any letter or digit stays readable.

All in percent; smaller is better. **These texts are development data**: the authors could see them while they worked,
so the figures flatter, and only texts that nobody here has seen can judge. Rows marked * are of our own making:
invented people in our own templates (`tests/evaluation/`), which say more about forms than about the world. Labels of
the files are not always complete; a true finding without a label counts as *over*. Texts a second were measured on a
machine that did other work too.
"""


def page(scores: Sequence[Score], troubles: Mapping[str, str], *, date: str, commit: str) -> str:
    """Return the whole page."""
    missing = [f"- The tier `{tier}` was not measured: {why}" for tier, why in troubles.items() if why]
    parts = [_INTRODUCTION.format(date=date, commit=commit), "\n".join(missing)]
    parts += ["## By text", _by_text(scores), "## By kind", _by_kind(scores)]
    parts += ["## Hidden in texts about nobody", _for_nothing(scores)]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def told(score: Score) -> Score:
    """Say on standard error what was measured last, as a run takes minutes."""
    figures = ", ".join(f"{name} {percent(score.figures[name])}" for name in AIMED_AT)
    sys.stderr.write(f"{score.corpus.name}, {score.tier}: {figures} ({score.seconds:.0f} s)\n")
    return score


def is_met(figures: Mapping[str, float | None], target: Target) -> bool:
    """Say whether all three figures are within their target."""
    pairs = ((figures[name], most) for name, most in zip(AIMED_AT, target, strict=True))
    return all(figure is None or most is None or 100 * figure <= most for figure, most in pairs)


def _by_text(scores: Iterable[Score]) -> str:
    head = ("texts", "tier", "number", "readable", "wrong kind", "over", "in part", "target", "met", "texts/s")
    rows = []
    for one in scores:
        target = one.corpus.targets.get(one.tier)
        figures = [percent(one.figures[name]) for name in (*AIMED_AT, "ent_leak_direct")]
        aim = " / ".join("-" if most is None else f"{most:g}" for most in target) if target else "-"
        met = ("yes" if is_met(one.figures, target) else "**no**") if target else "-"
        speed = f"{one.figures['texts'] / one.seconds:.0f}"
        name = f"{one.corpus.name}{' *' if one.corpus.is_own else ''}"
        rows.append((name, one.tier, str(one.figures["texts"]), *figures, aim, met, speed))
    return table(head, rows)


def _by_kind(scores: Sequence[Score]) -> str:
    """Return, for each text and label, what each tier left uncovered under the right kind."""
    tiers = list(dict.fromkeys(one.tier for one in scores))
    head = ("texts", "label", "identifiers", *(f"{tier}: characters missed, found exactly" for tier in tiers))
    rows = []
    for name in dict.fromkeys(one.corpus.name for one in scores):
        of_text = {one.tier: one.figures["labels"] for one in scores if one.corpus.name == name}
        for label in _labels(of_text[tiers[0]]):
            cells = [_missed(of_text[tier][label]) if tier in of_text else "-" for tier in tiers]
            rows.append((name, label, str(of_text[tiers[0]][label]["exact"]["gold"]), *cells))
    return table(head, rows)


def _for_nothing(scores: Iterable[Score]) -> str:
    """Return, for texts in which every find is a false one, what hid how many characters."""
    rows = [
        (one.corpus.name, one.tier, label, recognizer, str(characters))
        for one in scores
        for (label, recognizer), characters in one.for_nothing.items()
    ]
    return table(("texts", "tier", "label", "recognizer", "characters"), rows)


def _labels(of_text: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> list[str]:
    return [label for label, figures in of_text.items() if figures["exact"]["gold"]]


def _missed(figures: Mapping[str, Mapping[str, float | None]]) -> str:
    recall, exact = figures["char"]["r"], figures["exact"]["r"]
    return f"{percent(None if recall is None else 1 - recall)}, {percent(exact)}"


def percent(share: float | None) -> str:
    """Return a share in percent, or a dash where there is nothing to share."""
    return "-" if share is None else f"{100 * share:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as Markdown writes it."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
