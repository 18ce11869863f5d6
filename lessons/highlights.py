"""Highlights: the moments of a lesson that show a stranger what it is like."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate, pairwise

from lessons.mistakes import Evidence, Mistake
from lessons.recasts import EXPLICIT
from lessons.transcript import Speaker, Transcript, Word

SHORTEST, LONGEST = 15.0, 60.0
BEST = (25.0, 50.0)
TOO_SHORT = 6.0
LEAD, TAIL = 0.3, 0.4
BEAT = 4
LINGER = 1.2
TITLE = 60
PRAISE = re.compile(
    r"\b(?:perfect|excellent|great|fantastic|wonderful|exactly|brilliant|amazing|well done|good job|very good|proud|bravo)\b",
    re.IGNORECASE,
)
HOOK = re.compile(
    r"\b(?:imagine|tell me|what|why|how|guess|secret|never|did you know|difference|mistake|trick)\b", re.IGNORECASE
)
STALE = re.compile(r"^(?:and|but|so|because|yes|no|okay|ok|um|uh|well|right|mhm|then)\b", re.IGNORECASE)

Sentiment = Callable[[str], float]
"""The mood of a text, from -1 to 1."""


@dataclass(frozen=True)
class Caption:
    """A few words shown together, in seconds of the clip."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Highlight:
    """A span of the lesson in seconds, snapped to words; `snippet` is exactly what is said in it."""

    start: float
    end: float
    viral_score: float
    title: str
    snippet: str


@dataclass(frozen=True)
class Scores:
    """What a clip is worth, in four parts from 0 to 25."""

    hook: float
    flow: float
    value: float
    emotion: float

    @property
    def viral_score(self) -> float:
        return round(sum(min(25.0, max(0.0, getattr(self, one.name))) for one in fields(self)) / 100, 3)


@dataclass(frozen=True)
class Piece:
    """One sentence as a clip sees it; before and after some it is quiet enough to cut."""

    start: float
    end: float
    text: str
    tutor: bool
    mood: float
    opens: float | None
    closes: float | None

    @property
    def praises(self) -> bool:
        return self.tutor and bool(PRAISE.search(self.text))

    @property
    def corrects(self) -> bool:
        return self.tutor and bool(EXPLICIT.search(self.text))


def clips_wanted(transcript: Transcript) -> int:
    """How many clips a lesson may give: two of a short one, three of one longer than twenty minutes."""
    if not transcript.utterances:
        return 0
    return 2 if transcript.utterances[-1].end < 20 * 60 else 3


def highlights_of(
    transcript: Transcript, sentiment: Sentiment, most: int, mistakes: Sequence[Mistake] = ()
) -> list[Highlight]:
    """At most so many moments that are worth showing, best first; none overlap."""
    pieces = pieces_of(transcript, sentiment)
    found = [(scores_of(run, mistakes).viral_score, run) for run in runs_of(pieces)]
    chosen: list[Highlight] = []
    for score, run in sorted(found, key=lambda one: (-one[0], one[1][0].start)):
        start, end = run[0].opens or 0.0, run[-1].closes or run[-1].end
        if len(chosen) < most and not any(start < one.end and one.start < end for one in chosen):
            snippet = snippet_of(transcript, start, end)
            chosen.append(Highlight(start, end, score, title_of(snippet), snippet))
    return chosen


def pieces_of(transcript: Transcript, sentiment: Sentiment) -> list[Piece]:
    """All sentences in order, each with the seconds at which a cut before and after it hits no word."""
    spoken = sorted(
        ((words, one.speaker) for one in transcript.utterances for words in one.sentences),
        key=lambda one: one[0][0].start,
    )
    starts = [words[0].start for words, _ in spoken]
    silent = [0.0, *accumulate((max(word.end for word in words) for words, _ in spoken), max)]
    opens = [
        max(start - LEAD, quiet, 0.0) if quiet <= start else None
        for start, quiet in zip(starts, silent, strict=False)
    ]
    closes = [
        min(quiet + TAIL, start) if quiet <= start else None
        for quiet, start in zip(silent[1:], [*starts[1:], float("inf")], strict=True)
    ]
    pieces = []
    for (words, speaker), opening, closing in zip(spoken, opens, closes, strict=True):
        text = " ".join(word.text for word in words)
        end = max(word.end for word in words)
        tutor = speaker is Speaker.TUTOR
        pieces.append(Piece(words[0].start, end, text, tutor, sentiment(text), opening, closing))
    return pieces


