"""Entering and ending a classroom."""

import logging
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import as_json
from api.bookings import NO_STORE, BookingInfo, Visit, booking_id_in, info_of, refuse_closed, visiting
from api.problems import Problem
from api.services import Services
from api.watching import watch
from db.classrooms import end_classroom, open_classroom
from lessons.classroom import Seat, token_lasts
from lessons.errors import OperatorAction, RoomUnavailable
from lessons.ports import Guest

log = logging.getLogger("studio.api")

T = TypeVar("T")

MOMENT = 0.05
"""Seconds for which whoever enters waits for LiveKit and Temporal; her token opens the room as well."""

CLOSING = 5.0


class Entrance(msgspec.Struct):
    """What lets one person into one room: a LiveKit token, and the server's address for browsers."""

    token: str
    url: str
    isTutor: bool
    roomName: str
    identity: str
    bookingInfo: BookingInfo
    recording: bool


class Ended(msgspec.Struct):
    status: Literal["ended"] = "ended"


async def enter_room(request: Request[Services]) -> Response:
    """Enter the classroom of a booking of yours; it is open from a little before the lesson until an hour after."""
    visit = await visiting(request, booking_id_in(request))
    entrance = Entrance(
        token=await entering(request, visit),
        url=request.state["classrooms"].url,
        isTutor=visit.teaches,
        roomName=visit.meeting.id,
        identity=visit.identity,
        bookingInfo=info_of(visit.meeting),
        recording=visit.recording,
    )
    return as_json(entrance, cache_control=NO_STORE)


async def end_room(request: Request[Services]) -> Response:
    """End a lesson of yours: its recording stops, and both of you are put out of the room."""
    visit = await visiting(request, booking_id_in(request))
    if not visit.teaches:
        raise Problem("tutor_only")
    async with request.state["sessions"].begin() as session:
        await end_classroom(session, visit.meeting.id, Seat.TUTOR)
    classrooms = request.state["classrooms"]
    await classrooms.errands.within(CLOSING, logged(classrooms.rooms.close(visit.meeting.id)))
    return as_json(Ended(), 202, cache_control=NO_STORE)


async def entering(request: Request[Services], visit: Visit) -> str:
    """Make the room ready and return the token for it; raises Problem where the classroom is closed."""
    classrooms, meeting = request.state["classrooms"], visit.meeting
    refuse_closed(request, meeting)
    async with request.state["sessions"].begin() as session:
        await open_classroom(session, meeting.id)
    ready = logged(classrooms.rooms.open(meeting.room)), watch(request.state["temporal"], meeting, classrooms.hours)
    await classrooms.errands.within(MOMENT, *ready)
    guest = Guest(visit.identity, visit.name, visit.teaches)
    return classrooms.rooms.token(
        meeting.room, guest, token_lasts(meeting.appointment, datetime.now(UTC), classrooms.hours)
    )


async def logged(work: Awaitable[T]) -> T:
    """Do what concerns LiveKit; raises RoomUnavailable, also for what only an operator can mend, which is logged."""
    try:
        return await work
    except OperatorAction as error:
        log.error("LiveKit: %s", error.detail)
        raise RoomUnavailable from None
    except RoomUnavailable:
        log.warning("LiveKit does not answer")
        raise
