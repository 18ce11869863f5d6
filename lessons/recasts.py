"""Recasts: a tutor says again, rightly, what the student said wrongly.

Found by local alignment of the two sentences (Smith and Waterman 1981), in which I and you, my and your are one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lessons.grammar import Grammar
from lessons.mistakes import Evidence
from lessons.sentences import Sentence
from lessons.transcript import MARKS

FLIPS = {
    "you": "i", "me": "i", "your": "my", "yours": "mine", "are": "am", "were": "was",
    "tu": "mi", "tus": "mis", "te": "i", "ton": "mon", "ta": "ma", "tes": "mes", "dein": "mein", "deine": "meine",
    "you're": "i'm", "you've": "i've", "you'll": "i'll", "you'd": "i'd",
}  # fmt: skip
EXPLICIT = re.compile(
    r"\b(?:we (?:do not |don't |always |never )?(?:say|use)|you (?:should|can) say|say it|"
    r"uncountable|irregular|plural|singular|preposition|base form|past tense|adjective|describes|incorrect|"
    r"se dice|decimos|on dit|man sagt|si dice)\b",
    re.IGNORECASE,
)
TURNED = {"are": "am", "were": "was"}
PERSONAL = (FLIPS.keys() | FLIPS.values()) - TURNED.keys() - set(TURNED.values())
SAME, RELATED, OTHER, GAP = 3, 2, -2, -1
LONGEST = 3
LARGEST = 6400
ANCHORS = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """A word of the student's and the word of the tutor's that takes its place, by their numbers."""

    student: int
    tutor: int
    same: bool


@dataclass(frozen=True, slots=True)
class Recast:
    """The student's words number `begin` to `end` as the tutor said them; `faithful` if all around is echoed."""

    begin: int
    end: int
    better: str
    evidence: Evidence
    faithful: bool


def flipped(word: str) -> str:
    return FLIPS.get(word, word)


def related(one: str, other: str, grammar: Grammar) -> bool:
    """Whether two words look like forms of one."""
    if grammar.lemma(one) == grammar.lemma(other):
        return True
    short, long = sorted((one, other), key=len)
    if not grammar.little and len(short) > 1 and long.startswith(short) and len(long) - len(short) <= 2:
        return True
    alike = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return alike >= max(3, 0.6 * max(len(one), len(other))) and min(len(one), len(other)) > 3


def likeness(one: str, other: str, grammar: Grammar) -> int:
    if flipped(one) == flipped(other):
        return SAME
    return RELATED if related(one, other, grammar) else OTHER


def aligned(student: Sequence[str], tutor: Sequence[str], grammar: Grammar) -> list[Pair]:
    """The words that two sentences share, in the stretch where they are most alike."""
    score = [[0] * (len(tutor) + 1) for _ in range(len(student) + 1)]
    for i, one in enumerate(student, 1):
        for j, other in enumerate(tutor, 1):
            step = score[i - 1][j - 1] + likeness(one, other, grammar)
            score[i][j] = max(0, step, score[i - 1][j] + GAP, score[i][j - 1] + GAP)
    i, j = max(((i, j) for i in range(len(score)) for j in range(len(score[0]))), key=lambda at: score[at[0]][at[1]])
    return traced(score, student, tutor, grammar, i, j)


def traced(
    score: list[list[int]], student: Sequence[str], tutor: Sequence[str], grammar: Grammar, i: int, j: int
) -> list[Pair]:
    pairs: list[Pair] = []
    while i and j and score[i][j]:
        like = likeness(student[i - 1], tutor[j - 1], grammar)
        if score[i][j] == score[i - 1][j - 1] + like:
            i, j = i - 1, j - 1
            if like > 0:
                pairs.append(Pair(i, j, like == SAME))
        elif score[i][j] == score[i - 1][j] + GAP:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


