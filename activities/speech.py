"""What was said in a lesson."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import chain
from secrets import token_urlsafe

from temporalio import activity

from activities.ledger import Ledgers
from activities.stages import working
from db import lessons as lesson_states
from db import parts, recordings, stages, vocabularies
from db.people import people_of
from db.session import Sessions, as_text, at_once
from lessons.capture import STUDENT_ALONE, TUTOR_ALONE, Part, audible
from lessons.errors import BadRecording, BadTranscript, LessonError
from lessons.languages import LanguagePair
from lessons.messages import Lesson, Stage, Transcribed
from lessons.ports import Audio, CallingBack, FileStore, Ledger, Progress, Transcriber
from lessons.results import UNWRITABLE, results_from, transcript_from
from lessons.transcript import Speaker, Transcript, in_order
from workflows.steps import SpeechSteps

LARGEST_TRANSCRIPT = 64 << 20
OUTSIDE = 600
"""Seconds for which a vendor may fetch the sound, which it does when it is asked."""

PATIENCE = timedelta(minutes=10)
"""So long an answer is waited for by a step that has no end of its own."""


@dataclass(frozen=True)
class Known:
    """What is known of a lesson before it is heard; `keyterms` are names and terms that it is likely to hold."""

    parts: Sequence[Part]
    languages: LanguagePair
    keyterms: Sequence[str]


@dataclass
class Speech(SpeechSteps):
    """`calling_back` posts what it hears to an address below `callbacks_at`, where there is such a listener."""

    sessions: Sessions
    store: FileStore
    transcriber: Transcriber
    ledgers: Ledgers
    calling_back: CallingBack | None = None
    callbacks_at: str = ""

    @activity.defn
    async def order(self, lesson: Lesson) -> None:
        async with working(self.sessions, lesson, Stage.TRANSCRIBE):
            waits = self.calling_back and await self.ordered(lesson, self.calling_back)
        if waits:
            activity.raise_complete_async()

    async def ordered(self, lesson: Lesson, listener: CallingBack) -> bool:
        """Order what is neither here nor on its way; answer whether anything is to come.

        What is refused is left to `transcribe`, and raised only where nothing else is to come.
        """
        known, ledger, step = await self.known(lesson), self.ledgers.of(lesson.lesson_id), activity.info()
        sounds = [await self.sound_of(part) for part in known.parts if not part.file.transcript_key]
        calls = {listener.call_of(sound, known.languages, known.keyterms): sound for sound in sounds}
        refusals = []
        for call in await ledger.expect(calls, step.task_token):
            secret = token_urlsafe(32)
            callback = f"{self.callbacks_at}/{secret}"
            send = partial(listener.order, calls[call], known.languages, known.keyterms, callback)
            try:
                await ledger.order(call, secret, step.start_to_close_timeout or PATIENCE, send)
            except LessonError as refusal:
                refusals.append(refusal)
        waits = await ledger.is_waiting(step.task_token)
        if refusals and not waits:
            raise refusals[0]
        return waits

    @activity.defn
    async def transcribe(self, lesson: Lesson) -> Transcribed:
        async with working(self.sessions, lesson, Stage.TRANSCRIBE) as progress:
            known, ledger = await self.known(lesson), self.ledgers.of(lesson.lesson_id)
            heard = [await self.try_to_hear(lesson, part, known, ledger, progress) for part in known.parts]
            transcript, results = await asyncio.to_thread(written, known.parts, heard)
            async with self.sessions.begin() as session:
                spoken = sorted({one.language for one in transcript.utterances if one.language})
                await recordings.keep_transcript(session, lesson.lesson_id, results, spoken)
                await stages.finish_stage(session, lesson.lesson_id, Stage.TRANSCRIBE)
        return counted(transcript)

    async def known(self, lesson: Lesson) -> Known:
        async with at_once(self.sessions) as session:
            found = await parts.parts_of(session, lesson.lesson_id)
            languages = await lesson_states.languages_of(session, lesson.lesson_id)
            terms = await vocabularies.terms_of(session, lesson.tutor_id)
            people = await people_of(session, lesson.tutor_id, lesson.student_id)
            expected = keyterms([one.name for one in people], terms)
            kept = await lesson_states.keep_keyterms(session, lesson.lesson_id, expected)
        return Known(audible(found), languages, kept)

    async def try_to_hear(
        self, lesson: Lesson, part: Part, known: Known, ledger: Ledger, progress: Progress
    ) -> Transcript:
        """Hear a part; where its sound cannot be read, that is noted of its file."""
        try:
            return await self.hear(part, known, ledger, progress)
        except BadRecording as refusal:
            async with self.sessions.begin() as session:
                await parts.refuse(session, lesson, part.file.key, refusal.code)
            raise

    async def hear(self, part: Part, known: Known, ledger: Ledger, progress: Progress) -> Transcript:
        """One part's transcript in its own time: the one that came with it, or what is heard."""
        if part.file.transcript_key:
            raw = await self.store.read(part.file.transcript_key, LARGEST_TRANSCRIPT)
            return await asyncio.to_thread(given_transcript, raw, part.file.student_channel)
        sound = await self.sound_of(part)
        heard = await self.transcriber.transcribe(sound, known.languages, known.keyterms, ledger, progress)
        return attributed(part, heard.within(part.seconds))

    async def sound_of(self, part: Part) -> Audio:
        near = await self.store.near_url(part.audio_key, seconds=3600)
        outside = await self.store.signed_url(part.audio_key, seconds=OUTSIDE)
        return Audio(near, part.audio_sha256, part.seconds, speakers_of(part), outside)


def keyterms(names: Iterable[str], terms: Iterable[str]) -> list[str]:
    """People's names, word by word as they are called, and the tutor's own terms; each once."""
    called = (word for name in names for word in name.split() if len(word) > 1)
    return list(dict.fromkeys((*called, *terms)))


def speakers_of(part: Part) -> tuple[Speaker, ...]:
    """Who is on which channel; where one channel holds both, nobody is named."""
    orders = {0: (Speaker.STUDENT, Speaker.TUTOR), 1: (Speaker.TUTOR, Speaker.STUDENT)}
    several = part.channels > 1 and part.file.student_channel is not None
    return orders.get(part.file.student_channel or 0, (Speaker.UNKNOWN,)) if several else (Speaker.UNKNOWN,)


def attributed(part: Part, heard: Transcript) -> Transcript:
    """What is heard in a file of one person's own was said by her."""
    alone = {TUTOR_ALONE: Speaker.TUTOR, STUDENT_ALONE: Speaker.STUDENT}
    speaker = alone.get(part.file.student_channel or 0)
    return Transcript(tuple(replace(one, speaker=speaker) for one in heard.utterances)) if speaker else heard


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


def written(found: Sequence[Part], heard: Sequence[Transcript]) -> tuple[Transcript, str]:
    """All parts on the lesson's timeline, and that as it is stored."""
    transcript = joined(found, heard)
    return transcript, as_text(results_from(transcript))


def joined(found: Sequence[Part], heard: Sequence[Transcript]) -> Transcript:
    """All parts on the lesson's timeline."""
    placed = (one.shifted(part.offset_seconds).utterances for part, one in zip(found, heard, strict=True))
    return in_order(chain.from_iterable(placed))


def counted(transcript: Transcript) -> Transcribed:
    return Transcribed(transcript.words, transcript.words_of(Speaker.STUDENT), transcript.words_of(Speaker.UNKNOWN))
