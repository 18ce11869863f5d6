"""A booking as its two people see it before, in and after their classroom, and what they agree to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking, way_of
from api.bodies import as_json, read_json
from api.problems import Fault, Problem
from api.services import Services
from db.classrooms import classroom_of, seat_of
from db.consents import consents_in, keep_answer
from db.lessons import lesson_of
from db.meetings import Meeting, meeting_of
from lessons.capture import lesson_id_of
from lessons.classroom import LINK_OUTLIVES, Closed, Seat, why_closed
from lessons.consent import VERSION, Consents, Purpose, Way, texts_in
from lessons.messages import LessonStatus

NO_STORE = "no-store"
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
OTHER = {Seat.TUTOR: Seat.STUDENT, Seat.STUDENT: Seat.TUTOR}


class BookingInfo(msgspec.Struct):
    """As the TutorLingua app calls it."""

    studentId: str
    studentName: str
    tutorName: str
    serviceName: str
    scheduledAt: datetime
    durationMinutes: int


class ConsentsShown(msgspec.Struct):
    """What somebody answered, and whether by her account or a link; null means not asked, and `…_by` also not known."""

    record: bool | None
    ai: bool | None
    marketing: bool | None
    record_by: Way | None
    ai_by: Way | None
    marketing_by: Way | None


class OtherConsents(msgspec.Struct):
    """What the other person answered, as far as it matters to this one."""

    record: bool | None
    record_by: Way | None


class ConsentTexts(msgspec.Struct):
    """What people are asked, in the first of `Accept-Language` that there is."""

    version: str
    record: str
    ai: str
    marketing: str


class BookingShown(msgspec.Struct):
    """A booking, as whoever asks sees it.

    `closed` says why nobody may enter now, `ended` that the tutor has ended the lesson, `withdraw_only` that this link
    agrees to nothing any more; `student_link` is the tutor's to give to a student without an account, null where the
    student has one.
    """

    booking_id: str
    isTutor: bool
    identity: str
    name: str
    other: str
    bookingInfo: BookingInfo
    opens_at: datetime
    closes_at: datetime
    closed: Closed | None
    brand_color: str
    consents: ConsentsShown
    other_consents: OtherConsents
    consent_texts: ConsentTexts
    withdraw_only: bool
    recording: bool
    ended: bool
    lesson_id: str
    lesson_status: LessonStatus | None
    student_link: str | None


class Answer(msgspec.Struct):
    """What somebody agrees to, or no longer, having read this version of the text."""

    purpose: Purpose
    given: bool
    version: str


class Answered(msgspec.Struct):
    consents: ConsentsShown


@dataclass(frozen=True)
class Visit:
    """One of the two for whom a booking is, at the classroom's door, and what is known there."""

    seat: Seat
    meeting: Meeting
    recording: bool = False
    ended: bool = False
    lesson_status: LessonStatus | None = None
    answers: Mapping[str, Consents] = field(default_factory=dict)

    @property
    def teaches(self) -> bool:
        return self.seat is Seat.TUTOR

    @property
    def person_id(self) -> str:
        return self.meeting.person_id(self.seat)

    @property
    def identity(self) -> str:
        return self.meeting.identity(self.seat)

    @property
    def name(self) -> str:
        return self.meeting.name(self.seat)

    def consents(self, seat: Seat) -> Consents:
        return self.answers.get(self.meeting.person_id(seat), Consents())


async def show_booking(request: Request[Services]) -> Response:
    """A booking of yours: when its classroom opens, who else comes, and what both agreed to."""
    visit = await visiting(request, booking_id_in(request))
    return as_json(shown(request, visit), cache_control=NO_STORE)


async def answer_consent(request: Request[Services]) -> Response:
    """Agree to something, or no longer; a recording under way ends within two seconds of that.

    Once the classroom has closed, whoever came by a link may only withdraw.
    """
    asked = await read_json(request, Answer)
    if asked.given and asked.version != VERSION:
        raise Problem("invalid", errors=[Fault("version", f"The text has changed: ask again with {VERSION}.")])
    booking_id = booking_id_in(request)
    visit = await visiting(request, booking_id)
    if asked.given and withdraws_only(request, visit.meeting):
        raise Problem("withdraw_only")
    await keep(request, visit, asked)
    visit = await visiting(request, booking_id)
    return as_json(Answered(consents_shown(visit.consents(visit.seat))), cache_control=NO_STORE)


