"""The files of a lesson: each once, in order, and what was measured of one stays with it."""

from dataclasses import replace

from db.inbox import arrivals_in, store_events
from db.parts import accept, keep_measured, keep_parts, parts_of, refuse
from db.session import Sessions
from lessons.capture import Arrival, EventKind, Part, RecordedFile, RoomEvent, is_import
from lessons.messages import Lesson
from lessons.ports import Measured

FIRST = Part(0, "EV_1", "EG_1", RecordedFile("lessons/1/a.mp4", bytes=5_000_000_000))
SECOND = Part(1, "EV_2", "EG_2", RecordedFile("lessons/1/b.mp4", student_channel=None), offset_seconds=90.5)
SPOKEN = Part(0, "EV_3", "", RecordedFile(transcript_key="imports/1/t.json", student_channel=0))
MEASURED = Measured(
    seconds=60.5,
    audio_seconds=60.4,
    bytes=5_000_000_000,
    audio_packets=2800,
    video_packets=1800,
    channels=2,
    loudness=(-21.5, -120.0),
    audio_sha256="ab" * 32,
)


async def kept(sessions: Sessions, lesson: Lesson, *parts: Part) -> list[Part]:
    async with sessions.begin() as session:
        await keep_parts(session, lesson.lesson_id, parts)
    async with sessions() as session:
        return await parts_of(session, lesson.lesson_id)


async def test_parts_are_read_back_in_order_as_they_were_kept_however_often(sessions: Sessions, lesson: Lesson) -> None:
    for _ in range(2):
        assert await kept(sessions, lesson, FIRST, SECOND) == [FIRST, SECOND]


async def test_a_transcript_without_a_file_is_a_part(sessions: Sessions, lesson: Lesson) -> None:
    assert await kept(sessions, lesson, SPOKEN) == [SPOKEN]


async def test_a_part_that_is_no_longer_one_goes(sessions: Sessions, lesson: Lesson) -> None:
    await kept(sessions, lesson, FIRST, SECOND)
    assert await kept(sessions, lesson, FIRST) == [FIRST]
    assert await kept(sessions, lesson) == []


async def test_what_was_measured_of_a_part_stays_with_its_file(sessions: Sessions, lesson: Lesson) -> None:
    await kept(sessions, lesson, FIRST, SECOND)
    async with sessions.begin() as session:
        await keep_measured(session, lesson.lesson_id, 0, MEASURED, "lessons/1/audio-0.m4a")
    first = replace(
        FIRST, seconds=60.5, channels=2, has_picture=True, audio_key="lessons/1/audio-0.m4a", audio_sha256="ab" * 32
    )
    assert await kept(sessions, lesson, FIRST, SECOND) == [first, SECOND]


async def test_a_file_that_began_before_the_others_takes_its_place_before_them(
    sessions: Sessions, lesson: Lesson
) -> None:
    await kept(sessions, lesson, FIRST)
    async with sessions.begin() as session:
        await keep_measured(session, lesson.lesson_id, 0, MEASURED, "lessons/1/audio-0.m4a")
    earlier, later = replace(SECOND, number=0, offset_seconds=0), replace(FIRST, number=1, offset_seconds=30)
    first, second = await kept(sessions, lesson, earlier, later)
    assert first == earlier
    assert (second.file, second.number, second.offset_seconds, second.seconds) == (later.file, 1, 30, 60.5)


async def stands_in(sessions: Sessions, lesson: Lesson) -> list[list[str]]:
    """For which files each import stands in."""
    async with sessions() as session:
        told = await arrivals_in(session, lesson.booking_id)
    return [sorted(one.instead_of) for one in told if is_import(one)]


async def imports(sessions: Sessions, lesson: Lesson, name: str) -> None:
    event = RoomEvent(name, EventKind.IMPORT, lesson.booking_id)
    async with sessions.begin() as session:
        await store_events(session, [Arrival(event, (RecordedFile(f"imports/1/{name}"),))])


async def test_an_import_stands_in_for_what_had_been_refused_before_it_however_often_that_is_said(
    sessions: Sessions, lesson: Lesson
) -> None:
    for name in ("first", "second"):
        await imports(sessions, lesson, name)
        for _ in range(2):
            async with sessions.begin() as session:
                await refuse(session, lesson, FIRST.file.key, "not_media")
    assert await stands_in(sessions, lesson) == [[], [FIRST.file.key]]


async def test_a_file_that_can_be_read_after_all_is_not_refused_any_more_unless_an_import_has_come(
    sessions: Sessions, lesson: Lesson
) -> None:
    for part in (FIRST, SECOND):
        async with sessions.begin() as session:
            await refuse(session, lesson, part.file.key, "recording_missing")
    async with sessions.begin() as session:
        await accept(session, lesson, [FIRST.file.key])
    await imports(sessions, lesson, "whole")
    async with sessions.begin() as session:
        await accept(session, lesson, [SECOND.file.key])
    assert await stands_in(sessions, lesson) == [[SECOND.file.key]]


async def test_parts_may_change_places(sessions: Sessions, lesson: Lesson) -> None:
    await kept(sessions, lesson, FIRST, SECOND)
    swapped = [replace(SECOND, number=0), replace(FIRST, number=1)]
    assert await kept(sessions, lesson, *swapped) == swapped
