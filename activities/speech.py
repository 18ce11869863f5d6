"""What was said in a lesson."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from temporalio import activity

from activities.answers import KeptAnswers
from activities.stages import working
from db import lessons as lesson_states
from db import parts, recordings, stages
from db.session import Sessions
from lessons.capture import Part
from lessons.errors import BadTranscript
from lessons.languages import LanguagePair
from lessons.messages import Lesson, Stage, Transcribed
from lessons.ports import Audio, FileStore, Progress, Transcriber
from lessons.results import results_from, transcript_from
from lessons.transcript import Speaker, Transcript, in_order
from workflows.steps import SpeechSteps

LARGEST_TRANSCRIPT = 64 << 20
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
"""What JSON can say and Postgres cannot keep: a zero, and half a letter."""


@dataclass
class Speech(SpeechSteps):
    sessions: Sessions
    store: FileStore
    transcriber: Transcriber

    @activity.defn
    async def transcribe(self, lesson: Lesson) -> Transcribed:
        async with working(self.sessions, lesson, Stage.TRANSCRIBE) as progress:
            async with self.sessions() as session:
                found = await parts.parts_of(session, lesson.lesson_id)
                languages = await lesson_states.languages_of(session, lesson.lesson_id)
            heard = [await self.hear(part, languages, progress) for part in found]
            transcript = joined(found, heard)
            results = await asyncio.to_thread(results_from, transcript)
            async with self.sessions.begin() as session:
                spoken = sorted({one.language for one in transcript.utterances if one.language})
                await recordings.keep_transcript(session, lesson.lesson_id, results, spoken)
                await stages.finish_stage(session, lesson.lesson_id, Stage.TRANSCRIBE)
        return counted(transcript)

    async def hear(self, part: Part, languages: LanguagePair, progress: Progress) -> Transcript:
        """One part's transcript in its own time: the one that came with it, or what is heard."""
        if part.file.transcript_key:
            raw = await self.store.read(part.file.transcript_key, LARGEST_TRANSCRIPT)
            return await asyncio.to_thread(given_transcript, raw, part.file.student_channel)
        url = await self.store.signed_url(part.audio_key, seconds=3600)
        audio = Audio(url, part.audio_sha256, part.seconds, speakers_of(part))
        heard = await self.transcriber.transcribe(audio, languages, KeptAnswers(self.sessions), progress)
        return heard.within(part.seconds)


def speakers_of(part: Part) -> tuple[Speaker, ...]:
    """Who is on which channel; where one channel holds both, nobody is named."""
    if part.channels < 2 or part.file.student_channel is None:
        return (Speaker.UNKNOWN,)
    return (Speaker.TUTOR, Speaker.STUDENT) if part.file.student_channel == 1 else (Speaker.STUDENT, Speaker.TUTOR)


def given_transcript(raw: bytes, student_channel: int | None) -> Transcript:
    """The transcript of an import: Deepgram's answer, or its `results` alone; raises BadTranscript."""
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadTranscript from None
    if not isinstance(answer, dict):
        raise BadTranscript
    transcript = transcript_from(answer.get("results", answer), student_channel)
    if any(UNWRITABLE.search(one.text + one.language) for one in transcript.utterances):
        raise BadTranscript("a word is no text")
    return transcript


def joined(found: Sequence[Part], heard: Sequence[Transcript]) -> Transcript:
    """All parts on the lesson's timeline."""
    placed = (one.shifted(part.offset_seconds).utterances for part, one in zip(found, heard, strict=True))
    return in_order(chain.from_iterable(placed))


def counted(transcript: Transcript) -> Transcribed:
    return Transcribed(transcript.words, transcript.words_of(Speaker.STUDENT), transcript.words_of(Speaker.UNKNOWN))
