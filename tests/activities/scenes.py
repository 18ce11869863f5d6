"""What has happened to a lesson before a step begins, and how it shows after."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from db.classrooms import open_classroom
from db.consents import keep_answer
from db.inbox import store_events
from db.lessons import lesson_of
from db.models import LessonRecording, LessonState
from db.parts import keep_parts, parts_of
from db.recordings import keep_recording, keep_transcript
from db.session import Sessions, as_text
from db.stages import stages_of
from lessons.capture import Arrival, EventKind, Part, RecordedFile, RoomEvent
from lessons.classroom import Seat
from lessons.consent import VERSION, Purpose, Way
from lessons.messages import Failure, Lesson, Stage
from lessons.ports import Measured
from lessons.results import results_from
from lessons.transcript import Transcript
from providers.disk import DiskFileStore

RECORDING = "lessons/1/first.mp4"
NOW = 1790000000.0
SPEECH = -20.0
MEASURED = Measured(60.5, 60.4, 9, 2800, 1800, 2, (SPEECH, SPEECH), 1280, 720, "ab" * 32)
NOT_MEDIA = Failure(Stage.FETCH, "not_media", "The file is not a recording that can be read.")


async def arrived(sessions: Sessions, lesson: Lesson, *files: RecordedFile) -> None:
    """The inbox holds one ended recording for each file."""
    for file in files:
        event = RoomEvent(f"EV_{file.key}{file.transcript_key}", EventKind.EGRESS_ENDED, lesson.booking_id, "EG_1")
        async with sessions.begin() as session:
            await store_events(session, [Arrival(event, (file,))])


async def imported(sessions: Sessions, lesson: Lesson, *files: RecordedFile) -> None:
    """The inbox holds one import for each file."""
    for file in files:
        event = RoomEvent(f"import of {file.key}", EventKind.IMPORT, lesson.booking_id)
        async with sessions.begin() as session:
            await store_events(session, [Arrival(event, (file,))])


async def settled(sessions: Sessions, lesson: Lesson, *parts: Part) -> None:
    async with sessions.begin() as session:
        await keep_recording(session, lesson, parts)
        await keep_parts(session, lesson.lesson_id, parts)


async def spoken(sessions: Sessions, lesson: Lesson, transcript: Transcript) -> None:
    async with sessions.begin() as session:
        await keep_transcript(session, lesson.lesson_id, as_text(results_from(transcript)), ["en"])


async def held(sessions: Sessions, lesson: Lesson, tutor: bool, student: bool) -> None:
    """The lesson was held in our classroom, and this is what the two said to a computer's work on it."""
    answers = {Seat.TUTOR: (lesson.tutor_id, tutor), Seat.STUDENT: (lesson.student_id, student)}
    async with sessions.begin() as session:
        await open_classroom(session, lesson.booking_id)
        for seat, (person, given) in answers.items():
            await keep_answer(session, lesson.booking_id, person, seat, Purpose.AI, given, VERSION, Way.ACCOUNT)


async def stages_shown(sessions: Sessions, lesson: Lesson) -> dict[str, tuple[str, float]]:
    """Every stage that has begun, with its status and how far it is."""
    async with sessions() as session:
        rows = await stages_of(session, lesson.lesson_id)
    return {row.stage: (row.status, row.progress) for row in rows}


async def recording_of(sessions: Sessions, lesson: Lesson) -> LessonRecording:
    async with sessions() as session:
        return await session.get_one(LessonRecording, lesson.lesson_id)


def part(number: int = 0, key: str = RECORDING, offset: float = 0.0, **file: Any) -> Part:
    return Part(number, f"EV_{number}", f"EG_{number}", RecordedFile(key, **file), offset_seconds=offset)


def lay(store: DiskFileStore, key: str, content: bytes | object) -> None:
    """Put an object into the store; what is no bytes is stored as JSON."""
    path = store.folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def objects_in(store: DiskFileStore) -> dict[str, str]:
    """Every stored object's text by its key."""
    files = (path for path in store.folder.rglob("*") if path.is_file())
    return {path.relative_to(store.folder).as_posix(): path.read_text() for path in files}


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def measured(*loudness: float) -> Measured:
    return replace(MEASURED, channels=len(loudness), loudness=loudness)


async def parts(sessions: Sessions, lesson: Lesson) -> list[Part]:
    async with sessions() as session:
        return await parts_of(session, lesson.lesson_id)


async def state_of(sessions: Sessions, lesson: Lesson) -> LessonState:
    async with sessions() as session:
        state = await lesson_of(session, lesson.lesson_id)
    assert state is not None
    return state
