"""What was never told of lessons that are over is found, and what can never come is marked."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities.reconciling import AT_ONCE, Reconciling
from activities.recordings import nobody
from db.classrooms import end_classroom, note_joined, open_classroom, open_rooms
from db.inbox import arrivals_in, store_events
from db.parts import refuse
from db.session import Sessions
from lessons.capture import Arrival, EventKind, RecordedFile, RoomEvent
from lessons.classroom import Hours, Seat
from lessons.errors import LessonError, PartCrashed, RecordingUnfinished
from lessons.messages import Lesson, Session
from lessons.ports import Classroom
from tests.activities.classrooms import ScriptedRecorder
from tests.rows import a_booking

LONG_AGO = timedelta(hours=5)
FOR_EVER = 3600.0


@dataclass
class ManyRooms(ScriptedRecorder):
    """What is recorded in each room, or why nobody can tell; it takes a moment to tell, and for ever where it hangs."""

    recorded: dict[str, list[RecordedFile] | LessonError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hangs: str = ""
    moment: float = 0.0
    busy: int = 0
    busiest: int = 0

    async def recordings(self, room: Classroom) -> list[RecordedFile]:
        self.asked.append(room.name)
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        await asyncio.sleep(FOR_EVER if room.name == self.hangs else self.moment)
        self.busy -= 1
        found = self.recorded.get(room.name, [])
        if isinstance(found, LessonError):
            raise found
        return found


@pytest.fixture
def recorder() -> ManyRooms:
    return ManyRooms()


@pytest.fixture
def reconciling(sessions: Sessions, recorder: ManyRooms) -> Reconciling:
    return Reconciling(sessions, recorder, nobody)


def file_in(booking: str, number: int = 0) -> RecordedFile:
    return RecordedFile(f"lessons/{booking}/recordings/{number:04}.mp4", 100, 60.0, 1790000000.0 + number)


async def ended_ago(sessions: Sessions, booking: str, ago: timedelta) -> None:
    async with sessions.begin() as session:
        moved = text("UPDATE public.bookings SET scheduled_at = now() - CAST(:ago AS interval) WHERE id = :id")
        await session.execute(moved, {"ago": ago + timedelta(hours=1), "id": booking})


async def entered(sessions: Sessions, booking: str) -> None:
    async with sessions.begin() as session:
        await open_classroom(session, booking)


async def told(sessions: Sessions, booking: str) -> list[tuple[RecordedFile, ...]]:
    async with sessions() as session:
        return [one.files for one in await arrivals_in(session, booking)]


async def test_a_hundred_lessons_of_which_no_event_ever_came_are_all_told_of_once(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling
) -> None:
    bookings = [await a_booking(sessions) for _ in range(100)]
    recorder.recorded = {booking: [file_in(booking)] for booking in bookings}
    assert await env.run(reconciling.reconcile) == 100
    assert await env.run(reconciling.reconcile) == 0
    for booking in bookings:
        assert await told(sessions, booking) == [(file_in(booking),)]


async def test_only_what_is_new_is_told(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling, lesson: Lesson
) -> None:
    booking = lesson.booking_id
    event = RoomEvent("EV_1", EventKind.RECORDING_READY, booking)
    async with sessions.begin() as session:
        await store_events(session, [Arrival(event, (file_in(booking),))])
    recorder.recorded = {booking: [file_in(booking)]}
    assert await env.run(reconciling.reconcile) == 0
    recorder.recorded = {booking: [file_in(booking), file_in(booking, 1)]}
    assert await env.run(reconciling.reconcile) == 1
    assert len(await told(sessions, booking)) == 2


async def test_a_file_in_whose_place_an_import_stands_is_not_told_of_again(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling, lesson: Lesson
) -> None:
    booking, bad = lesson.booking_id, file_in(lesson.booking_id)
    for kind, file in ((EventKind.RECORDING_READY, bad), (EventKind.IMPORT, RecordedFile("imports/1/whole.mp4"))):
        async with sessions.begin() as session:
            await store_events(session, [Arrival(RoomEvent(kind, kind, booking), (file,))])
            await refuse(session, lesson, bad.key, "recording_truncated")
    recorder.recorded = {booking: [bad]}
    assert await env.run(reconciling.reconcile) == 0


async def test_a_lesson_whose_recording_can_never_come_is_marked_when_nobody_can_enter_any_more(
    env: ActivityEnvironment, sessions: Sessions, reconciling: Reconciling
) -> None:
    booking = await a_booking(sessions)
    await entered(sessions, booking)
    await ended_ago(sessions, booking, timedelta(minutes=50))
    assert await env.run(reconciling.reconcile) == 0
    await ended_ago(sessions, booking, timedelta(minutes=61))
    assert await env.run(reconciling.reconcile) == 1
    assert await env.run(reconciling.reconcile) == 0
    assert await told(sessions, booking) == [()]


async def test_a_booking_whose_room_nobody_ever_entered_is_left_alone(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling
) -> None:
    booking = await a_booking(sessions)
    await ended_ago(sessions, booking, timedelta(hours=2))
    assert await env.run(reconciling.reconcile) == 0
    assert await told(sessions, booking) == []


async def test_an_old_lesson_is_asked_after_only_while_it_waits_for_its_recording(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling
) -> None:
    waiting, strange = await a_booking(sessions), await a_booking(sessions)
    await entered(sessions, waiting)
    for booking in (waiting, strange):
        await ended_ago(sessions, booking, LONG_AGO)
    await env.run(reconciling.reconcile)
    assert recorder.asked == [waiting]


@pytest.mark.parametrize("change", ["status = 'cancelled_by_tutor'", "deleted_at = now()", "scheduled_at = now()"])
async def test_what_is_not_over_or_not_held_is_not_asked_after(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling, change: str
) -> None:
    booking = await a_booking(sessions)
    await entered(sessions, booking)
    async with sessions.begin() as session:
        await session.execute(text(f"UPDATE public.bookings SET {change} WHERE id = :id"), {"id": booking})
    assert await env.run(reconciling.reconcile) == 0
    assert recorder.asked == []


async def test_a_room_that_is_being_watched_is_left_to_its_watch(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms
) -> None:
    booking = await a_booking(sessions)
    recorder.recorded = {booking: [file_in(booking)]}

    async def watched(booking_id: str) -> bool:
        return booking_id == booking

    assert await env.run(Reconciling(sessions, recorder, watched).reconcile) == 0
    assert recorder.asked == []


@pytest.mark.parametrize("trouble", [RecordingUnfinished(), PartCrashed()])
async def test_one_recording_that_cannot_be_had_does_not_keep_others_waiting(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling, trouble: LessonError
) -> None:
    bad, good = await a_booking(sessions), await a_booking(sessions)
    recorder.recorded = {bad: trouble, good: [file_in(good)]}
    assert await env.run(reconciling.reconcile) == 1
    assert await told(sessions, bad) == []


async def test_lessons_are_looked_after_some_at_a_time(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling
) -> None:
    bookings = [await a_booking(sessions) for _ in range(3 * AT_ONCE)]
    recorder.recorded, recorder.moment = {booking: [file_in(booking)] for booking in bookings}, 0.05
    assert await env.run(reconciling.reconcile) == len(bookings)
    assert recorder.busiest == AT_ONCE


async def test_a_lesson_about_which_nobody_answers_keeps_no_other_waiting(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, caplog: pytest.LogCaptureFixture
) -> None:
    bookings = [await a_booking(sessions) for _ in range(3)]
    recorder.recorded = {booking: [file_in(booking)] for booking in bookings}
    recorder.hangs = bookings[1]
    assert await env.run(Reconciling(sessions, recorder, nobody, patience=1.0).reconcile) == 2
    assert f"Lesson {bookings[1]} cannot be looked after (TimeoutError)." in caplog.messages
    recorder.hangs = ""
    assert await env.run(Reconciling(sessions, recorder, nobody).reconcile) == 1


async def test_temporal_s_silence_about_one_room_is_not_the_trouble_of_the_others(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms
) -> None:
    silent, other = await a_booking(sessions), await a_booking(sessions)
    recorder.recorded = {booking: [file_in(booking)] for booking in (silent, other)}

    async def watched(booking_id: str) -> bool:
        if booking_id == silent:
            raise RPCError("", RPCStatusCode.DEADLINE_EXCEEDED, b"")
        return False

    assert await env.run(Reconciling(sessions, recorder, watched).reconcile) == 1
    assert await told(sessions, other) == [(file_in(other),)]


async def test_an_event_that_cannot_be_read_is_not_the_trouble_of_other_lessons(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms, reconciling: Reconciling
) -> None:
    strange, other = await a_booking(sessions), await a_booking(sessions)
    recorder.recorded = {booking: [file_in(booking)] for booking in (strange, other)}
    async with sessions.begin() as session:
        await store_events(session, [Arrival(RoomEvent("EV_1", EventKind.ROOM_FINISHED, strange))])
        await session.execute(text("UPDATE studio.webhook_events SET kind = 'of tomorrow'"))
    assert await env.run(reconciling.reconcile) == 1
    assert await told(sessions, other) == [(file_in(other),)]


async def test_lessons_before_which_a_round_ended_come_first_in_the_next(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms
) -> None:
    bookings = [await a_booking(sessions) for _ in range(2 * AT_ONCE + 3)]
    recorder.moment = 0.2
    reconciling = Reconciling(sessions, recorder, nobody, round=0.1)
    while set(recorder.asked) != set(bookings):
        await env.run(reconciling.reconcile)
    assert sorted(recorder.asked[: len(bookings)]) == sorted(bookings)


async def test_without_classrooms_there_is_nothing_to_look_for(env: ActivityEnvironment, sessions: Sessions) -> None:
    await a_booking(sessions)
    assert await env.run(Reconciling(sessions, None, nobody).reconcile) == 0


@dataclass
class Watches:
    """When the last watch of rooms ended, and the watches that were begun since."""

    ended: dict[str, datetime] = field(default_factory=dict)
    begun: list[Session] = field(default_factory=list)

    async def watch(self, session: Session, since: datetime) -> bool:
        if self.ended.get(session.booking_id, since) > since:
            return False
        self.begun.append(session)
        return True


async def begins_soon(sessions: Sessions, booking: str) -> None:
    await ended_ago(sessions, booking, timedelta(minutes=-30))
    await entered(sessions, booking)


async def test_a_room_that_people_entered_while_temporal_was_away_is_watched(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms
) -> None:
    watches, hours = Watches(), Hours(after=timedelta(hours=3))
    entered_now, over, seen, closed = [await a_booking(sessions) for _ in range(4)]
    for booking in (entered_now, over, seen, closed):
        await begins_soon(sessions, booking)
    async with sessions.begin() as session:
        await note_joined(session, seen, Seat.TUTOR)
        await end_classroom(session, over, Seat.TUTOR)
    await ended_ago(sessions, closed, timedelta(hours=4))
    await env.run(Reconciling(sessions, recorder, nobody, watches.watch, hours).reconcile)
    assert {one.booking_id for one in watches.begun} == {entered_now, seen}
    assert all(one.open_until == one.ends_at + timedelta(hours=3) for one in watches.begun)


async def test_a_room_that_somebody_entered_after_its_last_watch_is_watched_again(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms
) -> None:
    booking = await a_booking(sessions)
    await begins_soon(sessions, booking)
    watches = Watches({booking: datetime.now(UTC)})
    reconciling = Reconciling(sessions, recorder, nobody, watches.watch)
    await env.run(reconciling.reconcile)
    assert watches.begun == []
    await entered(sessions, booking)
    await env.run(reconciling.reconcile)
    assert [one.booking_id for one in watches.begun] == [booking]


async def test_a_room_that_nobody_watches_is_watched_where_both_are_there_and_not_for_a_forgotten_page(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms
) -> None:
    booking = await a_booking(sessions)
    await begins_soon(sessions, booking)
    watches, here = Watches({booking: datetime.now(UTC)}), list[str]()

    async def people(room: str) -> list[str] | None:
        return here if room == booking else None

    reconciling = Reconciling(sessions, recorder, nobody, watches.watch, people=people)
    async with sessions() as session:
        [room] = await open_rooms(session, timedelta(hours=1))
    here.append(room.session.tutor)
    await env.run(reconciling.reconcile)
    assert watches.begun == []
    here.append(room.session.student)
    await env.run(reconciling.reconcile)
    assert [one.booking_id for one in watches.begun] == [booking]


async def test_a_room_that_cannot_be_watched_keeps_no_lesson_waiting(
    env: ActivityEnvironment, sessions: Sessions, recorder: ManyRooms
) -> None:
    open_now, over = await a_booking(sessions), await a_booking(sessions)
    await begins_soon(sessions, open_now)
    recorder.recorded = {over: [file_in(over)]}

    async def watch(session: Session, since: datetime) -> bool:
        raise RPCError("", RPCStatusCode.UNAVAILABLE, b"")

    assert await env.run(Reconciling(sessions, recorder, nobody, watch).reconcile) == 1
