"""Watching a classroom: when it is recorded, what people are shown of it, and what the inbox is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.capture import Capture
from db.changes import Changes
from db.classrooms import CHANNEL, classroom_of, end_classroom, open_classroom, wake_room
from db.consents import keep_answer
from db.inbox import arrivals_in
from db.models import ClassroomState
from db.session import Sessions
from lessons.capture import Arrival, EventKind, RecordedFile
from lessons.classroom import Seat, student_identity, tutor_identity
from lessons.consent import VERSION, Purpose, Way
from lessons.errors import LessonError, OperatorAction, PartCrashed, RecordingUnfinished, RoomUnavailable
from lessons.messages import Lesson, Session, Watched
from tests.activities.classrooms import ScriptedRecorder, ScriptedRooms

FILE = RecordedFile("lessons/1/recordings/0000.mp4", 100, 60.0, 1790000000.0)


@dataclass
class Scene:
    """A classroom somebody has entered, and who watches it."""

    env: ActivityEnvironment
    sessions: Sessions
    capture: Capture
    rooms: ScriptedRooms
    recorder: ScriptedRecorder
    session: Session

    async def agree(self, *seats: Seat, given: bool = True) -> None:
        people = {Seat.TUTOR: self.session.tutor_id, Seat.STUDENT: self.session.student_id}
        for seat in seats:
            async with self.sessions.begin() as session:
                await keep_answer(
                    session, self.session.booking_id, people[seat], seat, Purpose.RECORD, given, VERSION, Way.ACCOUNT
                )

    async def enter(self, *identities: str) -> None:
        self.rooms.here = list(identities)
        await self.ring()

    async def close(self) -> None:
        self.rooms.here = None
        await self.ring()

    async def end(self) -> None:
        async with self.sessions.begin() as session:
            await end_classroom(session, self.session.booking_id, self.session.tutor_id)

    async def book(self, ends_at: datetime) -> None:
        """Have the booking end then."""
        moved = text(
            "UPDATE public.bookings SET scheduled_at = CAST(:ends AS timestamptz) - interval '1 hour' WHERE id = :id"
        )
        async with self.sessions.begin() as session:
            await session.execute(moved, {"ends": ends_at, "id": self.session.booking_id})

    async def ring(self) -> None:
        async with self.sessions.begin() as session:
            await wake_room(session, self.session.booking_id)

    async def known(self) -> ClassroomState:
        async with self.sessions() as session:
            found = await classroom_of(session, self.session.booking_id)
        assert found is not None
        return found

    async def shown(self, recording: bool) -> None:
        """Wait until people are shown this."""
        while (await self.known()).recording is not recording:
            await asyncio.sleep(0.02)

    async def looked(self, more: int = 2) -> None:
        """Wait until the room has been looked into some more times."""
        begun = self.rooms.looks
        while self.rooms.looks < begun + more:
            await self.ring()
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["asyncio.Task[Watched]"]:
        async with asyncio.timeout(60):
            task = asyncio.ensure_future(self.env.run(self.capture.watch, self.session))
            try:
                yield task
            finally:
                task.cancel()
                await asyncio.wait([task])

    async def told(self) -> list[Arrival]:
        async with self.sessions() as session:
            return await arrivals_in(session, self.session.booking_id)


@pytest.fixture
async def scene(
    env: ActivityEnvironment, sessions: Sessions, lesson: Lesson, database_url: str
) -> AsyncIterator[Scene]:
    rooms = ScriptedRooms()
    recorder = ScriptedRecorder(rooms)
    changes = Changes(database_url.replace("+asyncpg", ""), CHANNEL)
    tutor, student = tutor_identity(lesson.tutor_id), student_identity(lesson.student_id)
    ends = datetime.now(UTC) + timedelta(minutes=30)
    session = Session(lesson.booking_id, lesson.tutor_id, lesson.student_id, tutor, student, ends)
    scene = Scene(env, sessions, Capture(sessions, rooms, recorder, changes), rooms, recorder, session)
    await scene.book(ends)
    async with sessions.begin() as opened:
        await open_classroom(opened, lesson.booking_id)
    listening = asyncio.create_task(changes.listen())
    yield scene
    listening.cancel()


async def test_both_who_have_agreed_are_recorded_until_the_tutor_ends_the_lesson(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        assert not watching.done()
        await scene.end()
        watched = await watching
    assert (watched.met, watched.takes, scene.recorder.running) == (True, 1, 0)
    room = await scene.known()
    assert room.joined_tutor_at
    assert room.joined_student_at
    assert room.recording_since
    assert not room.recording


async def test_recording_begins_without_any_webhook(scene: Scene) -> None:
    scene.capture.look_every = 0.05
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.looked()
        scene.rooms.here = [scene.session.tutor, scene.session.student]
        await scene.shown(True)


async def test_who_is_alone_is_seen_and_not_recorded(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor)
        await scene.looked()
        room = await scene.known()
    assert room.joined_tutor_at
    assert room.joined_student_at is None
    assert scene.recorder.takes == 0


@pytest.mark.parametrize("agreed", [(), (Seat.TUTOR,), (Seat.STUDENT,)])
async def test_without_both_consents_the_lesson_is_held_unrecorded(scene: Scene, agreed: tuple[Seat, ...]) -> None:
    await scene.agree(*agreed)
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.looked()
        await scene.end()
        watched = await watching
    assert (watched.met, watched.takes) == (True, 0)


async def test_a_consent_given_in_the_middle_begins_the_recording(scene: Scene) -> None:
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.agree(*Seat)
        await scene.shown(True)


async def test_a_withdrawal_stops_the_recording_and_another_consent_begins_a_new_part(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        await scene.agree(Seat.STUDENT, given=False)
        await scene.shown(False)
        assert scene.recorder.running == 0
        await scene.agree(Seat.STUDENT)
        await scene.shown(True)
    assert scene.recorder.takes == 2


async def test_a_withdrawal_stops_the_recording_also_while_the_rooms_server_is_away(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        scene.rooms.here = RoomUnavailable()
        await scene.agree(Seat.TUTOR, given=False)
        await scene.shown(False)


async def test_a_withdrawal_does_not_wait_for_a_rooms_server_that_hangs(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        begun, scene.rooms.hangs = scene.rooms.looks, True
        await scene.ring()
        while scene.rooms.looks == begun:
            await asyncio.sleep(0.01)
        await scene.agree(Seat.TUTOR, given=False)
        await scene.shown(False)


@pytest.mark.parametrize(("agreed", "here"), [((Seat.TUTOR,), 2), (tuple(Seat), 1)])
async def test_what_nobody_knows_to_be_recorded_ends_where_one_has_withdrawn_or_left_meanwhile(
    scene: Scene, agreed: tuple[Seat, ...], here: int
) -> None:
    scene.recorder.left = True
    await scene.agree(*agreed)
    async with scene.watched():
        await scene.enter(*(scene.session.tutor, scene.session.student)[:here])
        while scene.recorder.left:
            await asyncio.sleep(0.01)
    assert scene.recorder.takes == 0


async def test_what_an_earlier_worker_records_is_gone_on_with_where_both_are_there(scene: Scene) -> None:
    scene.recorder.left = True
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
    assert scene.recorder.takes == 1


async def test_what_an_earlier_worker_records_is_gone_on_with_though_one_is_out_for_a_moment(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
    scene.recorder.left = True
    await scene.enter(scene.session.tutor)
    async with scene.watched():
        while scene.recorder.takes < 2:
            assert not scene.recorder.hushed
            await asyncio.sleep(0.01)
        await scene.shown(True)


async def test_what_an_earlier_worker_records_ends_where_one_has_withdrawn_meanwhile(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
    scene.recorder.left = True
    await scene.agree(Seat.STUDENT, given=False)
    async with scene.watched():
        while scene.recorder.left:
            await asyncio.sleep(0.01)
    assert scene.recorder.takes == 1


async def test_a_recording_that_begins_after_it_was_given_up_ends_where_it_is_not_wanted(scene: Scene) -> None:
    scene.recorder.failures = [RoomUnavailable()]
    scene.capture.look_every = 0.05
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        while not scene.recorder.takes:
            await asyncio.sleep(0.01)
        await scene.agree(Seat.STUDENT, given=False)
        await scene.looked()
        scene.recorder.left = True
        while scene.recorder.left:
            await asyncio.sleep(0.01)


async def test_a_lesson_was_over_when_it_was_seen_to_be_however_long_its_recording_takes_to_end(scene: Scene) -> None:
    scene.recorder.ending = asyncio.Event()
    await scene.agree(*Seat)
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        await scene.end()
        await scene.shown(False)
        await asyncio.sleep(0.1)
        held_back = datetime.now(UTC)
        scene.recorder.ending.set()
        assert (await watching).over_at < held_back


async def test_a_room_that_is_opened_anew_goes_on_with_another_part(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        await scene.close()
        await scene.shown(False)
        assert not watching.done()
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
    assert scene.recorder.takes == 2


async def test_a_room_that_closes_after_the_bookings_end_is_over(scene: Scene) -> None:
    await scene.book(datetime.now(UTC))
    await scene.agree(*Seat)
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        await scene.close()
        assert (await watching).takes == 1


async def test_people_who_never_came_are_given_up_when_nobody_may_enter_any_more(scene: Scene) -> None:
    scene.session = Session(**{**vars(scene.session), "closes_at": datetime.now(UTC)})
    async with scene.watched() as watching:
        watched = await watching
    assert (watched.met, watched.takes) == (False, 0)


async def test_people_whose_booking_was_moved_are_waited_for_at_its_new_hour(scene: Scene) -> None:
    began = datetime.now(UTC)
    scene.session = replace(scene.session, ends_at=began - timedelta(hours=3), closes_at=began - timedelta(hours=2))
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor)
        await scene.looked()
        assert not watching.done()
        await scene.book(began - timedelta(hours=1))
        await scene.ring()
        assert not (await watching).met


async def test_a_booking_that_was_made_longer_meanwhile_is_recorded_longer(scene: Scene) -> None:
    scene.session = replace(scene.session, ends_at=datetime.now(UTC) - timedelta(hours=2))
    await scene.agree(*Seat)
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        await scene.close()
        await scene.shown(False)
        await scene.looked()
        assert not watching.done()


@pytest.mark.parametrize("away", [RoomUnavailable(), OperatorAction()])
async def test_the_tutors_end_is_the_end_also_while_the_rooms_server_is_away(scene: Scene, away: LessonError) -> None:
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.looked()
        scene.rooms.here = away
        await scene.end()
        assert (await watching).met


@pytest.mark.parametrize("away", [RoomUnavailable(), OperatorAction()])
async def test_a_server_that_is_away_changes_nothing_until_it_is_back(scene: Scene, away: LessonError) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        scene.rooms.here = away
        await scene.looked()
        assert (scene.recorder.takes, scene.recorder.running) == (1, 1)


async def test_a_recorder_that_crashes_is_started_again_and_people_are_shown_the_truth(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
        scene.recorder.crash.set()
        await scene.shown(False)
        scene.capture.look_every = 0.1
        await scene.shown(True)
    assert scene.recorder.takes == 2


async def test_what_cannot_be_recorded_is_held_all_the_same(scene: Scene) -> None:
    scene.capture.look_every = 0.1
    scene.recorder.failures = [PartCrashed(), OperatorAction()] * 20
    await scene.agree(*Seat)
    async with scene.watched() as watching:
        await scene.enter(scene.session.tutor, scene.session.student)
        while scene.recorder.takes < 2:
            await asyncio.sleep(0.05)
        assert not (await scene.known()).recording
        await scene.end()
        assert (await watching).met


async def test_another_worker_knows_that_the_two_have_met(scene: Scene) -> None:
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        while not ((known := await scene.known()).joined_student_at and known.joined_tutor_at):
            await asyncio.sleep(0.02)
    await scene.book(datetime.now(UTC))
    await scene.close()
    async with scene.watched() as watching:
        assert (await watching).met


async def test_a_worker_that_stops_leaves_no_recorder_behind_and_the_next_one_says_so(scene: Scene) -> None:
    await scene.agree(*Seat)
    async with scene.watched():
        await scene.enter(scene.session.tutor, scene.session.student)
        await scene.shown(True)
    assert scene.recorder.running == 0
    assert (await scene.known()).recording
    scene.rooms.here = []
    async with scene.watched():
        await scene.shown(False)


async def test_the_inbox_is_told_of_every_recording_once_a_run(scene: Scene) -> None:
    scene.recorder.files = [FILE]
    for _ in range(2):
        await scene.env.run(scene.capture.deliver, scene.session)
    [arrival] = await scene.told()
    assert (arrival.event.kind, arrival.files) == (EventKind.RECORDING_READY, (FILE,))


async def test_a_recording_that_goes_on_is_not_told_of_yet(scene: Scene) -> None:
    scene.recorder.away = RecordingUnfinished()
    with pytest.raises(RecordingUnfinished):
        await scene.env.run(scene.capture.deliver, scene.session)
    assert await scene.told() == []


async def test_the_inbox_is_told_that_the_lesson_is_over_also_where_nobody_can_ask_for_recordings(
    scene: Scene,
) -> None:
    scene.recorder.away = OperatorAction()
    await scene.env.run(scene.capture.deliver, scene.session)
    [arrival] = await scene.told()
    assert arrival.files == ()
