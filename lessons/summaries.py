"""A short and honest account of a lesson, made by rule: counts and examples, nothing that was not said."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lessons.mistakes import Mistake
from lessons.transcript import Speaker, Transcript

EXAMPLES = 3


@dataclass(frozen=True)
class Summary:
    """What the lesson was about, in a few sentences and key points."""

    text: str
    key_points: tuple[str, ...] = ()


def summary_of(transcript: Transcript, mistakes: Sequence[Mistake]) -> Summary:
    """Who spoke how much, and what was corrected; mistakes that need review are not counted.

    Where it is not known who spoke, nothing is said of shares, nor that there were no mistakes.
    """
    sure = [one for one in mistakes if not one.needs_review]
    told = [talk(transcript), "" if someone_is_unknown(transcript) and not sure else practice(sure)]
    return Summary(" ".join(filter(None, told)), tuple(points(sure)))


def someone_is_unknown(transcript: Transcript) -> bool:
    return transcript.words_of(Speaker.UNKNOWN) > 0


def talk(transcript: Transcript) -> str:
    minutes = max(1, round(length_of(transcript) / 60))
    length = f"about {minutes} minute{'s' if minutes > 1 else ''}"
    if someone_is_unknown(transcript):
        return f"A recording of {length}, in which it is not known who spoke."
    share = transcript.words_of(Speaker.STUDENT) / max(1, transcript.words)
    return f"A conversation of {length}; the student spoke {share:.0%} of the words."


def practice(sure: Sequence[Mistake]) -> str:
    if not sure:
        return "No mistake was sure enough to make a drill of."
    kinds = [kind.value for kind, _ in Counter(one.type for one in sure).most_common(EXAMPLES)]
    return f"{len(sure)} mistake{'s' if len(sure) > 1 else ''} to practise, mostly {listed(kinds)}."


def points(sure: Sequence[Mistake]) -> list[str]:
    """The clearest corrections, in order of the lesson."""
    clearest = sorted(sure, key=lambda one: -one.confidence)[:EXAMPLES]
    return [f"“{one.better}” instead of “{one.said}”" for one in sorted(clearest, key=lambda one: one.start)]


def markdown_of(summary: Summary, mistakes: Sequence[Mistake]) -> str:
    """The summary as the app's recording page shows it."""
    sure = [one for one in mistakes if not one.needs_review]
    lines = [f"- **{plain(one.better)}** instead of *{plain(one.said)}*: {plain(one.explanation)}" for one in sure]
    corrected = ["", "## Corrected", "", *lines] if lines else []
    return "\n".join(["## Lesson", "", plain(summary.text), *corrected]) + "\n"


def plain(text: str) -> str:
    """Text without a meaning in Markdown or HTML."""
    escaped = "".join(f"\\{letter}" if letter in "\\`*_[]#" else letter for letter in text)
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def length_of(transcript: Transcript) -> float:
    return max((one.end for one in transcript.utterances), default=0.0)
