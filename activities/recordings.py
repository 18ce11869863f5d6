"""The recording of a lesson: which files it is, what they hold, and how the lesson ends."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.stages import working
from db import classrooms, consents, inbox, parts, recordings, stages
from db import lessons as lesson_states
from db.session import Sessions, at_once
from lessons.capture import (
    TUTOR_ALONE,
    Arrival,
    EventKind,
    Part,
    RecordedFile,
    RoomEvent,
    as_found,
    audible,
    doubtful,
    is_alone,
    is_final,
    is_import,
    lesson_is_late,
    parts_of,
    why_nothing,
)
from lessons.classroom import student_identity, tutor_identity
from lessons.consent import Consents, may_record
from lessons.errors import (
    REFUSALS,
    LessonError,
    RecordingEmpty,
    RecordingMissing,
    RecordingTruncated,
    RecordingUnfinished,
    Unavailable,
)
from lessons.loudness import is_silent
from lessons.messages import (
    PARTIAL,
    TRUNCATED,
    Failure,
    Fetched,
    Lesson,
    LessonReport,
    LessonStatus,
    Nothing,
    Settled,
    Stage,
    StageStatus,
)
from lessons.ports import Classroom, FileStore, Measured, MediaReader, Progress, Recorder
from lessons.watching import SILENT
from workflows.steps import RecordingSteps

LINKED = 6 * 3600
"""Seconds for which a recording can be read: longer than any step may take."""

ASKED = 3
"""So often the recorder is asked before what the inbox knows has to do."""

R = TypeVar("R")


async def nobody(booking_id: str) -> bool:
    return False


@dataclass
class Recordings(RecordingSteps):
    """`is_watched` tells whether a booking's room is being watched now, whose recording then comes by itself."""

    sessions: Sessions
    store: FileStore
    reader: MediaReader
    scratch: Path
    calls_back: bool = False
    recorder: Recorder | None = None
    is_watched: Callable[[str], Awaitable[bool]] = nobody

    @activity.defn
    async def settle(self, lesson: Lesson) -> Settled:
        async with working(self.sessions, lesson, Stage.CAPTURE):
            async with at_once(self.sessions) as session:
                told = await inbox.arrivals_in(session, lesson.booking_id)
            if not is_final(told) and (awaited := await self.awaited(lesson)):
                return awaited
            try:
                found = parts_of(await self.true_of(lesson, told))
            except RecordingUnfinished:
                return Settled(0, waiting=True)
            async with self.sessions.begin() as session:
                if found:
                    await recordings.keep_recording(session, lesson, found)
                await parts.keep_parts(session, lesson.lesson_id, found)
                await stages.finish_stage(session, lesson.lesson_id, Stage.CAPTURE)
                nothing = None if found else await why_none(session, lesson)
        truncated = any(part.file.truncated for part in found)
        return Settled(len(found), sum(part.file.seconds for part in found), nothing, truncated)

    async def awaited(self, lesson: Lesson) -> Settled | None:
        """To wait for a room's watch, which tells when the lesson is over: where it should have told, not for long."""
        if not await self.is_watched(lesson.booking_id):
            return None
        async with at_once(self.sessions) as session:
            over = await classrooms.over_for(session, lesson.booking_id)
        return None if over and over > SILENT else Settled(0, waiting=True, watched=over is None)

    async def true_of(self, lesson: Lesson, told: Sequence[Arrival]) -> list[Arrival]:
        """What arrived, with those files that are really there, and those that nobody told of."""
        stored = {file.key: await self.store.size(file.key) for file in doubtful(told)}
        found = {file.key: file for file in await self.recorded(lesson, told)}
        known = [as_found(arrival, stored) for arrival in told]
        corrected = [one if is_import(one) else corrected_by(found, one) for one in known]
        untold = found.keys() - {file.key for one in known if not is_import(one) for file in one.files}
        if not untold:
            return corrected
        event = RoomEvent("found", EventKind.RECORDING_READY, lesson.booking_id)
        return [*corrected, Arrival(event, tuple(found[key] for key in sorted(untold)))]

    async def recorded(self, lesson: Lesson, told: Sequence[Arrival]) -> list[RecordedFile]:
        """What the recorder knows of the room; what the inbox knows has to do where the recorder stays away."""
        if self.recorder is None or all(map(is_import, told)):
            return []
        people = tutor_identity(lesson.tutor_id), student_identity(lesson.student_id)
        try:
            return await self.recorder.recordings(Classroom(lesson.booking_id, *people))
        except RecordingUnfinished:
            raise
        except Unavailable:
            if activity.info().attempt >= ASKED and any(one.files for one in told):
                return []
            raise

    @activity.defn
    async def fetch(self, lesson: Lesson) -> Fetched:
        async with working(self.sessions, lesson, Stage.FETCH) as progress:
            async with at_once(self.sessions) as session:
                found = await parts.parts_of(session, lesson.lesson_id)
            filed = [part for part in found if part.file.key]
            await self.each(lesson, filed, self.check_size)
            read = await self.each(lesson, filed, lambda part: self.measure(lesson, part, progress))
            seconds = max((part.offset_seconds + one.seconds for part, one in read), default=0.0)
            async with self.sessions.begin() as session:
                for part, one in read:
                    await parts.keep_measured(session, lesson.lesson_id, part.number, one, audio_key(lesson, part))
                await parts.accept(session, lesson, [part.file.key for part in filed])
                await lesson_states.set_seconds(session, lesson.lesson_id, seconds)
                agreed = await consents.may_be_analysed(session, lesson.lesson_id)
                await stages.finish_stage(session, lesson.lesson_id, Stage.FETCH)
        return replace(fetched(seconds, found, read), calls_back=self.calls_back and bool(read), may_analyse=agreed)

    async def each(
        self, lesson: Lesson, filed: Iterable[Part], work: Callable[[Part], Awaitable[R]]
    ) -> list[tuple[Part, R]]:
        """Do something with every part; note all that are refused, and raise what the first is refused for."""
        done: list[tuple[Part, R]] = []
        refused: list[tuple[Part, LessonError]] = []
        for part in filed:
            try:
                done.append((part, await work(part)))
            except REFUSALS as refusal:
                refused.append((part, refusal))
        if refused:
            async with self.sessions.begin() as session:
                for part, error in refused:
                    await parts.refuse(session, lesson, part.file.key, error.code)
            raise refused[0][1]
        return done

    async def measure(self, lesson: Lesson, part: Part, progress: Progress) -> Measured:
        """Pass once over one file and store its sound."""
        url = await self.store.near_url(part.file.key, LINKED)
        with TemporaryDirectory(dir=self.scratch) as folder:
            audio = Path(folder) / "audio.m4a"
            measured = await self.reader.read(url, audio, progress)
            await self.store.put(audio_key(lesson, part), audio, "audio/mp4")
        return measured

    async def check_size(self, part: Part) -> None:
        stored = await self.store.size(part.file.key)
        if stored is None:
            raise RecordingMissing
        if stored == 0:
            raise RecordingEmpty
        if part.file.bytes and stored != part.file.bytes:
            raise RecordingTruncated(f"{stored} of {part.file.bytes} bytes are in storage")

    @activity.defn
    async def complete(self, lesson: Lesson, report: LessonReport) -> bool | None:
        async with self.sessions.begin() as session:
            arrivals = await inbox.arrivals_in(session, lesson.booking_id)
            if lesson_is_late(arrivals, await parts.parts_of(session, lesson.lesson_id)):
                return True
            await lesson_states.mark_completed(session, lesson, report)
            for failure in (one for one in report.degraded if one.code not in (PARTIAL, TRUNCATED)):
                await stages.fail_stage(session, lesson.lesson_id, failure)
            if report.nothing:
                skipped = [stage for stage in Stage if stage is not Stage.NOTIFY]
                await stages.end(session, lesson.lesson_id, skipped, StageStatus.SKIPPED)
            await lesson_states.touch(session, lesson.lesson_id)
        return False

    @activity.defn
    async def mark_failed(self, lesson: Lesson, failure: Failure) -> None:
        async with self.sessions.begin() as session:
            await lesson_states.mark_failed(session, lesson, failure)
            await stages.fail_stage(session, lesson.lesson_id, failure)

    @activity.defn
    async def mark_degraded(self, lesson: Lesson, failure: Failure) -> None:
        async with self.sessions.begin() as session:
            await lesson_states.add_degraded(session, lesson.lesson_id, failure)
            await stages.fail_stage(session, lesson.lesson_id, failure)

    @activity.defn
    async def mark_cancelled(self, lesson: Lesson) -> bool:
        async with self.sessions.begin() as session:
            running = await stages.running_stages(session, lesson.lesson_id)
            state = await lesson_states.lesson_of(session, lesson.lesson_id)
            completed = state is not None and state.status == LessonStatus.COMPLETED
            if not completed:
                await lesson_states.mark_cancelled(session, lesson.lesson_id)
            await stages.end(session, lesson.lesson_id, running, StageStatus.CANCELLED)
        return completed


