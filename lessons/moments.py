"""Moments that a model points at, moved to where a clip can be cut."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lessons.highlights import (
    LONGEST,
    TITLE,
    Highlight,
    Piece,
    Scores,
    best_moments,
    moment_of,
    pieces_of,
    runs_of,
    snippet_of,
    title_of,
)
from lessons.prompts import Window
from lessons.transcript import Transcript
from lessons.wording import bare_words, fit, found_at


@dataclass(frozen=True)
class MomentClaim:
    """The lines from `first` to `last`, and four times 0 to 25 points."""

    first: int
    last: int
    title: str
    hook: float
    flow: float
    value: float
    emotion: float


def true_moments(transcript: Transcript, lines: Window, claims: Sequence[MomentClaim], most: int) -> list[Highlight]:
    """At most so many of the claimed moments, each moved to the nearest span that may be a clip, best first."""
    runs = list(runs_of(pieces_of(transcript, lambda _: 0.0)))
    starts = [run[0].start for run in runs]
    spoken = {line.number: line for line in lines}
    found = []
    for claim in claims:
        if claim.first in spoken and claim.last in spoken and claim.first <= claim.last:
            begin, end = spoken[claim.first].words[0].start, spoken[claim.last].words[-1].end
            near = runs[bisect_left(starts, begin - LONGEST) : bisect_right(starts, end)]
            found += [highlight(transcript, claim, run) for run in nearest(near, begin, end)]
    return best_moments(found, most)


def nearest(runs: Sequence[Sequence[Piece]], begin: float, end: float) -> Iterator[Sequence[Piece]]:
    """The run most like this span, if they share at least half of the shorter one."""
    best = min(runs, key=lambda run: abs(run[0].start - begin) + abs(run[-1].end - end), default=None)
    if best:
        shared = min(best[-1].end, end) - max(best[0].start, begin)
        if 2 * shared >= min(best[-1].end - best[0].start, end - begin):
            yield best


def highlight(transcript: Transcript, claim: MomentClaim, run: Sequence[Piece]) -> Highlight:
    score = Scores(claim.hook, claim.flow, claim.value, claim.emotion).viral_score
    span = moment_of(run, ())
    snippet = snippet_of(transcript, span.start, span.end)
    return replace(span, viral_score=score, snippet=snippet, title=quoted(claim.title, snippet) or title_of(snippet))


def quoted(title: str, snippet: str) -> str:
    """A title that is made of words which are said, in a row; empty for any other."""
    return fit(title, TITLE) if found_at(bare_words(title), bare_words(snippet)) else ""
