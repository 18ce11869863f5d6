"""What Deepgram sends, by answer or by callback, read without trust.

Source: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lessons.calls import Reply, Usage
from lessons.errors import BadAnswer, BadTranscript
from lessons.results import UNWRITABLE, mended, transcript_from
from lessons.transcript import Speaker, Transcript

WHO = "deepgram"
LARGEST = 64 << 20


class Metadata(msgspec.Struct):
    request_id: str = ""
    duration: float = 0.0
    channels: int = 1


class Envelope(msgspec.Struct):
    """An answer of which only the frame is read."""

    results: dict[str, msgspec.Raw]
    metadata: msgspec.Raw = msgspec.Raw(b"{}")


def reply_in(body: bytes) -> Reply:
    """A callback's body as the ledger keeps it; raises BadAnswer where it is no transcript."""
    try:
        found = msgspec.json.decode(body, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadAnswer(f"{WHO}, no transcript") from None
    if not found.results.keys() & {"channels", "utterances"}:
        raise BadAnswer(f"{WHO}, no transcript")
    about = metadata_in(found.metadata)
    return Reply(body, used(about.duration, about.channels), about.request_id)


def metadata_in(told: msgspec.Raw) -> Metadata:
    """What an answer tells of itself; nothing where that is nonsense, which spoils no transcript."""
    try:
        return msgspec.json.decode(told, type=Metadata)
    except msgspec.DecodeError:
        return Metadata()


def used(seconds: float, channels: int) -> Usage:
    """Every channel is billed."""
    return Usage(seconds=max(seconds, 0.0) * max(channels, 1))


def transcript_in(body: bytes, speakers: Sequence[Speaker]) -> Transcript:
    """Who said what; a speaker for each channel, and what is on others is nobody's. Raises BadAnswer."""
    try:
        answer: Any = json.loads(body)
        results = answer.get("results") if isinstance(answer, Mapping) else None
        results = mended(results)
        if not results.get("channels"):
            raise BadTranscript("no channels")
        transcript = transcript_from(results, student_on(speakers))
        if any(UNWRITABLE.search(one.language) for one in transcript.utterances):
            raise BadTranscript("a language is no text")
        return transcript
    except BadTranscript as error:
        raise BadAnswer(f"{WHO}, {error.detail}") from None
    except (ValueError, RecursionError):
        raise BadAnswer(f"{WHO}, no JSON") from None


def student_on(speakers: Sequence[Speaker]) -> int | None:
    named = len(speakers) > 1 and Speaker.STUDENT in speakers
    return speakers.index(Speaker.STUDENT) if named else None
