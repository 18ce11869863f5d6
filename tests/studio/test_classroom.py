"""`studio classroom`: a lesson that begins now, with both links."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from db.classrooms import seat_of
from db.meetings import meeting_of
from db.session import Sessions, as_person
from lessons.classroom import Hours, Seat, why_closed
from studio.__main__ import command
from studio.commands.classroom import book
from studio.seed import seed
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import room_links

Whole = Callable[..., Settings]
SECRET = "a secret of files"


@pytest.fixture
def settings(whole: Whole, database_url: str) -> Settings:
    """Of a studio whose database has been seeded."""
    return whole(database={"url": database_url}, storage={"secret_key": SECRET}, classroom={"minutes_after": 30})


async def test_both_links_open_a_classroom_that_is_open_now(settings: Settings, sessions: Sessions) -> None:
    await seed(settings.database.plain_url)
    booked = await book(settings)
    seats = {}
    for who in ("tutor", "student"):
        page, _, token = booked[who].partition("#t=")
        assert page == f"http://127.0.0.1:8000/{booked['booking_id']}/room"
        async with as_person(sessions, await room_links(settings).claims(token)) as session:
            seats[who] = await seat_of(session, booked["booking_id"])
    async with sessions() as session:
        meeting = await meeting_of(session, booked["booking_id"])
    assert meeting is not None
    assert seats == {"tutor": Seat.TUTOR, "student": Seat.STUDENT}
    assert why_closed(meeting.appointment, datetime.now(UTC), Hours()) is None
    assert datetime.fromisoformat(booked["until"]) == meeting.appointment.ends + timedelta(minutes=30)


async def test_a_database_of_other_people_is_left_alone(settings: Settings, sessions: Sessions) -> None:
    with pytest.raises(Trouble, match="other people"):
        await book(settings)


async def test_without_a_studio_the_command_says_so(whole: Whole) -> None:
    with pytest.raises(Trouble, match="studio up"):
        await book(whole())


@pytest.mark.parametrize("options", [[], ["--json"]])
async def test_the_command_prints_both_links(
    options: list[str], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seed(settings.database.plain_url)
    named = {
        "STUDIO_DATABASE__URL": settings.database.plain_url,
        "STUDIO_STORAGE__SECRET_KEY": SECRET,
        "STUDIO_HOME": str(tmp_path / "home"),
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    done = await asyncio.to_thread(CliRunner().invoke, command(["classroom"]), ["classroom", *options])
    assert done.exit_code == 0
    assert done.output.count("/room#t=") == 2
    if options:
        assert json.loads(done.output).keys() == {"booking_id", "tutor", "student", "until"}
