"""Who may see what: every route, asked by everyone who could ask."""

import re
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text

from api.operations import Operation
from api.routes import OPERATIONS, PAGES
from db.session import as_person
from lessons.consent import VERSION
from tests.api.conftest import School
from tests.api.signing import as_

OWNER, STUDENT, CLASSMATE, OTHER_TUTOR, OTHER_STUDENT, NOBODY = (
    "the owner",
    "her student",
    "another student of hers",
    "another tutor",
    "another tutor's student",
    "nobody",
)
STRANGERS = (CLASSMATE, OTHER_TUTOR, OTHER_STUDENT)

READS = {OWNER: 200, STUDENT: 200} | dict.fromkeys(STRANGERS, 404)
ACTS = {OWNER: 503, STUDENT: 403} | dict.fromkeys(STRANGERS, 404)
EVERYBODY = dict.fromkeys((OWNER, STUDENT, *STRANGERS), 200)

MATRIX: dict[tuple[str, str], dict[str, int]] = {
    ("GET", "/api/lessons"): EVERYBODY,
    ("POST", "/api/lessons"): {OWNER: 202} | dict.fromkeys((STUDENT, *STRANGERS), 404),
    ("GET", "/api/lessons/{lesson_id}"): READS,
    ("GET", "/api/lessons/{lesson_id}/transcript"): READS,
    ("GET", "/api/lessons/{lesson_id}/transcript.{format}"): READS,
    ("GET", "/api/lessons/{lesson_id}/mistakes"): READS,
    ("GET", "/api/lessons/{lesson_id}/drills"): READS,
    ("GET", "/api/lessons/{lesson_id}/clips"): READS,
    ("HEAD", "/api/lessons/{lesson_id}/events"): READS,
    ("POST", "/api/lessons/{lesson_id}/retry"): ACTS,
    ("POST", "/api/lessons/{lesson_id}/cancel"): ACTS | {OWNER: 202},
    ("GET", "/api/bookings/{booking_id}"): READS,
    ("POST", "/api/bookings/{booking_id}/room"): READS,
    ("POST", "/api/bookings/{booking_id}/consent"): READS,
    ("POST", "/api/bookings/{booking_id}/end"): {OWNER: 202, STUDENT: 403} | dict.fromkeys(STRANGERS, 404),
    ("GET", "/api/livekit/token"): {OWNER: 200, STUDENT: 200} | dict.fromkeys(STRANGERS, 403),
    ("POST", "/api/livekit/recording"): {OWNER: 200, STUDENT: 403} | dict.fromkeys(STRANGERS, 403),
    ("GET", "/api/vocabulary"): EVERYBODY,
    ("PUT", "/api/vocabulary"): dict.fromkeys((OWNER, OTHER_TUTOR), 200)
    | dict.fromkeys((STUDENT, CLASSMATE, OTHER_STUDENT), 403),
    ("POST", "/api/uploads"): dict.fromkeys((OWNER, OTHER_TUTOR), 201)
    | dict.fromkeys((STUDENT, CLASSMATE, OTHER_STUDENT), 403),
}
"""Temporal is away here, so that what is allowed to act answers 503."""