def corrected_by(found: Mapping[str, RecordedFile], arrival: Arrival) -> Arrival:
    """An event with its files as the recorder knows them."""
    return replace(arrival, files=tuple(found.get(file.key, file) for file in arrival.files))


async def why_none(session: AsyncSession, lesson: Lesson) -> Nothing:
    """Why there is no recording, as far as anything is known of the classroom."""
    room = await classrooms.classroom_of(session, lesson.booking_id)
    if room is None:
        return Nothing.NOT_RECORDED
    given = await consents.consents_in(session, lesson.booking_id)
    tutor, student = (given.get(person, Consents()) for person in (lesson.tutor_id, lesson.student_id))
    return why_nothing(bool(room.joined_tutor_at and room.joined_student_at), may_record(tutor, student))


def audio_key(lesson: Lesson, part: Part) -> str:
    return f"lessons/{lesson.lesson_id}/audio-{part.number}.m4a"


def fetched(seconds: float, found: list[Part], read: list[tuple[Part, Measured]]) -> Fetched:
    """Whether anyone, and whether the student, can be heard; a transcript that came along is taken on trust."""
    if any(part.file.transcript_key for part in found):
        return Fetched(seconds)
    listened = [(part, one) for part, one in read if part in audible(found)]
    someone = any(not is_silent(level) for _, one in listened for level in one.loudness)
    return Fetched(seconds, someone, any(student_is_heard(part, one) for part, one in listened))


def student_is_heard(part: Part, measured: Measured) -> bool:
    channel = part.file.student_channel
    if channel == TUTOR_ALONE:
        return False
    if channel is None or is_alone(part) or channel >= len(measured.loudness):
        return any(not is_silent(level) for level in measured.loudness)
    return not is_silent(measured.loudness[channel])
