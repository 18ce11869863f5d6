"""A student's sentence put right, with the place of one of its mistakes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from lessons.english.grammar import ENGLISH
from lessons.mistakes import Mistake
from lessons.patterns import suggestions


@dataclass(frozen=True)
class Correction:
    """`before`, `right` and `after` make the sentence without a mistake; with `wrong` it has this one only."""

    mistake: Mistake
    before: str
    wrong: str
    right: str
    after: str

    @property
    def corrected(self) -> str:
        return self.before + self.right + self.after

    @property
    def flawed(self) -> str:
        return self.before + self.wrong + self.after


def corrections_of(mistakes: Sequence[Mistake]) -> list[Correction]:
    """One for each mistake that can be taught from: sure, and in a sentence of which the rest is right too."""
    sentences: dict[str, list[Mistake]] = defaultdict(list)
    for one in mistakes:
        sentences[one.sentence].append(one)
    return sorted(
        (one for group in sentences.values() for one in corrections_in(group)),
        key=lambda one: (one.mistake.start, len(one.before)),
    )


def corrections_in(group: Sequence[Mistake]) -> Iterator[Correction]:
    """The corrections of one sentence; none if a part of it is in doubt, or stays wrong by a pattern."""
    placed = {place_of(one): one for one in group}
    places = sorted(placed)
    clear = all(first + len(placed[first].said) <= second for first, second in pairwise(places))
    if not clear or -1 in placed or any(one.needs_review for one in group):
        return
    for at in places:
        before = "".join(rewritten(placed, 0, at))
        after = "".join(rewritten(placed, at + len(placed[at].said), len(group[0].sentence)))
        one = trimmed(placed[at], before, after)
        if not any(suggestions(ENGLISH.patterns, one.corrected, ENGLISH.form)):
            yield one


def rewritten(placed: dict[int, Mistake], begin: int, end: int) -> Iterator[str]:
    """The sentence from `begin` to `end`, with everything in between put right."""
    for at in sorted(placed):
        if begin <= at < end:
            yield placed[at].sentence[begin:at]
            yield placed[at].better
            begin = at + len(placed[at].said)
    yield next(iter(placed.values())).sentence[begin:end]


def place_of(one: Mistake) -> int:
    """Where in its sentence the mistake is, as a character; -1 if it is not there."""
    ends = (at for at in range(len(one.sentence)) if one.sentence.startswith(one.said, at))
    return next(
        (at for at in ends if one.sentence[:at] + one.better + one.sentence[at + len(one.said) :] == one.corrected),
        -1,
    )


def trimmed(one: Mistake, before: str, after: str) -> Correction:
    """The correction without the words that both have at their ends, but never without any."""
    wrong, right = one.said.split(), one.better.split()
    most = min(len(wrong), len(right)) - 1
    front = min(most, shared(wrong, right))
    back = min(most - front, shared(wrong[::-1], right[::-1]))
    head = "".join(f"{word} " for word in right[:front])
    tail = "".join(f" {word}" for word in right[len(right) - back :])
    return Correction(
        one,
        before + head,
        " ".join(wrong[front : len(wrong) - back]),
        " ".join(right[front : len(right) - back]),
        tail + after,
    )


def shared(some: Sequence[str], others: Sequence[str]) -> int:
    return len([*takewhile(lambda both: both[0] == both[1], zip(some, others, strict=False))])
