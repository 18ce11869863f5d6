"""A transcript to read along: WebVTT, SubRip and plain text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from lessons.transcript import Speaker, Transcript, Utterance, Word

Names = Mapping[Speaker, str]

LONGEST = 6.0
WIDEST = 84
SHORTEST = 0.1
LOOKALIKES = str.maketrans("<>{}", "‹›()")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words of one person shown together, in seconds of the lesson."""

    speaker: Speaker
    start: float
    end: float
    text: str


def vtt(transcript: Transcript, names: Names) -> str:
    """The transcript as WebVTT with voice tags (https://www.w3.org/TR/webvtt1/)."""
    blocks = [
        f"{clock(cue.start, '.')} --> {clock(cue.end, '.')}\n<v {markup(names[cue.speaker])}>{markup(cue.text)}"
        for cue in cues(transcript)
    ]
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def srt(transcript: Transcript, names: Names) -> str:
    """The transcript as SubRip; it knows no escapes, so what players take for markup becomes a lookalike."""
    blocks = [
        f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n"
        + plain(f"{names[cue.speaker]}: {cue.text}").translate(LOOKALIKES)
        for number, cue in enumerate(cues(transcript), 1)
    ]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def txt(transcript: Transcript, names: Names) -> str:
    """The transcript as one line of text per utterance."""
    lines = (
        f"[{clock(one.start, '.')[:8]}] {plain(names[one.speaker])}: {plain(one.text)}\n"
        for one in transcript.utterances
    )
    return "".join(lines)


def cues(transcript: Transcript) -> Iterator[Cue]:
    """The transcript in cues of at most 6 s and 84 characters, as far as its words allow."""
    for utterance in transcript.utterances:
        for words in shown_together(utterance):
            end = max(max(word.end for word in words), words[0].start + SHORTEST)
            yield Cue(utterance.speaker, words[0].start, end, " ".join(word.text for word in words))


def shown_together(utterance: Utterance) -> Iterator[list[Word]]:
    for sentence in utterance.sentences:
        shown: list[Word] = []
        for word in sentence:
            if shown and (word.end - shown[0].start > LONGEST or wide([*shown, word])):
                yield shown
                shown = []
            shown.append(word)
        yield shown


def wide(words: list[Word]) -> bool:
    return len(" ".join(word.text for word in words)) > WIDEST


def clock(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"


def plain(text: str) -> str:
    return " ".join(text.split())


def markup(text: str) -> str:
    return escape(plain(text), quote=False)