@dataclass(frozen=True)
class Echo:
    """A student's sentence beside a tutor's."""

    student: Sentence
    tutor: Sentence
    grammar: Grammar
    pairs: tuple[Pair, ...]

    @property
    def evidence(self) -> Evidence:
        return Evidence.EXPLICIT if EXPLICIT.search(self.tutor.text) else Evidence.RECAST

    @property
    def asks(self) -> bool:
        return self.tutor.text.endswith("?") and not self.student.text.endswith("?")

    def version(self, begin: int, end: int) -> str | None:
        """The tutor's words for the student's words `begin` to `end`, as the student would say them."""
        bounds = self.bounds(begin, end)
        if bounds is None or not 0 < bounds[1] - bounds[0] <= end - begin + LONGEST:
            return None
        own = {pair.tutor: self.student.words[pair.student].text.strip(MARKS) for pair in self.pairs if pair.same}
        words = [own.get(at) or self.turned(at) for at in range(*bounds)]
        return None if None in words else " ".join(word for word in words if word)

    def turned(self, at: int) -> str | None:
        """A tutor's word that the student did not say, as she would: after "you", "are" becomes "am"."""
        bare, before = self.tutor.bare[at], self.tutor.bare[at - 1] if at else ""
        if bare in TURNED and before == "you":
            return TURNED[bare]
        text = self.tutor.words[at].text.strip(MARKS)
        return None if bare in PERSONAL else text if at else text.lower()

    def bounds(self, begin: int, end: int) -> tuple[int, int] | None:
        """Where the tutor's words for it begin and end, held on both sides by a word said alike or by an end."""
        before = [pair for pair in self.pairs if pair.student < begin]
        inside = [pair for pair in self.pairs if begin <= pair.student < end]
        after = [pair for pair in self.pairs if pair.student >= end]
        left = right = None
        if inside and inside[0].same and inside[0].student == begin:
            left = inside[0].tutor
        elif before and before[-1].same and before[-1].student == begin - 1:
            left = before[-1].tutor + 1
        elif inside and not before and inside[0].tutor <= 1:
            left = 0
        if after and after[0].same and after[0].student == end:
            right = after[0].tutor
        elif inside and inside[-1].same and inside[-1].student == end - 1:
            right = inside[-1].tutor + 1
        elif inside and not after and inside[-1].tutor == len(self.tutor.words) - 1:
            right = len(self.tutor.words)
        return None if left is None or right is None else (left, right)

    def preserves(self, said: Sequence[str], version: Sequence[str]) -> bool:
        """Whether only forms and little words differ."""
        return all(
            word in self.grammar.little or any(likeness(word, other, self.grammar) > 0 for other in others)
            for words, others in ((said, version), (version, said))
            for word in words
        )


def echoes_of(sentence: Sentence, heard: Sequence[Sentence], grammar: Grammar) -> list[Echo]:
    """The sentence beside each that the tutor said; endless ones, which lack full stops, are left out."""
    return [
        Echo(sentence, tutor, grammar, tuple(aligned(sentence.bare, tutor.bare, grammar)))
        for tutor in heard
        if len(sentence.words) * len(tutor.words) <= LARGEST
    ]


def recast_of(echoes: Sequence[Echo], begin: int, end: int, better: str) -> Recast | None:
    """How the tutor said the student's words `begin` to `end` of which `better` is thought, if he did."""
    wanted = bare(better)
    for one in echoes:
        said, version = one.student.bare[begin:end], one.version(begin, end)
        if version and bare(version) != said and (bare(version) == wanted or one.preserves(said, bare(version))):
            return Recast(begin, end, version, one.evidence, True)
        if holds(one.tutor.bare, wanted, one.grammar):
            return Recast(begin, end, better, one.evidence, True)
    return None


def recasts(echoes: Sequence[Echo]) -> list[Recast]:
    """What the tutor said otherwise between words that he repeated."""
    return [recast for one in echoes if not one.asks for recast in edits(one)]


def edits(one: Echo) -> list[Recast]:
    anchors = [pair for pair in one.pairs if pair.same]
    faithful = len(anchors) >= max(ANCHORS + 1, 0.6 * len(one.tutor.words))
    found = []
    for left, right in pairwise(anchors):
        said = one.student.bare[left.student + 1 : right.student]
        version = one.tutor.bare[left.tutor + 1 : right.tutor]
        if len(anchors) >= ANCHORS and corrects(one, said, version):
            begin = left.student + (1 if said and version else 0)
            better = one.version(begin, right.student)
            if better:
                found.append(Recast(begin, right.student, better, one.evidence, faithful))
    return found


def corrects(one: Echo, said: Sequence[str], version: Sequence[str]) -> bool:
    """Whether a difference looks like a correction, not like another thing to say.

    A tutor who does not explain may well speak of another time or number; then only little words tell.
    """
    changed = {*said} ^ {*version}
    if not changed or max(len(said), len(version)) > LONGEST or changed <= one.grammar.articles:
        return False
    if one.evidence is Evidence.EXPLICIT:
        swapped = len(said) == len(version) == 1
        return not changed & PERSONAL and (swapped or one.preserves(said, version))
    if one.grammar.little:
        return changed <= one.grammar.articles | one.grammar.prepositions
    return one.preserves(said, version)


def holds(heard: Sequence[str], wanted: Sequence[str], grammar: Grammar) -> bool:
    """Whether the wanted words were heard in order, with at most one other among them."""
    if all(word in grammar.little for word in wanted):
        return False
    words = [flipped(word) for word in wanted]
    for start, word in enumerate(heard):
        if flipped(word) == words[0]:
            rest = iter(flipped(other) for other in heard[start : start + len(words) + 1])
            if all(any(other == one for other in rest) for one in words):
                return True
    return False


def bare(text: str) -> list[str]:
    return [word.lower().strip(MARKS) for word in text.split()]