OPEN = {
    ("POST", "/api/webhooks/livekit"),
    ("POST", "/api/webhooks/deepgram/{secret}"),
    ("GET", "/api/unsubscribe"),
    ("POST", "/api/unsubscribe"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/files/{bucket}/{key}"),
    ("PUT", "/files/{bucket}/{key}"),
}


def place_of(operation: Operation) -> tuple[str, str]:
    path = re.sub(r":\w+}", "}", operation.path)
    return ("HEAD" if path.endswith("/events") else operation.method), path


def actors(school: School) -> dict[str, str | None]:
    return {
        OWNER: school.people.tutor,
        STUDENT: school.people.student_user,
        CLASSMATE: school.classmate.student_user,
        OTHER_TUTOR: school.strangers.tutor,
        OTHER_STUDENT: school.strangers.student_user,
    }


def request_of(method: str, path: str, school: School) -> tuple[str, str, object]:
    body: object = None
    if (method, path) == ("POST", "/api/lessons"):
        key = f"lessons/{school.lesson.booking_id}/one.mp4"
        body = {"recording": key, "booking_id": school.lesson.booking_id}
    booking_id = school.lesson.booking_id
    if (method, path) == ("PUT", "/api/vocabulary"):
        body = {"terms": []}
    if path.endswith("/consent"):
        body = {"purpose": "record", "given": True, "version": VERSION}
    if path.endswith("/livekit/recording"):
        body = {"roomName": booking_id, "action": "stop"}
    if path.endswith("/livekit/token"):
        path += f"?booking_id={booking_id}"
    return method, path.format(lesson_id=school.lesson.lesson_id, booking_id=booking_id, format="vtt"), body


def test_the_matrix_has_every_route() -> None:
    listed = {place_of(operation) for operation in OPERATIONS}
    assert listed == MATRIX.keys() | OPEN
    assert {place_of(one) for one in OPERATIONS if one.open} == OPEN
    assert all(page.open and page.method == "GET" for page in PAGES)


@pytest.mark.parametrize(("method", "path"), MATRIX)
async def test_everybody_gets_what_is_hers_and_no_more(
    method: str, path: str, visitor: httpx2.AsyncClient, school: School
) -> None:
    method, url, body = request_of(method, path, school)
    answers = {
        actor: (await visitor.request(method, url, json=body, headers=as_(person))).status_code
        for actor, person in actors(school).items()
    }
    assert answers == MATRIX[method, path]
    assert (await visitor.request(method, url, json=body)).status_code == 401


@pytest.mark.parametrize(("method", "path"), [place for place in MATRIX if "_id" in place[1]])
async def test_an_unknown_lesson_or_booking_is_told_like_a_foreign_one(
    method: str, path: str, visitor: httpx2.AsyncClient, school: School
) -> None:
    method, url, body = request_of(method, path, school)
    headers = as_(school.strangers.tutor)
    foreign = await visitor.request(method, url, json=body, headers=headers)
    unknown = await visitor.request(
        method, re.sub(OURS.format(school.lesson), str(uuid4()), url), json=body, headers=headers
    )
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)
    assert foreign.status_code == 404


async def test_a_list_has_only_what_is_hers(visitor: httpx2.AsyncClient, school: School) -> None:
    seen = {}
    for actor, person in actors(school).items():
        answer = await visitor.get("/api/lessons", headers=as_(person))
        seen[actor] = [lesson["id"] for lesson in answer.json()["items"]]
    assert len(seen[OWNER]) == 2
    assert seen[STUDENT] == [school.lesson.lesson_id]
    assert len(seen[CLASSMATE]) == 1
    assert seen[OTHER_TUTOR] == seen[OTHER_STUDENT] == [school.foreign.lesson_id]


async def test_a_student_sees_what_the_tutor_has_looked_at(visitor: httpx2.AsyncClient, school: School) -> None:
    here = f"/api/lessons/{school.lesson.lesson_id}"
    seen = {}
    for person in (school.people.tutor, school.people.student_user):
        answers = {name: (await visitor.get(f"{here}/{name}", headers=as_(person))).json()["items"] for name in LISTS}
        lesson = (await visitor.get(here, headers=as_(person))).json()
        seen[person] = {name: len(items) for name, items in answers.items()}
        assert lesson["counts"] == seen[person] | {"chunks": 1}
        assert (lesson["temporal_ui"] is not None) == (person == school.people.tutor)
        assert {clip["viral_score"] for clip in answers["clips"]} == (
            {0.9, 0.7, 0.5} if person == school.people.tutor else {None}
        )
    assert seen == {
        school.people.tutor: {"mistakes": 2, "drills": 2, "clips": 3},
        school.people.student_user: {"mistakes": 1, "drills": 1, "clips": 1},
    }


OURS = "{0.lesson_id}|{0.booking_id}"
LISTS = ("mistakes", "drills", "clips")
TABLES = (
    "studio.lessons",
    "studio.lesson_stages",
    "studio.lesson_mistakes",
    "studio.lesson_chunks",
    "public.lesson_recordings",
    "public.lesson_drills",
    "public.learning_roadmaps",
    "public.bookings",
    "public.students",
    "public.profiles",
)


async def test_without_claims_postgres_shows_nothing(school: School) -> None:
    async with as_person(school.services["sessions"], {}) as session:
        counts = {table: await session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES}
    assert counts == dict.fromkeys(TABLES, 0)
    async with school.services["sessions"]() as session:
        assert all([await session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES])
