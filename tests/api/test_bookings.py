"""A booking as its people see it, and what they agree to."""

from datetime import datetime, timedelta

import httpx2
import pytest
from sqlalchemy import text

from api.services import Services
from db.classrooms import CHANNEL, open_classroom, show_recording
from lessons.capture import lesson_id_of
from lessons.consent import TEXTS, VERSION, Purpose
from tests.api.conftest import School
from tests.api.meetings import Booked, a_meeting, agreeing
from tests.api.signing import as_
from tests.db.listening import listening

NOTHING = {one: None for purpose in Purpose for one in (purpose.value, f"{purpose.value}_by")}


@pytest.fixture
async def booked(services: Services) -> Booked:
    return await a_meeting(services["sessions"])


async def test_each_sees_the_booking_from_her_own_side(client: httpx2.AsyncClient, booked: Booked) -> None:
    people = booked.people
    answer = await client.get(booked.at, headers=as_(people.tutor))
    tutor, student = answer.json(), (await client.get(booked.at, headers=as_(people.student_user))).json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (tutor["isTutor"], tutor["identity"], tutor["name"], tutor["other"]) == (
        *(True, f"tutor-{people.tutor}"),
        *("Mira", "Lucia"),
    )
    assert (student["isTutor"], student["identity"], student["name"], student["other"]) == (
        *(False, f"student-{people.student}"),
        *("Lucia", "Mira"),
    )
    assert tutor["bookingInfo"] == student["bookingInfo"]
    assert tutor["bookingInfo"] | {"scheduledAt": ""} == {
        "studentId": people.student,
        "studentName": "Lucia",
        "tutorName": "Mira",
        "serviceName": "",
        "scheduledAt": "",
        "durationMinutes": 60,
    }
    assert (tutor["lesson_id"], tutor["lesson_status"], tutor["recording"]) == (lesson_id_of(booked.id), None, False)
    assert tutor["closed"] is None
    opens, begins, closes = (
        datetime.fromisoformat(moment)
        for moment in (tutor["opens_at"], tutor["bookingInfo"]["scheduledAt"], tutor["closes_at"])
    )
    assert (begins - opens, closes - begins) == (timedelta(minutes=15), timedelta(minutes=120))


@pytest.mark.parametrize(
    ("begins_in", "status", "closed"),
    [(60, "confirmed", "too_early"), (-600, "confirmed", "too_late"), (0, "cancelled", "booking_cancelled")],
)
async def test_a_booking_says_why_its_classroom_is_closed(
    begins_in: int, status: str, closed: str, client: httpx2.AsyncClient, services: Services
) -> None:
    booked = await a_meeting(services["sessions"], begins_in=timedelta(minutes=begins_in), status=status)
    answer = await client.get(booked.at, headers=as_(booked.people.student_user))
    assert (answer.status_code, answer.json()["closed"]) == (200, closed)


@pytest.mark.parametrize(
    ("stored", "shown"), [("#12aBef", "#12aBef"), ("red;}", "#000000"), ("#12345", "#000000"), (None, "#000000")]
)
async def test_a_brand_s_colour_is_a_colour(
    stored: str | None, shown: str, client: httpx2.AsyncClient, booked: Booked, services: Services
) -> None:
    async with services["sessions"].begin() as session:
        change = text("UPDATE public.profiles SET brand_color = :color WHERE id = :id")
        await session.execute(change, {"color": stored, "id": booked.people.tutor})
    assert (await client.get(booked.at, headers=as_(booked.people.tutor))).json()["brand_color"] == shown


async def test_who_is_recorded_is_told_so(client: httpx2.AsyncClient, booked: Booked, services: Services) -> None:
    async with services["sessions"].begin() as session:
        await open_classroom(session, booked.id)
        await show_recording(session, booked.id, recording=True)
    for person in (booked.people.tutor, booked.people.student_user):
        assert (await client.get(booked.at, headers=as_(person))).json()["recording"] is True


