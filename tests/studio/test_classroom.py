"""`studio classroom`: a lesson that begins now, with both links."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from db.classrooms import end_classroom, open_classroom, seat_of
from db.meetings import meeting_of
from db.session import Sessions, as_person
from lessons.classroom import LINK_OUTLIVES, Hours, Seat, why_closed
from studio.__main__ import command
from studio.inviting import book, invite, room_links
from studio.seed import seed
from studio.settings import Settings
from studio.trouble import Trouble

Whole = Callable[..., Settings]
SECRET = "a secret of files"
BEGUN = "UPDATE public.bookings SET scheduled_at = now() - interval '31 minutes' WHERE id = :id"
ONE_AT_A_TIME = """
    ALTER TABLE public.bookings ADD CONSTRAINT bookings_no_overlap EXCLUDE USING gist
    (tsrange(scheduled_at AT TIME ZONE 'UTC', scheduled_at AT TIME ZONE 'UTC' + interval '1 hour') WITH &&)
"""


@pytest.fixture
def settings(whole: Whole, database_url: str) -> Settings:
    """Of a studio whose database has been seeded."""
    return whole(database={"url": database_url}, storage={"secret_key": SECRET}, classroom={"minutes_after": 30})


async def test_both_links_open_a_classroom_that_is_open_now(settings: Settings, sessions: Sessions) -> None:
    await seed(settings.database.plain_url)
    booked = await book(settings)
    seats = {}
    for who in ("tutor", "student"):
        page, _, token = getattr(booked, who).partition("#t=")
        assert page == f"http://127.0.0.1:8000/{booked.booking_id}/room"
        async with as_person(sessions, await room_links(settings).claims(token)) as session:
            seats[who] = await seat_of(session, booked.booking_id)
    async with sessions() as session:
        meeting = await meeting_of(session, booked.booking_id)
    assert meeting is not None
    assert seats == {"tutor": Seat.TUTOR, "student": Seat.STUDENT}
    assert why_closed(meeting.appointment, datetime.now(UTC), Hours()) is None
    assert booked.until == meeting.appointment.ends + timedelta(minutes=30)


async def test_the_tutor_s_link_ends_with_the_classroom_s_hours_and_the_student_s_is_there_to_withdraw_by(
    settings: Settings, sessions: Sessions
) -> None:
    await seed(settings.database.plain_url)
    booked = await book(settings)
    ends = []
    for link in (booked.tutor, booked.student):
        claims = await room_links(settings).claims(link.partition("#t=")[2])
        ends.append(datetime.fromtimestamp(claims["exp"], UTC))
    assert ends == [booked.until, booked.until + LINK_OUTLIVES]


async def test_who_starts_again_is_invited_to_the_same_lesson_until_it_is_over(
    settings: Settings, sessions: Sessions
) -> None:
    await seed(settings.database.plain_url)
    first, again = await invite(settings), await invite(settings)
    assert first.booking_id == again.booking_id
    async with sessions.begin() as session:
        await open_classroom(session, first.booking_id)
        await end_classroom(session, first.booking_id, Seat.TUTOR)
    later = await invite(settings)
    assert later.booking_id != first.booking_id
    async with sessions.begin() as session:
        await session.execute(text(BEGUN), {"id": later.booking_id})
    assert (await invite(settings)).booking_id not in (first.booking_id, later.booking_id)


async def test_a_tutor_who_has_another_lesson_now_is_told_so(settings: Settings, sessions: Sessions) -> None:
    await seed(settings.database.plain_url)
    async with sessions.begin() as session:
        await session.execute(text(ONE_AT_A_TIME))
    try:
        booked = await book(settings)
        with pytest.raises(Trouble, match="another lesson"):
            await book(settings)
        assert (await invite(settings)).booking_id == booked.booking_id
    finally:
        async with sessions.begin() as session:
            await session.execute(text("ALTER TABLE public.bookings DROP CONSTRAINT bookings_no_overlap"))


async def test_a_database_of_other_people_is_left_alone(settings: Settings, sessions: Sessions) -> None:
    with pytest.raises(Trouble, match="other people"):
        await book(settings)


async def test_without_a_studio_the_command_says_so(whole: Whole) -> None:
    with pytest.raises(Trouble, match="studio up"):
        await book(whole())


@pytest.fixture
def environment(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of a studio with a LiveKit server."""
    named = {
        "STUDIO_DATABASE__URL": settings.database.plain_url,
        "STUDIO_LIVEKIT__URL": "ws://127.0.0.1:1",
        "STUDIO_STORAGE__SECRET_KEY": SECRET,
        "STUDIO_HOME": str(tmp_path / "home"),
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)


async def test_where_there_is_no_livekit_server_no_links_are_printed(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STUDIO_LIVEKIT__URL")
    done = await asyncio.to_thread(CliRunner().invoke, command(["classroom"]), ["classroom"])
    assert (done.exit_code, done.output) == (1, "")
    assert "set STUDIO_LIVEKIT__URL" in str(done.exception)


@pytest.mark.parametrize("options", [[], ["--json"]])
async def test_the_command_prints_both_links(options: list[str], settings: Settings, environment: None) -> None:
    await seed(settings.database.plain_url)
    done = await asyncio.to_thread(CliRunner().invoke, command(["classroom"]), ["classroom", *options])
    assert done.exit_code == 0
    assert done.output.count("/room#t=") == 2
    if options:
        assert json.loads(done.output).keys() == {"booking_id", "tutor", "student", "until"}
