"""A transcript as it is stored and exchanged: the shape of Deepgram's `results`.

The tutor is on channel 0, the student on channel 1, and whoever is not known on channel 2.
Source: https://developers.deepgram.com/reference/listen-file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from lessons.errors import BadTranscript
from lessons.transcript import Speaker, Transcript, Utterance, Word, in_order, pieces

CHANNELS = (Speaker.TUTOR, Speaker.STUDENT, Speaker.UNKNOWN)
PAUSE = 0.8
LATEST = 1_000_000.0
NOBODYS = 99
"""The channel of an utterance that names none."""

UNWRITABLE = re.compile("[\0\ud800-\udfff]")
"""What JSON can say and Postgres cannot keep: a zero, and half a letter."""


def results_from(transcript: Transcript) -> dict[str, Any]:
    """The transcript as `{channels, utterances}`; `transcript_from` with student channel 1 reads all of it back."""
    heard = {CHANNELS.index(one.speaker) for one in transcript.utterances}
    return {
        "channels": [channel(transcript, CHANNELS[at]) for at in range(max(heard | {1}) + 1)],
        "utterances": [utterance(one) for one in transcript.utterances],
    }


def channel(transcript: Transcript, speaker: Speaker) -> dict[str, Any]:
    own = [one for one in transcript.utterances if one.speaker is speaker]
    words = sorted((word for one in own for word in listed(one)), key=lambda word: word["start"])
    alternative = {
        "transcript": " ".join(one.text for one in own),
        "confidence": mean([word["confidence"] for word in words]),
        "words": words,
        "paragraphs": {
            "transcript": "\n\n".join(one.text for one in own),
            "paragraphs": [paragraph(one) for one in own],
        },
    }
    return {"alternatives": [alternative]}


def utterance(one: Utterance) -> dict[str, Any]:
    number = CHANNELS.index(one.speaker)
    return {
        "speaker": number,
        "channel": number,
        "transcript": one.text,
        "start": one.start,
        "end": one.end,
        "confidence": one.confidence,
        "words": listed(one),
        "language": one.language,
    }


def paragraph(one: Utterance) -> dict[str, Any]:
    sentences = [
        {"text": " ".join(word.text for word in words), "start": words[0].start, "end": words[-1].end}
        for words in one.sentences
    ]
    return {
        "sentences": sentences,
        "speaker": CHANNELS.index(one.speaker),
        "num_words": len(one.words),
        "start": one.start,
        "end": one.end,
    }


def listed(one: Utterance) -> list[dict[str, Any]]:
    spoken_in = {"language": one.language} if one.language else {}
    return [
        {
            "word": word.bare or word.text,
            "start": word.start,
            "end": word.end,
            "confidence": word.confidence,
            "speaker": CHANNELS.index(one.speaker),
            "punctuated_word": word.text,
            **spoken_in,
        }
        for word in one.words
    ]


def mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def transcript_from(results: Any, student_channel: int | None) -> Transcript:
    """Read `results` as ours or Deepgram's; raises BadTranscript.

    The student is on `student_channel` and the tutor on the other of the first two. Where that is not known, or
    all speak on one channel, every speaker is unknown: a wrong name is worse than none.
    """
    if not isinstance(results, Mapping) or not {"channels", "utterances"} & results.keys():
        raise BadTranscript("neither channels nor utterances")
    spoken = [*utterances_in(results)] or [*utterances_of(channels_in(results))]
    several = max([len(channels_in(results)) - 1, *(at for at, _, _ in spoken if at != NOBODYS)], default=0) > 0
    return in_order(
        Utterance(speaker_on(at, student_channel if several else None), words, language)
        for at, words, language in spoken
    )


def mended(results: Any) -> dict[str, Any]:
    """A vendor's results without the words that have no text or no times; those of no certainty are doubted.

    Raises BadTranscript where more than a tenth of them are such.
    """
    if not isinstance(results, dict):
        raise BadTranscript("no results")
    first = (one for channel in channels_in(results) for one in objects(channel, "alternatives")[:1])
    said = kept = 0
    for holder in objects(results, "utterances") or list(first):
        words = objects(holder, "words")
        usable = [certain(word) for word in words if is_usable(word)]
        if isinstance(holder, dict):
            holder["words"] = usable
        said, kept = said + len(words), kept + len(usable)
    if kept < 0.9 * said:
        raise BadTranscript(f"{said - kept} of {said} words have no text or no times")
    return results


def certain(word: Mapping[str, Any]) -> Mapping[str, Any]:
    return word if is_number(word.get("confidence"), 1.0) else {**word, "confidence": 0.0}


def is_usable(word: Mapping[str, Any]) -> bool:
    text = text_of(word)
    timed = is_number(word.get("start"), LATEST) and is_number(word.get("end"), LATEST)
    return timed and isinstance(text, str) and not UNWRITABLE.search(text)


Spoken = tuple[int, tuple[Word, ...], str]


def utterances_in(results: Mapping[str, Any]) -> Iterable[Spoken]:
    for one in objects(results, "utterances"):
        listed = objects(one, "words", needed=True)
        yield whole(one, "channel"), words_from(listed), language_of([one], listed)


def utterances_of(channels: Iterable[Mapping[str, Any]]) -> Iterable[Spoken]:
    """The words of each channel, cut at pauses and where a diarizer heard another voice."""
    for at, one in enumerate(channels):
        for alternative in objects(one, "alternatives")[:1]:
            listed = sorted(objects(alternative, "words"), key=lambda word: seconds(word, "start"))
            for piece in pieces(listed, parted):
                yield at, words_from(piece), language_of([], piece) or language_of([one], [])


def channels_in(results: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return objects(results, "channels")


def parted(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    pause = seconds(after, "start") - seconds(before, "end")
    return pause >= PAUSE or before.get("speaker") != after.get("speaker")


def speaker_on(at: int, student_channel: int | None) -> Speaker:
    if student_channel is None:
        return Speaker.UNKNOWN
    tutor_channel = 1 if student_channel == 0 else 0
    return {student_channel: Speaker.STUDENT, tutor_channel: Speaker.TUTOR}.get(at, Speaker.UNKNOWN)


def words_from(listed: Iterable[Mapping[str, Any]]) -> tuple[Word, ...]:
    words = [word_from(one) for one in listed]
    return tuple(sorted((word for word in words if word.text.strip()), key=lambda word: word.start))


def word_from(one: Mapping[str, Any]) -> Word:
    text = text_of(one)
    if not isinstance(text, str):
        raise BadTranscript("a word without text")
    start = seconds(one, "start")
    return Word(text, start, max(start, seconds(one, "end")), confidence(one))


def text_of(one: Mapping[str, Any]) -> Any:
    return one.get("punctuated_word") or one.get("word")


def seconds(one: Mapping[str, Any], name: str) -> float:
    return number(one, name, LATEST)


def confidence(one: Mapping[str, Any]) -> float:
    return number(one, "confidence", 1.0)


def number(one: Mapping[str, Any], name: str, most: float) -> float:
    value = one.get(name)
    if not is_number(value, most):
        raise BadTranscript(f"{name} of a word is no number from 0 to {most:g}")
    return float(value)


def is_number(value: Any, most: float) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def whole(one: Mapping[str, Any], name: str) -> int:
    value = one.get(name, NOBODYS)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= NOBODYS:
        raise BadTranscript(f"{name} of an utterance is no channel")
    return value


def objects(holder: Mapping[str, Any], name: str, needed: bool = False) -> Sequence[Mapping[str, Any]]:
    """The list of objects under a name; none where it is left out, unless it is needed."""
    value = holder.get(name, None if needed else [])
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise BadTranscript(f"{name} is no list of objects")
    return value


def language_of(holders: Sequence[Mapping[str, Any]], words: Sequence[Mapping[str, Any]]) -> str:
    """The language that a holder names, else the one of most of its words, as two letters; empty if none does."""
    named = [one.get("language") or one.get("detected_language") for one in holders]
    voted = Counter(one.get("language") for one in words if isinstance(one.get("language"), str))
    codes = [code for code in (*named, *(code for code, _ in voted.most_common(1))) if isinstance(code, str)]
    return next((code.lower().split("-")[0] for code in codes if len(code.split("-")[0]) == 2), "")
