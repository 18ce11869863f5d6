"""Lessons that were not held in our classroom: a recording or a transcript becomes one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4, uuid5

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Person, asking
from api.bodies import read_json
from api.lessons import accepted
from api.problems import Fault, Problem
from api.services import Services
from db.inbox import arrival_with, store_events
from db.lessons import open_lesson
from db.people import Booked, book_held_lesson, booking_of
from lessons.capture import LESSONS_NAMESPACE, Arrival, EventKind, RecordedFile, RoomEvent
from lessons.languages import language_code
from workflows.showing import workflow_id_of

Language = Annotated[str, msgspec.Meta(max_length=60)]
Key = Annotated[str, msgspec.Meta(pattern=r"\A[\w-][\w.-]*(/[\w-][\w.-]*)*\Z", max_length=500)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Import(msgspec.Struct):
    """A recording, a transcript as Deepgram's `{"results": ...}`, or both, by their keys in storage.

    Of a booking, or of a student for whom a held one is then added. `student_channel` is 0 (left), 1 (right),
    or null where the speakers are mixed. A language is an ISO 639-1 code, a tag such as `es-MX`, or a name.
    """

    recording: Key | None = None
    transcript: Key | None = None
    booking_id: UUID | None = None
    student_id: UUID | None = None
    student_channel: Literal[0, 1] | None = 1
    target_language: Language | None = None
    native_language: Language | None = None
    started_at: Moment | None = None

    def faults(self, tutor_id: str) -> list[Fault]:
        """What is wrong beside single fields; keys are the tutor's own uploads, or her booking's recording."""
        faults = []
        if not self.recording and not self.transcript:
            faults.append(Fault("recording", "There is neither a recording nor a transcript."))
        if (self.booking_id is None) == (self.student_id is None):
            faults.append(Fault("booking_id", "Exactly one of booking_id and student_id is needed."))
        uploads, recordings = f"imports/{tutor_id}/", f"lessons/{self.booking_id}/"
        if self.recording and not self.recording.startswith((uploads, recordings)):
            faults.append(Fault("recording", "It is none of your uploads, nor a recording of this booking."))
        if self.transcript and not self.transcript.startswith(uploads):
            faults.append(Fault("transcript", "It is none of your uploads."))
        if self.started_at and not EARLIEST <= self.started_at < LATEST:
            faults.append(Fault("started_at", "It is no moment of these years."))
        return faults + list(self.unknown_languages())

    def unknown_languages(self) -> Iterator[Fault]:
        for field in ("target_language", "native_language"):
            told = getattr(self, field)
            if told is not None and not language_code(told):
                yield Fault(field, "It is no language that is known: name it by ISO 639-1, such as `en`.")

    @property
    def file(self) -> RecordedFile:
        begun = self.started_at.timestamp() if self.started_at else 0.0
        return RecordedFile(
            self.recording or "",
            started_at=begun,
            student_channel=self.student_channel,
            transcript_key=self.transcript or "",
            target_language=language_code(self.target_language or ""),
            native_language=language_code(self.native_language or ""),
        )


@dataclass(frozen=True)
class Imported:
    """An import on its way into the inbox."""

    event_id: str
    booked: Booked
    file: RecordedFile

    @property
    def arrival(self) -> Arrival:
        return Arrival(RoomEvent(self.event_id, EventKind.IMPORT, self.booked.id), (self.file,))


async def import_lesson(request: Request[Services]) -> Response:
    """Make a lesson of what lies in storage; the same Idempotency-Key makes it once."""
    asked = await read_json(request, Import)
    async with asking(request) as person:
        event_id = event_id_of(person, request.headers.get("idempotency-key"))
        imported = await importing(person, asked, event_id)
    async with request.state["sessions"].begin() as session:
        lesson_id = await store(session, imported)
    return accepted(request, lesson_id, imported.booked.id)


async def importing(person: Person, asked: Import, event_id: str) -> Imported:
    """Check all that was asked in the person's name; raises Problem."""
    if faults := asked.faults(person.id):
        raise Problem("invalid", errors=faults)
    booking_id = str(asked.booking_id) if asked.booking_id else str(uuid5(LESSONS_NAMESPACE, event_id))
    if asked.student_id:
        held_at = asked.started_at or datetime.now(UTC)
        if not await book_held_lesson(person.session, booking_id, person.id, str(asked.student_id), held_at):
            raise Problem("not_found")
    booked = await booking_of(person.session, booking_id)
    if booked is None:
        raise Problem("not_found")
    if asked.student_id and booked.student_id != str(asked.student_id):
        raise Problem("key_reused")
    if booked.tutor_id != person.id:
        raise Problem("tutor_only")
    return Imported(event_id, booked, asked.file)


async def store(session: AsyncSession, imported: Imported) -> str:
    """Store the import once and open its lesson; raises Problem where the key stands for another import."""
    await store_events(session, [imported.arrival])
    stored = await arrival_with(session, imported.event_id)
    if stored != imported.arrival:
        raise Problem("key_reused")
    workflow_id, file = workflow_id_of(imported.booked.id), imported.file
    return await open_lesson(session, imported.booked, workflow_id, file.target_language, file.native_language)


def event_id_of(person: Person, key: str | None) -> str:
    """The same tutor and key stand for the same import."""
    return str(uuid5(UUID(person.id), f"import/{key}") if key else uuid4())
