"""Lessons made of what lies in storage: once, by their tutor, from her own files."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.services import Services
from db.inbox import arrivals_in
from db.lessons import lesson_of
from db.models import Booking
from lessons.capture import EventKind, RecordedFile, lesson_id_of
from tests.api.conftest import School
from tests.api.signing import as_
from tests.rows import People, a_booking, new_people

FRENCH = RecordedFile(started_at=1767607200.0, student_channel=0, target_language="fr", native_language="de")


@pytest.fixture
def people() -> People:
    return new_people()


@pytest.fixture
async def booking(services: Services, people: People) -> str:
    return await a_booking(services["sessions"], people)


async def imported(client: httpx2.AsyncClient, people: People, body: dict[str, Any], **headers: str) -> httpx2.Response:
    return await client.post("/api/lessons", json=body, headers=as_(people.tutor, **headers))


async def bookings_of(session: AsyncSession, people: People) -> int:
    return len((await session.scalars(select(Booking).where(Booking.tutor_id == people.tutor))).all())


def own(people: People, name: str = "one") -> str:
    return f"imports/{people.tutor}/{name}"


async def test_an_upload_becomes_a_lesson_of_a_booking(
    client: httpx2.AsyncClient, services: Services, people: People, booking: str
) -> None:
    body = {
        "recording": own(people),
        "booking_id": booking,
        "student_channel": 0,
        "started_at": "2026-01-05T10:00:00Z",
    }
    answer = await imported(client, people, body | {"target_language": "French", "native_language": "de-AT"})
    told, lesson_id = answer.json(), lesson_id_of(booking)
    assert (answer.status_code, told["lesson_id"], told["booking_id"]) == (202, lesson_id, booking)
    assert answer.headers["location"] == told["links"]["self"] == f"http://studio.test/api/lessons/{lesson_id}"
    assert told["links"]["events"] == f"http://studio.test/api/lessons/{lesson_id}/events"
    async with services["sessions"]() as session:
        (arrival,) = await arrivals_in(session, booking)
        lesson = await lesson_of(session, lesson_id)
    assert arrival.event.kind is EventKind.IMPORT
    assert arrival.files == (replace(FRENCH, key=own(people)),)
    assert lesson is not None
    assert (lesson.status, lesson.workflow_id) == ("processing", f"lesson-{booking}")
    assert (lesson.target_language, lesson.native_language) == ("fr", "de")


async def test_a_students_languages_are_used_where_none_are_told(
    client: httpx2.AsyncClient, services: Services, people: People, booking: str
) -> None:
    body = {"transcript": own(people), "booking_id": booking, "student_channel": None}
    assert (await imported(client, people, body)).status_code == 202
    async with services["sessions"]() as session:
        (arrival,) = await arrivals_in(session, booking)
        lesson = await lesson_of(session, lesson_id_of(booking))
    assert arrival.files == (RecordedFile(student_channel=None, transcript_key=own(people)),)
    assert lesson is not None
    assert (lesson.target_language, lesson.native_language) == ("en", "es")


async def test_a_lesson_held_elsewhere_gets_a_booking_of_its_own(
    client: httpx2.AsyncClient, services: Services, people: People, booking: str
) -> None:
    body = {"recording": own(people), "student_id": people.student}
    told = (await imported(client, people, body)).json()
    assert told["booking_id"] != booking
    async with services["sessions"]() as session:
        added = await session.get_one(Booking, told["booking_id"])
    assert (added.tutor_id, added.student_id, added.status) == (people.tutor, people.student, "completed")


async def test_a_recording_of_the_booking_may_be_named_too(
    client: httpx2.AsyncClient, people: People, booking: str
) -> None:
    body = {"recording": f"lessons/{booking}/RM_1/one.mp4", "booking_id": booking}
    assert (await imported(client, people, body)).status_code == 202


@pytest.mark.parametrize("by", ["booking_id", "student_id"])
async def test_the_same_key_makes_the_same_lesson_once(
    by: str, client: httpx2.AsyncClient, services: Services, people: People, booking: str
) -> None:
    body = {"recording": own(people), by: booking if by == "booking_id" else people.student}
    once = {"idempotency-key": "one"}
    answers = await asyncio.gather(*(imported(client, people, body, **once) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    async with services["sessions"]() as session:
        room = answers[0].json()["booking_id"]
        assert len(await arrivals_in(session, room)) == 1
        assert await bookings_of(session, people) == (1 if by == "booking_id" else 2)


async def test_another_key_or_another_tutor_is_another_import(
    client: httpx2.AsyncClient, services: Services, people: People, booking: str
) -> None:
    others = new_people()
    other_booking = await a_booking(services["sessions"], others)
    for who, room, key in ((people, booking, "one"), (people, booking, "two"), (others, other_booking, "one")):
        body = {"recording": own(who), "booking_id": room}
        assert (await imported(client, who, body, **{"idempotency-key": key})).status_code == 202
    async with services["sessions"]() as session:
        assert [len(await arrivals_in(session, room)) for room in (booking, other_booking)] == [2, 1]


@pytest.mark.parametrize(
    "other",
    [
        {"recording": "two"},
        {"target_language": "fr"},
        {"native_language": "fr"},
        {"student_channel": 0},
        {"started_at": "2026-01-05T10:00:00Z"},
    ],
)
async def test_a_key_cannot_stand_for_two_imports(
    other: dict[str, Any], client: httpx2.AsyncClient, services: Services, people: People, booking: str
) -> None:
    body = {"recording": own(people), "booking_id": booking, "target_language": "de"}
    changed = body | other | ({"recording": own(people, "two")} if "recording" in other else {})
    answers = [await imported(client, people, one, **{"idempotency-key": "one"}) for one in (body, changed)]
    assert [answer.status_code for answer in answers] == [202, 422]
    assert answers[1].json()["code"] == "key_reused"
    async with services["sessions"]() as session:
        lesson = await lesson_of(session, lesson_id_of(booking))
    assert lesson is not None
    assert (lesson.target_language, lesson.native_language) == ("de", "es")


BAD: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"recording", "booking_id"}),
    (
        {"recording": 5, "student_channel": 7, "target_language": "English, " * 10, "x": 1},
        {"recording", "student_channel", "target_language", "x"},
    ),
    (
        {"target_language": "Klingon", "native_language": ""},
        {"recording", "booking_id", "target_language", "native_language"},
    ),
    ({"booking_id": "not-a-uuid", "started_at": "yesterday"}, {"booking_id", "started_at"}),
    ({"booking_id": str(uuid4()), "recording": f"imports/{uuid4()}/one"}, {"recording"}),
    ({"booking_id": str(uuid4()), "recording": f"lessons/{uuid4()}/one.mp4"}, {"recording"}),
    ({"booking_id": str(uuid4()), "transcript": f"imports/{uuid4()}/one"}, {"transcript"}),
    ({"booking_id": str(uuid4()), "recording": "imports/me/../you/one"}, {"recording"}),
    ({"booking_id": str(uuid4()), "student_id": str(uuid4()), "recording": "x"}, {"booking_id", "recording"}),
    ({"started_at": "2026-01-05T10:00:00"}, {"started_at"}),
    *(
        ({"booking_id": str(uuid4()), "started_at": moment}, {"recording", "started_at"})
        for moment in ("0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "1969-07-20T20:17:00Z")
    ),
]


@pytest.mark.parametrize(("body", "fields"), BAD)
async def test_everything_that_is_wrong_is_told_at_once(
    body: dict[str, Any], fields: set[str], visitor: httpx2.AsyncClient, school: School
) -> None:
    answer = await imported(visitor, school.people, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert {fault["field"] for fault in answer.json()["errors"]} == fields


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b"[" * 60_000])
async def test_a_body_of_no_object_is_refused(body: bytes, visitor: httpx2.AsyncClient, school: School) -> None:
    answer = await visitor.post("/api/lessons", content=body, headers=as_(school.people.tutor))
    assert (answer.status_code, answer.json()["code"]) == (400, "unparsable")


async def test_a_student_of_somebody_else_cannot_be_booked(
    client: httpx2.AsyncClient, services: Services, people: People, booking: str
) -> None:
    others = new_people()
    await a_booking(services["sessions"], others)
    answer = await imported(client, people, {"recording": own(people), "student_id": others.student})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    async with services["sessions"]() as session:
        assert await bookings_of(session, people) == await bookings_of(session, others) == 1


async def test_an_upload_is_stored_under_ids_and_can_be_imported(
    client: httpx2.AsyncClient, services: Services, people: People, booking: str
) -> None:
    asked = {"filename": "Lucía's lesson.mp4", "content_type": "video/mp4"}
    answer = await client.post("/api/uploads", json=asked, headers=as_(people.tutor))
    place = answer.json()
    assert (answer.status_code, place["expires_in"]) == (201, 900)
    assert place["key"].startswith(f"imports/{people.tutor}/")
    assert "Luc" not in place["key"]
    assert (await client.put(place["url"], content=b"a recording")).status_code == 201
    assert await services["recordings"].size(place["key"]) == 11
    body = {"recording": place["key"], "booking_id": booking}
    assert (await imported(client, people, body)).status_code == 202
