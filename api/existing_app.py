"""The routes of the TutorLingua app that a rewrite rule can lead here, in its own shapes."""

import time
from typing import Literal
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_json, read_json
from api.bookings import NO_STORE, Answer, BookingInfo, Visit, info_of, keep, refuse_closed, visiting
from api.problems import Problem
from api.rooms import MOMENT, entering, logged
from api.services import Services
from api.watching import watch
from db.classrooms import classroom_of
from db.meetings import Meeting, meeting_of, teaches_in_studio
from lessons.capture import lesson_id_of
from lessons.classroom import SHORTEST, Seat, recorder_identity, tutor_identity
from lessons.consent import Purpose
from lessons.ports import Classroom, Guest

TEST_ROOM = "test"
BUTTON = "the app's recording button"


class Refusal(msgspec.Struct):
    """What went wrong, as the TutorLingua app tells it."""

    error: str


class EntranceThere(msgspec.Struct, omit_defaults=True):
    """A LiveKit token; a test room has no booking."""

    token: str
    isTutor: bool
    roomName: str
    bookingInfo: BookingInfo | None
    isTestRoom: bool = False


class Press(msgspec.Struct):
    """A press of the app's recording button; `egressId` is not needed."""

    roomName: str
    action: Literal["start", "stop", "status"]
    egressId: str | None = None


class Begun(msgspec.Struct):
    """The room is being recorded, which goes on by itself while both agree to it; `filepath` is where its files lie."""

    message: str
    egressId: str
    filepath: str
    status: Literal["recording"] = "recording"


class Stopped(msgspec.Struct):
    message: str
    egressId: str
    status: Literal["stopped"] = "stopped"


class Egress(msgspec.Struct):
    egressId: str
    status: Literal["EGRESS_ACTIVE"] = "EGRESS_ACTIVE"


class RecordingState(msgspec.Struct):
    """Whether the room is being recorded right now."""

    isRecording: bool
    egressId: str | None
    egresses: list[Egress]


async def give_token(request: Request[Services]) -> Response:
    """A token for the classroom of a booking of yours, or with `test` for a room of a Studio tutor's own."""
    wanted = request.query_params.get("booking_id", "")
    if wanted.split("-")[0] == TEST_ROOM:
        return as_json(await test_entrance(request), cache_control=NO_STORE)
    visit = await visiting_there(request, wanted)
    entrance = EntranceThere(
        await entering(request, visit), visit.teaches, visit.meeting.id, bookingInfo=info_of(visit.meeting)
    )
    return as_json(entrance, cache_control=NO_STORE)


async def test_entrance(request: Request[Services]) -> EntranceThere:
    """A tutor alone in a room in which nothing is recorded."""
    async with asking(request) as person:
        if not await teaches_in_studio(person.session, person.id):
            raise Problem("not_studio")
    identity = tutor_identity(person.id)
    room = Classroom(f"{TEST_ROOM}-{person.id}", identity, "")
    classrooms = request.state["classrooms"]
    await classrooms.errands.within(MOMENT, logged(classrooms.rooms.open(room)))
    token = classrooms.rooms.token(room, Guest(identity, "", is_host=True), SHORTEST)
    return EntranceThere(token, True, room.name, bookingInfo=None, isTestRoom=True)


async def press_recording(request: Request[Services]) -> Response:
    """The recording button: a tutor's press agrees to be recorded, or no longer, and is answered when that is so."""
    asked = await read_json(request, Press)
    visit = await visiting_there(request, asked.roomName)
    return as_json(await pressed(request, visit, asked.action), cache_control=NO_STORE)


async def pressed(request: Request[Services], visit: Visit, action: str) -> Begun | Stopped | RecordingState:
    """Do what was pressed; raises Problem where the student presses, or it does not come true."""
    if action == "status":
        recorders = [recorder_identity(visit.meeting.id)] if visit.recording else []
        return RecordingState(visit.recording, next(iter(recorders), None), [Egress(one) for one in recorders])
    if not visit.teaches:
        raise Problem("tutor_only")
    return await start(request, visit) if action == "start" else await stop(request, visit)


async def start(request: Request[Services], visit: Visit) -> Begun:
    """Agree to be recorded, and wait until that is so; raises Problem that says why it is not."""
    refuse_closed(request, visit.meeting)
    await keep(request, visit, *agreed_by(visit))
    if not visit.consents(Seat.STUDENT).given(Purpose.RECORD):
        raise Problem("no_consent")
    if not visit.recording:
        await have_recorded(request, visit.meeting)
    if not await comes_true(request, visit.meeting.id, recording=True):
        raise Problem("not_recording")
    return Begun("Recording started", recorder_identity(visit.meeting.id), f"lessons/{visit.meeting.id}/")


async def have_recorded(request: Request[Services], meeting: Meeting) -> None:
    """See to it that somebody watches the room; raises Problem where one of the two is missing there."""
    classrooms, both = request.state["classrooms"], {meeting.room.tutor, meeting.room.student}
    people = await logged(classrooms.rooms.people(meeting.id))
    if not both <= set(people or ()):
        raise Problem("not_together")
    await classrooms.errands.within(MOMENT, watch(request.state["temporal"], meeting, classrooms.hours))


async def stop(request: Request[Services], visit: Visit) -> Stopped:
    """Agree no longer, at any time, and wait until nothing is recorded; raises Problem where something still is."""
    await keep(request, visit, Answer(Purpose.RECORD, False, BUTTON))
    if not await comes_true(request, visit.meeting.id, recording=False):
        raise Problem("still_recording")
    return Stopped("Recording stopped", recorder_identity(visit.meeting.id))


async def comes_true(request: Request[Services], booking_id: str, recording: bool) -> bool:
    """Whether the room soon is being recorded, or no longer: as it is stored, which is only what is so."""
    changes, until = request.state["changes"], time.monotonic() + request.state["classrooms"].patience
    with changes.of(lesson_id_of(booking_id)) as changed:
        while True:
            changed.clear()
            async with request.state["sessions"]() as session:
                room = await classroom_of(session, booking_id)
            if (room is not None and room.recording) is recording:
                return True
            if (left := until - time.monotonic()) <= 0:
                return False
            await changes.wait(changed, most=left)


def agreed_by(visit: Visit) -> list[Answer]:
    """What a tutor's press says: that app transcribes what it records, so she agrees to both, unless she declined."""
    answers = [Answer(Purpose.RECORD, True, BUTTON), Answer(Purpose.AI, True, BUTTON)]
    return answers[:1] if visit.consents(Seat.TUTOR).declined(Purpose.AI) else answers


async def visiting_there(request: Request[Services], booking_id: str) -> Visit:
    """Who asks; the app is told a foreign booking apart from an unknown one. Raises Problem."""
    try:
        known = str(UUID(booking_id))
    except ValueError:
        raise Problem("invalid" if not booking_id else "not_found") from None
    try:
        return await visiting(request, known)
    except Problem:
        async with request.state["sessions"]() as session:
            is_there = await meeting_of(session, known) is not None
        raise Problem("not_yours" if is_there else "not_found") from None