def runs_of(pieces: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """Every run of sentences that can be cut out and is of a length that a clip may have.

    In a lesson shorter than a clip the most of it will do.
    """
    length = pieces[-1].end - pieces[0].start if pieces else 0.0
    shortest = SHORTEST if length >= SHORTEST else max(TOO_SHORT, length * 0.6)
    for first, opening in enumerate(pieces):
        for last in range(first, len(pieces)):
            closing = pieces[last]
            if closing.end - opening.start + LEAD + TAIL > LONGEST:
                break
            cut = opening.opens is not None and closing.closes is not None
            if cut and closing.end - opening.start >= shortest:
                yield pieces[first : last + 1]


def scores_of(run: Sequence[Piece], mistakes: Sequence[Mistake]) -> Scores:
    within = [one for one in mistakes if run[0].start <= one.start and one.end <= run[-1].end]
    return Scores(hook(run[0]), flow(run), value(run, within), emotion(run))


def hook(opening: Piece) -> float:
    """How much the first words promise; a sentence that goes on from what was said before promises little."""
    promise = 5.0 + 6.0 * opening.text.endswith("?") + 3.0 * opening.text.endswith("!")
    promise += 6.0 * bool(HOOK.search(opening.text)) + 2.0 * opening.tutor + 3.0 * abs(opening.mood)
    return promise - 8.0 * bool(STALE.search(opening.text))


def flow(run: Sequence[Piece]) -> float:
    """How much of the span is speech, and how near it is to the length that people watch."""
    length = run[-1].end - run[0].start
    off = max(BEST[0] - length, length - BEST[1], 0.0) / BEST[0]
    silence = sum(max(0.0, after.start - before.end) for before, after in pairwise(run))
    return 15.0 * (1 - silence / max(length, 1.0)) + 10.0 * (1 - off)


def value(run: Sequence[Piece], mistakes: Sequence[Mistake]) -> float:
    """A correction that is followed by success counts most; a mistake that stays open takes away."""
    praised = [one.start for one in run if one.praises]
    corrected = [one.start for one in run if one.corrects]
    corrected += [one.end for one in mistakes if one.evidence is not Evidence.NONE]
    aha = bool(praised and corrected and min(corrected) < max(praised))
    last_praise = max(praised, default=run[0].start)
    still_open = sum(one.start >= last_praise for one in mistakes)
    return (25.0 if aha else 14.0 if praised else 6.0) - 6.0 * still_open


def emotion(run: Sequence[Piece]) -> float:
    """How well people feel, at the end above all."""
    moods = [max(-1.0, min(1.0, one.mood)) for one in run]
    return 12.5 * (1 + 0.6 * sum(moods) / len(moods) + 0.4 * moods[-1])


def snippet_of(transcript: Transcript, start: float, end: float) -> str:
    """Exactly the words that lie inside the span, in order of time."""
    words = (word for one in transcript.utterances for word in one.words if start <= word.start and word.end <= end)
    return " ".join(word.text for word in sorted(words, key=lambda word: word.start))


def title_of(snippet: str) -> str:
    """The first question or exclamation of it, else its first sentence, in at most 60 characters."""
    sentences = [one for one in re.split(r"(?<=[.!?…])\s+", snippet.strip()) if one]
    striking = [one for one in sentences if one.endswith(("?", "!")) and len(one.split()) > 2]
    title = next(iter(striking + sentences), "")
    if len(title) <= TITLE:
        return title.rstrip(".")
    return title[: TITLE - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def captions_of(transcript: Transcript, start: float, end: float) -> tuple[Caption, ...]:
    """Two to four words a beat, in seconds from the start of the span; none overlap."""
    beats = [
        beat
        for one in transcript.utterances
        for beat in beats_of([word for word in one.words if start <= word.start and word.end <= end])
    ]
    beats.sort(key=lambda beat: beat[0].start)
    until = [*(beat[0].start for beat in beats[1:]), end]
    return tuple(
        Caption(
            beat[0].start - start,
            min(beat[-1].end + LINGER, limit, end) - start,
            " ".join(word.text for word in beat),
        )
        for beat, limit in zip(beats, until, strict=bool(beats))
        if limit > beat[0].start
    )


def beats_of(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The words in groups of nearly equal size, none larger than a beat."""
    count = -(-len(words) // BEAT)
    edges = [round(number * len(words) / count) for number in range(count + 1)] if count else []
    return (words[begin:end] for begin, end in pairwise(edges))
