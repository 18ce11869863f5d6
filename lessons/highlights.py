"""Highlights: the moments of a lesson that show a stranger what it is like."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
    r"\b(?:perfect|excellent|great|fantastic|wonderful|exactly|brilliant|well done|good job|very good|proud)\b",
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
        parts = (self.hook, self.flow, self.value, self.emotion)
        return round(sum(min(25.0, max(0.0, part)) for part in parts) / 100, 3)


@dataclass(frozen=True)
class Piece:
    """One sentence as a clip sees it; a cut before or after it has its second where no word is hit."""

    start: float
    end: float
    opens: float | None
    closes: float | None
    promise: float
    mood: float
    praises: bool
    corrects: bool


def clips_wanted(transcript: Transcript) -> int:
    """How many clips a lesson may give: one up to three minutes, two up to twenty, three of a longer one."""
    seconds = max((one.end for one in transcript.utterances), default=0.0)
    return sum(seconds > least for least in (0, 3 * 60, 20 * 60))


def highlights_of(
    transcript: Transcript, sentiment: Sentiment, most: int, mistakes: Sequence[Mistake] = ()
) -> list[Highlight]:
    """At most so many moments that are worth showing, best first; none overlap."""
    runs = runs_of(pieces_of(transcript, sentiment))
    return [
        replace(one, snippet=(snippet := snippet_of(transcript, one.start, one.end)), title=title_of(snippet))
        for one in best_moments((moment_of(run, mistakes) for run in runs), most)
    ]


def best_moments(candidates: Iterable[Highlight], most: int) -> list[Highlight]:
    """The highest-scoring highlights that do not overlap, best first."""
    chosen: list[Highlight] = []
    for moment in sorted(candidates, key=lambda one: (-one.viral_score, one.start)):
        if len(chosen) < most and all(moment.end <= one.start or one.end <= moment.start for one in chosen):
            chosen.append(moment)
    return chosen


def moment_of(run: Sequence[Piece], mistakes: Sequence[Mistake]) -> Highlight:
    start, end = run[0].opens, run[-1].closes
    score = scores_of(run, mistakes).viral_score
    return Highlight(run[0].start if start is None else start, run[-1].end if end is None else end, score, "", "")


def pieces_of(transcript: Transcript, sentiment: Sentiment) -> list[Piece]:
    """All sentences in order, each with the seconds at which a cut before and after it hits no word."""
    spoken = [(words, one.speaker) for one in transcript.utterances for words in one.sentences]
    spoken.sort(key=lambda one: one[0][0].start)
    starts = [words[0].start for words, _ in spoken] + [float("inf")]
    quiet = [0.0, *accumulate((max(word.end for word in words) for words, _ in spoken), max)]
    pieces = []
    for at, (words, speaker) in enumerate(spoken):
        opens = max(starts[at] - LEAD, quiet[at], 0.0) if quiet[at] <= starts[at] else None
        closes = min(quiet[at + 1] + TAIL, starts[at + 1]) if quiet[at + 1] <= starts[at + 1] else None
        pieces.append(piece_of(words, speaker is Speaker.TUTOR, sentiment, opens, closes))
    return pieces


def piece_of(
    words: Sequence[Word], tutor: bool, sentiment: Sentiment, opens: float | None, closes: float | None
) -> Piece:
    text = " ".join(word.text for word in words)
    mood = max(-1.0, min(1.0, sentiment(text)))
    praises, corrects = tutor and bool(PRAISE.search(text)), tutor and bool(EXPLICIT.search(text))
    end = max(word.end for word in words)
    return Piece(words[0].start, end, opens, closes, hook(text, tutor, mood), mood, praises, corrects)


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
    return Scores(run[0].promise, flow(run), value(run, within), emotion(run))


def hook(opening: str, tutor: bool, mood: float) -> float:
    """How much a first sentence promises; one that goes on from what was said before promises little."""
    promise = 5.0 + 6.0 * opening.endswith("?") + 3.0 * opening.endswith("!")
    promise += 6.0 * bool(HOOK.search(opening)) + 2.0 * tutor + 3.0 * abs(mood)
    return promise - 8.0 * bool(STALE.search(opening))


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
    moods = [one.mood for one in run]
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
