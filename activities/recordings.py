"""The recording of a lesson: which files it is, what they hold, and how the lesson ends."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio import activity

from activities.stages import working
from db import inbox, parts, recordings, stages
from db import lessons as lesson_states
from db.session import Sessions
from lessons.capture import Part, lesson_is_late, parts_of
from lessons.errors import RecordingEmpty, RecordingMissing, RecordingTruncated
from lessons.loudness import is_silent
from lessons.messages import Failure, Fetched, Lesson, LessonReport, LessonStatus, Settled, Stage, StageStatus
from lessons.ports import FileStore, Measured, MediaReader, Progress
from workflows.steps import RecordingSteps


@dataclass
class Recordings(RecordingSteps):
    sessions: Sessions
    store: FileStore
    reader: MediaReader
    scratch: Path

    @activity.defn
    async def settle(self, lesson: Lesson) -> Settled:
        async with self.sessions.begin() as session:
            found = parts_of(await inbox.arrivals_in(session, lesson.booking_id))
            await lesson_states.mark_processing(session, lesson)
            if found:
                await recordings.keep_recording(session, lesson, found)
            await parts.keep_parts(session, lesson.lesson_id, found)
            await stages.finish_stage(session, lesson.lesson_id, Stage.CAPTURE)
        return Settled(len(found), sum(part.file.seconds for part in found))

    @activity.defn
    async def fetch(self, lesson: Lesson) -> Fetched:
        async with working(self.sessions, lesson, Stage.FETCH) as progress:
            async with self.sessions() as session:
                found = await parts.parts_of(session, lesson.lesson_id)
            heard = [(part, await self.measure(lesson, part, progress)) for part in found if part.file.key]
            seconds = max((part.offset_seconds + one.seconds for part, one in heard), default=0.0)
            async with self.sessions.begin() as session:
                for part, one in heard:
                    await parts.keep_measured(session, lesson.lesson_id, part.number, one, audio_key(lesson, part))
                await recordings.keep_length(session, lesson.lesson_id, seconds)
                await lesson_states.set_seconds(session, lesson.lesson_id, seconds)
                await stages.finish_stage(session, lesson.lesson_id, Stage.FETCH)
        return fetched(seconds, found, heard)

    async def measure(self, lesson: Lesson, part: Part, progress: Progress) -> Measured:
        """Pass once over one file and store its sound."""
        await self.check_size(part)
        url = await self.store.signed_url(part.file.key, seconds=3600)
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
    async def complete(self, lesson: Lesson, report: LessonReport) -> None:
        async with self.sessions.begin() as session:
            arrivals = await inbox.arrivals_in(session, lesson.booking_id)
            known = await parts.parts_of(session, lesson.lesson_id)
            await lesson_states.mark_completed(session, lesson, report, late=lesson_is_late(arrivals, known))
            for failure in report.degraded:
                await stages.fail_stage(session, lesson.lesson_id, failure)
            if report.nothing:
                begun = {Stage(row.stage) for row in await stages.stages_of(session, lesson.lesson_id)}
                skipped = [stage for stage in Stage if stage not in begun and stage is not Stage.NOTIFY]
                await stages.end(session, lesson.lesson_id, skipped, StageStatus.SKIPPED)
            await lesson_states.touch(session, lesson.lesson_id)

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
    async def mark_cancelled(self, lesson: Lesson) -> None:
        async with self.sessions.begin() as session:
            running = await stages.running_stages(session, lesson.lesson_id)
            state = await lesson_states.lesson_of(session, lesson.lesson_id)
            if state is None or state.status != LessonStatus.COMPLETED:
                await lesson_states.mark_cancelled(session, lesson)
            await stages.end(session, lesson.lesson_id, running, StageStatus.CANCELLED)


def audio_key(lesson: Lesson, part: Part) -> str:
    return f"lessons/{lesson.lesson_id}/audio-{part.number}.m4a"


def fetched(seconds: float, found: list[Part], heard: list[tuple[Part, Measured]]) -> Fetched:
    """Whether anyone, and whether the student, can be heard; a transcript that came along is taken on trust."""
    if any(part.file.transcript_key for part in found):
        return Fetched(seconds)
    someone = any(not is_silent(level) for _, one in heard for level in one.loudness)
    return Fetched(seconds, someone, any(student_is_heard(part, one) for part, one in heard))


def student_is_heard(part: Part, measured: Measured) -> bool:
    channel = part.file.student_channel
    if channel is None or channel >= len(measured.loudness):
        return any(not is_silent(level) for level in measured.loudness)
    return not is_silent(measured.loudness[channel])
