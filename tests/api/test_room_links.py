"""Links to classrooms: each opens one booking for one person, and nothing else."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from api.operations import Operation
from api.room_links import AUDIENCE, RoomLinks
from api.routes import OPERATIONS
from api.services import Services
from db.lessons import open_lesson
from db.people import booking_of
from lessons.consent import Purpose
from tests.api.conftest import School
from tests.api.meetings import Booked, a_meeting, agreeing
from tests.api.signing import PEOPLE_SECRET, as_, jwt_of, token_of
from tests.rows import People, new_people

SOON = datetime.now(UTC) + timedelta(hours=1)
Link = Callable[..., dict[str, str]]


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
async def booked(services: Services) -> Booked:
    """A booking of a student who has no account."""
    people = new_people()
    return await a_meeting(services["sessions"], People(people.tutor, people.student, None))


@pytest.fixture
def links(services: Services) -> RoomLinks:
    return services["classrooms"].links


@pytest.fixture
def by_link(links: RoomLinks, booked: Booked) -> dict[str, str]:
    """The student's headers."""
    return bearing(links.token_for(booked.id, booked.people.student, SOON))


def told(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_the_tutor_is_given_a_link_for_her_student_who_enters_by_it(
    client: httpx2.AsyncClient, booked: Booked
) -> None:
    shown = await client.get(booked.at, headers=bearing(token_of(booked.people.tutor)))
    page, _, token = shown.json()["student_link"].partition("#t=")
    assert page == f"http://studio.test/{booked.id}/room"
    seen = (await client.get(booked.at, headers=bearing(token))).json()
    entered = await client.post(f"{booked.at}/room", headers=bearing(token))
    assert (seen["isTutor"], seen["name"], seen["student_link"]) == (False, "Lucia", None)
    assert (entered.status_code, entered.json()["identity"]) == (200, f"student-{booked.people.student}")


async def test_the_tutor_is_given_no_link_for_a_student_who_has_an_account(
    client: httpx2.AsyncClient, services: Services
) -> None:
    booked = await a_meeting(services["sessions"])
    for person in (booked.people.tutor, booked.people.student_user):
        shown = await client.get(booked.at, headers=as_(person))
        assert (shown.status_code, shown.json()["student_link"]) == (200, None)


async def test_a_link_s_person_answers_for_herself(
    client: httpx2.AsyncClient, booked: Booked, by_link: dict[str, str]
) -> None:
    answer = await client.post(f"{booked.at}/consent", json=agreeing(), headers=by_link)
    seen = (await client.get(booked.at, headers=bearing(token_of(booked.people.tutor)))).json()
    assert answer.json()["consents"]["record"] is True
    assert (seen["consents"]["record"], seen["other_consents"]["record"]) == (None, True)


async def test_an_answer_that_came_by_a_link_is_told_from_one_by_account(
    client: httpx2.AsyncClient, services: Services, links: RoomLinks
) -> None:
    booked = await a_meeting(services["sessions"])
    tutor, student = as_(booked.people.tutor), as_(booked.people.student_user)
    by_link = bearing(links.token_for(booked.id, booked.people.student, SOON))
    for headers, way in ((by_link, "link"), (student, "account")):
        await client.post(f"{booked.at}/consent", json=agreeing(), headers=headers)
        own = (await client.get(booked.at, headers=student)).json()["consents"]
        other = (await client.get(booked.at, headers=tutor)).json()["other_consents"]
        assert (own["record_by"], own["ai_by"], other) == (way, None, {"record": True, "record_by": way})


async def test_a_student_s_link_ends_no_lesson_and_a_tutor_s_does(
    client: httpx2.AsyncClient, booked: Booked, by_link: dict[str, str], links: RoomLinks
) -> None:
    assert told(await client.post(f"{booked.at}/end", headers=by_link)) == (403, "tutor_only")
    tutor = bearing(links.token_for(booked.id, booked.people.tutor, SOON))
    assert (await client.post(f"{booked.at}/end", headers=tutor)).status_code == 202


async def test_a_link_to_another_booking_of_the_same_two_opens_nothing_here(
    client: httpx2.AsyncClient, booked: Booked, services: Services, links: RoomLinks
) -> None:
    other = await a_meeting(services["sessions"], booked.people)
    headers = bearing(links.token_for(other.id, booked.people.student, SOON))
    for method, url in (("GET", booked.at), ("POST", f"{booked.at}/room"), ("POST", f"{booked.at}/end")):
        assert told(await client.request(method, url, headers=headers)) == (404, "not_found")


async def test_a_link_s_person_follows_how_the_lesson_is_processed_and_no_other_lesson(
    client: httpx2.AsyncClient, booked: Booked, by_link: dict[str, str], services: Services, school: School
) -> None:
    async with services["sessions"].begin() as session:
        found = await booking_of(session, booked.id)
        assert found is not None
        lesson_id = await open_lesson(session, found, f"lesson-{booked.id}")
    shown = (await client.get(booked.at, headers=by_link)).json()
    lesson = await client.get(f"/api/lessons/{lesson_id}", headers=by_link)
    assert (shown["lesson_id"], shown["lesson_status"]) == (lesson_id, "processing")
    assert (lesson.status_code, lesson.json()["stages"][0]["stage"]) == (200, "capture")
    assert (lesson.json()["cost"], lesson.json()["temporal_ui"]) == (None, None)
    assert (await client.head(f"/api/lessons/{lesson_id}/events", headers=by_link)).status_code == 200
    assert told(await client.get(f"/api/lessons/{school.lesson.lesson_id}", headers=by_link)) == (404, "not_found")


async def test_a_link_s_person_is_not_told_that_nothing_was_made_where_she_may_not_see_it(
    client: httpx2.AsyncClient, links: RoomLinks, school: School
) -> None:
    held = school.lesson
    headers = bearing(links.token_for(held.booking_id, held.student_id, SOON))
    lesson = (await client.get(f"/api/lessons/{held.lesson_id}", headers=headers)).json()
    assert (lesson["status"], lesson["counts"], lesson["summary"]) == ("completed", None, "")


OTHERS = [one for one in OPERATIONS if not one.open and not one.linked]


@pytest.mark.parametrize("other", OTHERS, ids=lambda one: f"{one.method} {one.path}")
async def test_a_link_is_no_token_for_anything_else(
    other: Operation, client: httpx2.AsyncClient, by_link: dict[str, str], school: School
) -> None:
    path = other.path.replace(":uuid", "").format(lesson_id=school.lesson.lesson_id, format="vtt")
    assert (await client.request(other.method, path, headers=by_link)).status_code == 401


def claims(booked: Booked, **changed: Any) -> dict[str, Any]:
    usual = {"aud": AUDIENCE, "sub": booked.people.student, "booking": booked.id, "exp": int(time.time()) + 600}
    return usual | changed


async def test_a_link_that_was_forged_is_refused(client: httpx2.AsyncClient, booked: Booked) -> None:
    forged = [jwt_of(claims(booked), secret) for secret in ("a secret of links", PEOPLE_SECRET)]
    unsigned = jwt_of(claims(booked), "", {"alg": "none"})
    for token in (*forged, unsigned, f"{unsigned.rpartition('.')[0]}."):
        assert told(await client.post(f"{booked.at}/room", headers=bearing(token))) == (401, "bad_token")


async def test_a_link_that_was_changed_or_has_expired_is_refused(
    client: httpx2.AsyncClient, booked: Booked, links: RoomLinks, services: Services
) -> None:
    other = await a_meeting(services["sessions"])
    head, _, signature = links.token_for(booked.id, booked.people.student, SOON).split(".")
    _, foreign, _ = links.token_for(other.id, other.people.student, SOON).split(".")
    late = links.token_for(booked.id, booked.people.student, datetime.now(UTC) - timedelta(minutes=1))
    for token in (f"{head}.{foreign}.{signature}", late):
        for at in (booked.at, other.at):
            assert told(await client.post(f"{at}/room", headers=bearing(token))) == (401, "bad_token")


@pytest.mark.parametrize("changed", [{"booking": "all"}, {"booking": None}, {"sub": "me"}, {"aud": "authenticated"}])
async def test_a_link_of_ours_that_says_nonsense_is_refused(
    changed: dict[str, Any], client: httpx2.AsyncClient, booked: Booked, links: RoomLinks
) -> None:
    good, bad = (jwt_of(told, links.key.raw_value.decode()) for told in (claims(booked), claims(booked, **changed)))
    assert (await client.get(booked.at, headers=bearing(good))).status_code == 200
    assert told(await client.get(booked.at, headers=bearing(bad))) == (401, "bad_token")


async def test_nobody_s_own_token_can_say_that_it_is_a_link(client: httpx2.AsyncClient, booked: Booked) -> None:
    link = {"booking": booked.id, "person": booked.people.student}
    token = token_of(str(uuid4()), room_link=link)
    assert told(await client.get(booked.at, headers=bearing(token))) == (404, "not_found")
    assert told(await client.post(f"{booked.at}/room", headers=bearing(token))) == (404, "not_found")


@pytest.fixture
async def over(services: Services) -> Booked:
    """A booking of a student who has no account, held a year ago."""
    people = new_people()
    return await a_meeting(
        services["sessions"], People(people.tutor, people.student, None), begins_in=timedelta(days=-365)
    )


@pytest.fixture
async def by_old_link(client: httpx2.AsyncClient, over: Booked) -> dict[str, str]:
    """The headers of the student, who comes by the link that her tutor was told."""
    shown = await client.get(over.at, headers=as_(over.people.tutor))
    return bearing(shown.json()["student_link"].partition("#t=")[2])


async def test_a_student_s_link_withdraws_long_after_the_lesson(
    client: httpx2.AsyncClient, over: Booked, by_old_link: dict[str, str]
) -> None:
    seen = (await client.get(over.at, headers=by_old_link)).json()
    assert (seen["withdraw_only"], seen["closed"]) == (True, "too_late")
    for purpose in Purpose:
        answer = await client.post(f"{over.at}/consent", json=agreeing(purpose, given=False), headers=by_old_link)
        assert (answer.status_code, answer.json()["consents"][purpose]) == (200, False)


async def test_a_link_agrees_to_nothing_once_the_classroom_has_closed_and_an_account_still_does(
    client: httpx2.AsyncClient, over: Booked, by_old_link: dict[str, str]
) -> None:
    refused = await client.post(f"{over.at}/consent", json=agreeing("marketing"), headers=by_old_link)
    assert told(refused) == (403, "withdraw_only")
    assert (await client.get(over.at, headers=by_old_link)).json()["consents"]["marketing"] is None
    tutor = as_(over.people.tutor)
    assert (await client.post(f"{over.at}/consent", json=agreeing("ai"), headers=tutor)).status_code == 200
    assert (await client.get(over.at, headers=tutor)).json()["withdraw_only"] is False


async def test_a_link_that_outlives_its_classroom_opens_no_room_and_shows_nothing_that_was_made(
    client: httpx2.AsyncClient, over: Booked, by_old_link: dict[str, str], services: Services
) -> None:
    async with services["sessions"].begin() as session:
        found = await booking_of(session, over.id)
        assert found is not None
        lesson_id = await open_lesson(session, found, f"lesson-{over.id}")
    assert told(await client.post(f"{over.at}/room", headers=by_old_link)) == (410, "too_late")
    assert told(await client.post(f"{over.at}/end", headers=by_old_link)) == (403, "tutor_only")
    lesson = (await client.get(f"/api/lessons/{lesson_id}", headers=by_old_link)).json()
    assert (lesson["counts"], lesson["summary"], lesson["roadmap"], lesson["cost"]) == (None, "", [], None)


async def test_a_link_opens_no_classroom_outside_of_its_hours(
    client: httpx2.AsyncClient, services: Services, links: RoomLinks
) -> None:
    early = await a_meeting(services["sessions"], begins_in=timedelta(hours=5))
    headers = bearing(links.token_for(early.id, early.people.student, SOON))
    assert told(await client.post(f"{early.at}/room", headers=headers)) == (409, "too_early")