async def keep(request: Request[Services], visit: Visit, *answers: Answer) -> None:
    """Keep what somebody answers; the service writes it, for nobody may change what she once said."""
    who, way = (visit.meeting.id, visit.person_id, visit.seat), way_of(request)
    async with request.state["sessions"].begin() as session:
        for one in answers:
            await keep_answer(session, *who, one.purpose, one.given, one.version[:40], way)


async def visiting(request: Request[Services], booking_id: str) -> Visit:
    """Who asks, if the booking is for her; raises Problem."""
    async with asking(request) as person:
        seat = await seat_of(person.session, booking_id)
        if seat is None:
            raise Problem("not_found")
        room = await classroom_of(person.session, booking_id)
        answers = await consents_in(person.session, booking_id)
        lesson = await lesson_of(person.session, lesson_id_of(booking_id))
    async with request.state["sessions"]() as session:
        meeting = await meeting_of(session, booking_id)
    if meeting is None:
        raise Problem("not_found")
    status = LessonStatus(lesson.status) if lesson else None
    recording, ended = (room.recording, room.ended_at is not None) if room else (False, False)
    return Visit(seat, meeting, recording, ended, status, answers)


def refuse_closed(request: Request[Services], meeting: Meeting) -> None:
    """Raise Problem where nobody may enter the classroom now."""
    if closed := why_closed(meeting.appointment, datetime.now(UTC), request.state["classrooms"].hours):
        raise Problem(closed)


def withdraws_only(request: Request[Services], meeting: Meeting) -> bool:
    """Whether whoever asks came by a link that has outlived the classroom's hours."""
    _, closes = request.state["classrooms"].hours.of(meeting.appointment)
    return way_of(request) is Way.LINK and datetime.now(UTC) >= closes


def shown(request: Request[Services], visit: Visit) -> BookingShown:
    meeting, hours = visit.meeting, request.state["classrooms"].hours
    opens, closes = hours.of(meeting.appointment)
    other = OTHER[visit.seat]
    texts = texts_in(request.headers.get("accept-language", ""))
    return BookingShown(
        booking_id=meeting.id,
        isTutor=visit.teaches,
        identity=visit.identity,
        name=visit.name,
        other=meeting.name(other),
        bookingInfo=info_of(meeting),
        opens_at=opens,
        closes_at=closes,
        closed=why_closed(meeting.appointment, datetime.now(UTC), hours),
        brand_color=meeting.brand_color if COLOR.fullmatch(meeting.brand_color) else "#000000",
        consents=consents_shown(visit.consents(visit.seat)),
        other_consents=other_consents_shown(visit.consents(other)),
        consent_texts=ConsentTexts(VERSION, **{purpose.value: texts[purpose] for purpose in Purpose}),
        withdraw_only=withdraws_only(request, meeting),
        recording=visit.recording,
        ended=visit.ended,
        lesson_id=lesson_id_of(meeting.id),
        lesson_status=visit.lesson_status,
        student_link=student_link(request, visit),
    )


def student_link(request: Request[Services], visit: Visit) -> str | None:
    """For the tutor alone, and not where the student has an account: nobody else answers for who can sign in."""
    meeting, classrooms = visit.meeting, request.state["classrooms"]
    if not visit.teaches or meeting.student_signs_in:
        return None
    _, closes = classrooms.hours.of(meeting.appointment)
    return classrooms.links.link_for(meeting.id, meeting.student_id, closes + LINK_OUTLIVES)


def info_of(meeting: Meeting) -> BookingInfo:
    lasts = meeting.appointment.ends - meeting.appointment.begins
    return BookingInfo(
        studentId=meeting.student_id,
        studentName=meeting.student_name,
        tutorName=meeting.tutor_name,
        serviceName=meeting.service_name,
        scheduledAt=meeting.appointment.begins,
        durationMinutes=round(lasts.total_seconds() / 60),
    )


def consents_shown(consents: Consents) -> ConsentsShown:
    given, by = consents.answers.get, consents.came_by.get
    record, ai, marketing = Purpose
    return ConsentsShown(given(record), given(ai), given(marketing), by(record), by(ai), by(marketing))


def other_consents_shown(consents: Consents) -> OtherConsents:
    return OtherConsents(consents.answers.get(Purpose.RECORD), consents.came_by.get(Purpose.RECORD))


def booking_id_in(request: Request[Services]) -> str:
    booking_id: UUID = request.path_params["booking_id"]
    return str(booking_id)
