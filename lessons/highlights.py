"""Highlights: the moments of a lesson that show a stranger what it is like."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lessons.transcript import Speaker, Transcript, Utterance, Word

SHORTEST, LONGEST = 15.0, 60.0
IDEAL = (25.0, 50.0)
LEAD, TAIL = 0.3, 0.4
BEAT = 4
LINGER = 1.2
TITLE_WORDS = 8
PRAISE = {
    "perfect",
    "excellent",
    "great",
    "fantastic",
    "wonderful",
    "exactly",
    "brilliant",
    "well",
    "proud",
    "amazing",
}
CORRECTIONS = {"remember", "say", "almost", "uncountable", "instead", "correct", "again", "try", "careful"}
HOOKS = {"imagine", "tell", "what", "why", "how", "if", "wow", "guess", "secret", "never", "always"}

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


def clips_wanted(transcript: Transcript) -> int:
    """How many clips a lesson may give: two of a short one, three of one longer than twenty minutes."""
    if not transcript.utterances:
        return 0
    return 2 if transcript.utterances[-1].end < 20 * 60 else 3


def highlights_of(transcript: Transcript, sentiment: Sentiment, most: int) -> list[Highlight]:
    """At most so many moments that are worth showing, best first; none overlap."""
    return best_moments((moment_of(transcript, span, sentiment) for span in spans_of(transcript)), most)


def best_moments(candidates: Iterable[Highlight], most: int) -> list[Highlight]:
    """The highest-scoring highlights that do not overlap, best first."""
    chosen: list[Highlight] = []
    for moment in sorted(candidates, key=lambda one: (-one.viral_score, one.start)):
        if len(chosen) < most and not any(overlap(moment, other) for other in chosen):
            chosen.append(moment)
    return chosen


def overlap(one: Highlight, other: Highlight) -> bool:
    return one.start < other.end and other.start < one.end


def spans_of(transcript: Transcript) -> Iterator[Sequence[Utterance]]:
    """Every run of whole utterances, in which both people speak, of a length that a clip may have."""
    spoken = transcript.utterances
    for first in range(len(spoken)):
        for last in range(first + 1, len(spoken)):
            run = spoken[first : last + 1]
            length = max(one.end for one in run) - run[0].start
            if length + LEAD + TAIL > LONGEST:
                break
            if length >= SHORTEST and {one.speaker for one in run} >= {Speaker.TUTOR, Speaker.STUDENT}:
                yield run


def moment_of(transcript: Transcript, run: Sequence[Utterance], sentiment: Sentiment) -> Highlight:
    start, end = edges_of(transcript, run)
    snippet = snippet_of(transcript, start, end)
    return Highlight(start, end, score_of(run, sentiment), title_of(snippet), snippet)


def edges_of(transcript: Transcript, run: Sequence[Utterance]) -> tuple[float, float]:
    """The run with a little room before and after, but never into another word."""
    first, last = run[0].start, max(one.end for one in run)
    before = max((word.end for word in all_words(transcript) if word.end <= first), default=0.0)
    after = min((word.start for word in all_words(transcript) if word.start >= last), default=last + TAIL)
    return round(max(first - LEAD, before, 0.0), 2), round(min(last + TAIL, after), 2)


def score_of(run: Sequence[Utterance], sentiment: Sentiment) -> float:
    """Four parts of equal weight: hook, flow, value and feeling; each from 0 to 1, as is the sum."""
    parts = (hook(run[0]), flow(run), value(run), feeling(run, sentiment))
    return round(sum(parts) / len(parts), 3)


def hook(opening: Utterance) -> float:
    """How much the first words promise: a question, an invitation, the tutor rather than the student."""
    words = plain_words([opening])[:8]
    asks = 0.4 if "?" in opening.text else 0.0
    invites = 0.4 if HOOKS & set(words) else 0.0
    return asks + invites + (0.2 if opening.speaker is Speaker.TUTOR else 0.0)


def flow(run: Sequence[Utterance]) -> float:
    """How much of the span is speech, and how near it is to the length that people watch."""
    length = max(one.end for one in run) - run[0].start
    spoken = sum(one.end - one.start for one in run) / length
    shortest, longest = IDEAL
    off = max(shortest - length, length - longest, 0.0) / shortest
    return 0.6 * min(1.0, spoken) + 0.4 * max(0.0, 1.0 - off)


def value(run: Sequence[Utterance]) -> float:
    """The moment in which a correction is followed by success; a mistake that stays open is none."""
    praised = [
        at for at, one in enumerate(run) if one.speaker is Speaker.TUTOR and PRAISE & set(plain_words([one]))
    ]
    corrected = [
        at for at, one in enumerate(run) if one.speaker is Speaker.TUTOR and CORRECTIONS & set(plain_words([one]))
    ]
    if any(early < late for early in corrected for late in praised):
        return 1.0
    if praised:
        return 0.6
    return 0.0 if corrected and run[-1].speaker is Speaker.TUTOR else 0.3


def feeling(run: Sequence[Utterance], sentiment: Sentiment) -> float:
    """How well people feel, at the end above all."""
    moods = [max(-1.0, min(1.0, sentiment(one.text))) for one in run]
    mood = 0.6 * sum(moods) / len(moods) + 0.4 * moods[-1]
    return max(0.0, min(1.0, (mood + 1) / 2))


def snippet_of(transcript: Transcript, start: float, end: float) -> str:
    """Exactly the words that lie inside the span, in order of time."""
    return " ".join(word.text for word in words_within(transcript, start, end))


def title_of(snippet: str) -> str:
    """The first words of what is said."""
    words = snippet.split()
    return " ".join(words[:TITLE_WORDS]) + ("…" if len(words) > TITLE_WORDS else "")


def captions_of(transcript: Transcript, start: float, end: float) -> tuple[Caption, ...]:
    """Two to four words a beat, in seconds from the start of the span; none overlap."""
    beats = [
        beat
        for one in transcript.utterances
        for beat in beats_of([word for word in one.words if start <= word.start and word.end <= end])
    ]
    beats.sort(key=lambda beat: beat[0].start)
    until = [beat[0].start for beat in beats[1:]] + [end]
    return tuple(
        Caption(
            beat[0].start - start,
            min(beat[-1].end + LINGER, limit, end) - start,
            " ".join(word.text for word in beat),
        )
        for beat, limit in zip(beats, until, strict=True)
        if limit > beat[0].start
    )


def beats_of(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The words in groups of nearly equal size, none larger than a beat."""
    if words:
        count = -(-len(words) // BEAT)
        size, more = divmod(len(words), count)
        begin = 0
        for number in range(count):
            end = begin + size + (number < more)
            yield words[begin:end]
            begin = end


def words_within(transcript: Transcript, start: float, end: float) -> list[Word]:
    inside = (word for word in all_words(transcript) if start <= word.start and word.end <= end)
    return sorted(inside, key=lambda word: word.start)


def all_words(transcript: Transcript) -> Iterator[Word]:
    for one in transcript.utterances:
        yield from one.words


def plain_words(run: Sequence[Utterance]) -> list[str]:
    return [word.text.strip(".,!?…\"'").lower() for one in run for word in one.words]
