"""A lesson that begins now, and the links by which tutor and student enter its room."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.room_links import RoomLinks
from lessons.classroom import LINK_OUTLIVES, Hours
from studio.locating import public_url
from studio.seed import STUDENT, TUTOR, add_lesson_now, lesson_now
from studio.settings import Classroom, Settings
from studio.trouble import Trouble


@dataclass(frozen=True)
class Invitation:
    """A booking, the link of each of the two, and until when they open its room."""

    booking_id: str
    tutor: str
    student: str
    until: datetime


async def book(settings: Settings) -> Invitation:
    """Book a lesson that begins now; raises Trouble."""
    if settings.database.url is None:
        raise Trouble("No studio runs here: start one with `studio up`, or name its database in STUDIO_DATABASE__URL.")
    return invitation_to(settings, *await add_lesson_now(settings.database.plain_url))


async def invite(settings: Settings) -> Invitation:
    """Invite to the lesson that goes on, or book one where there is none; raises Trouble."""
    going_on = await lesson_now(settings.database.plain_url)
    return invitation_to(settings, *going_on) if going_on else await book(settings)


def invitation_to(settings: Settings, booking_id: str, ends_at: datetime) -> Invitation:
    until, links = ends_at + hours_of(settings.classroom).after, room_links(settings)
    tutor = links.link_for(booking_id, TUTOR, until)
    student = links.link_for(booking_id, STUDENT, until + LINK_OUTLIVES)
    return Invitation(booking_id, tutor, student, until)


def room_links(settings: Settings) -> RoomLinks:
    """Signed by the storage's secret, as the links in letters are."""
    secret = settings.storage.secret_key
    if secret is None:
        raise Trouble("STUDIO_STORAGE__SECRET_KEY is missing: set it, or let `studio up` run everything.")
    return RoomLinks(public_url(settings), secret.get_secret_value())


def hours_of(chosen: Classroom) -> Hours:
    """When classrooms are open."""
    return Hours(timedelta(minutes=chosen.minutes_before), timedelta(minutes=chosen.minutes_after))