@pytest.mark.parametrize(("language", "chosen"), [("es-MX,es;q=0.8", "es"), ("de", "en")])
async def test_people_are_asked_in_their_language(
    language: str, chosen: str, client: httpx2.AsyncClient, booked: Booked
) -> None:
    headers = as_(booked.people.tutor, **{"accept-language": language})
    asked = (await client.get(booked.at, headers=headers)).json()["consent_texts"]
    assert asked == {"version": VERSION} | {purpose.value: TEXTS[chosen][purpose] for purpose in Purpose}


async def agree(client: httpx2.AsyncClient, booked: Booked, person: str | None, **answer: object) -> httpx2.Response:
    return await client.post(f"{booked.at}/consent", json=agreeing() | answer, headers=as_(person))


async def test_an_answer_counts_until_it_is_changed_and_the_other_person_is_told_about_recording(
    client: httpx2.AsyncClient, booked: Booked
) -> None:
    student, tutor = booked.people.student_user, booked.people.tutor
    before = (await client.get(booked.at, headers=as_(student))).json()
    assert (before["consents"], before["other_consents"]) == (NOTHING, {"record": None, "record_by": None})
    answer = await agree(client, booked, student)
    assert (answer.status_code, answer.json()) == (
        200,
        {"consents": NOTHING | {"record": True, "record_by": "account"}},
    )
    await agree(client, booked, student, purpose="ai", given=False)
    await agree(client, booked, student, given=False)
    own = (await client.get(booked.at, headers=as_(student))).json()
    other = (await client.get(booked.at, headers=as_(tutor))).json()
    assert (own["consents"], own["other_consents"]) == (
        NOTHING | {"record": False, "record_by": "account", "ai": False, "ai_by": "account"},
        {"record": None, "record_by": None},
    )
    assert (other["consents"], other["other_consents"]) == (NOTHING, {"record": False, "record_by": "account"})


async def test_every_answer_stays_with_its_time_and_the_version_of_its_text(
    client: httpx2.AsyncClient, booked: Booked, services: Services
) -> None:
    for given in (True, False):
        await agree(client, booked, booked.people.student_user, given=given)
    kept = text("SELECT person_id::text, role, given, version, at > now() - interval '1 minute' FROM studio.consents")
    async with services["sessions"]() as session:
        rows = await session.execute(text(f"{kept.text} WHERE booking_id = :id ORDER BY id"), {"id": booked.id})
    student = booked.people.student
    assert [tuple(row) for row in rows] == [(student, "student", given, VERSION, True) for given in (True, False)]


async def test_a_withdrawal_wakes_whoever_watches_the_room(
    client: httpx2.AsyncClient, booked: Booked, school: School
) -> None:
    async with listening(school.database_url, CHANNEL) as heard:
        await agree(client, booked, booked.people.student_user, given=False)
        assert await heard() == [booked.id]


async def test_nobody_agrees_to_a_text_that_has_changed_but_everybody_may_withdraw(
    client: httpx2.AsyncClient, booked: Booked
) -> None:
    refused = await agree(client, booked, booked.people.tutor, version="2020-01")
    assert (refused.status_code, [fault["field"] for fault in refused.json()["errors"]]) == (422, ["version"])
    assert (await agree(client, booked, booked.people.tutor, version="2020-01", given=False)).status_code == 200


@pytest.mark.parametrize(
    "answer", [{"purpose": "sell"}, {"given": "yes"}, {"given": None}, {"version": 7}, {"person_id": "me"}]
)
async def test_an_answer_that_is_none_is_refused(
    answer: dict[str, object], client: httpx2.AsyncClient, booked: Booked
) -> None:
    refused = await agree(client, booked, booked.people.tutor, **answer)
    assert (refused.status_code, [fault["field"] for fault in refused.json()["errors"]]) == (422, list(answer))
    assert (await client.get(booked.at, headers=as_(booked.people.tutor))).json()["consents"] == NOTHING


async def test_who_declines_enters_all_the_same(client: httpx2.AsyncClient, booked: Booked) -> None:
    await agree(client, booked, booked.people.student_user, given=False)
    answer = await client.post(f"{booked.at}/room", headers=as_(booked.people.student_user))
    assert (answer.status_code, answer.json()["recording"]) == (200, False)
