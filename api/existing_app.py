"""The routes of the TutorLingua app that a rewrite rule can lead here, in its own shapes."""

from typing import Literal
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_json, read_json
from api.bookings import NO_STORE, Answer, BookingInfo, Visit, info_of, keep, visiting
from api.problems import Problem
from api.rooms import MOMENT, entering
from api.services import Services
from api.watching import watch
from db.meetings import meeting_of, teaches_in_studio
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
    """Recording goes on by itself while both agree to it."""

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
    token = request.state["classrooms"].rooms.token(room, Guest(identity, "", is_host=True), SHORTEST)
    return EntranceThere(token, True, room.name, bookingInfo=None, isTestRoom=True)


async def press_recording(request: Request[Services]) -> Response:
    """The recording button: a tutor's press agrees to be recorded, or no longer; both of you may ask how it stands."""
    asked = await read_json(request, Press)
    visit = await visiting_there(request, asked.roomName)
    return as_json(await pressed(request, visit, asked.action), cache_control=NO_STORE)


async def pressed(request: Request[Services], visit: Visit, action: str) -> Begun | Stopped | RecordingState:
    """Do what was pressed; raises Problem where the student presses, or has not agreed."""
    recorder = recorder_identity(visit.meeting.id)
    if action == "status":
        egresses = [Egress(recorder)] if visit.recording else []
        return RecordingState(visit.recording, recorder if visit.recording else None, egresses)
    if not visit.teaches:
        raise Problem("tutor_only")
    await keep(request, visit, *answers_of(visit, action))
    if action == "stop":
        return Stopped("Recording stopped", recorder)
    if not visit.consents(Seat.STUDENT).given(Purpose.RECORD):
        raise Problem("no_consent")
    classrooms = request.state["classrooms"]
    await classrooms.errands.within(MOMENT, watch(request.state["temporal"], visit.meeting, classrooms.hours))
    return Begun("Recording started", recorder, f"lessons/{visit.meeting.id}/recordings/")


def answers_of(visit: Visit, action: str) -> list[Answer]:
    """What a tutor's press says: that app transcribes what it records, so she agrees to both, unless she declined."""
    both = action == "start" and not visit.consents(Seat.TUTOR).declined(Purpose.AI)
    purposes = (Purpose.RECORD, Purpose.AI) if both else (Purpose.RECORD,)
    return [Answer(purpose, action == "start", BUTTON) for purpose in purposes]


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
