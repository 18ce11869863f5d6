"""Letters are stopped by the link in them: by one click of a mail client, or by a button, but not by a look."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import text

from tests.api.conftest import School
from tests.rows import new_people


async def wants_letters(school: School, student_id: str) -> bool | None:
    async with school.services["sessions"]() as session:
        asked = text("SELECT email_lesson_updates FROM public.students WHERE id = :id")
        return bool(await session.scalar(asked, {"id": student_id}))


@pytest.fixture
async def link(school: School) -> AsyncIterator[str]:
    """The link in a letter to the classmate; she wants letters again afterwards."""
    yield school.services["opt_out"].link_for("student", school.classmate.student)
    async with school.services["sessions"].begin() as session:
        await session.execute(text("UPDATE public.students SET email_lesson_updates = true, native_language = 'es'"))


async def test_a_mail_client_stops_letters_by_one_click(visitor: httpx2.AsyncClient, school: School, link: str) -> None:
    for _ in range(2):
        answer = await visitor.post(link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "No recibirás más correos" in answer.text
    assert not await wants_letters(school, school.classmate.student)
    assert await wants_letters(school, school.people.student)


async def test_a_link_that_is_only_looked_at_shows_a_button_and_stops_nothing(
    visitor: httpx2.AsyncClient, school: School, link: str
) -> None:
    for look in (visitor.get, visitor.head):
        answer = await look(link)
        assert answer.status_code == 200
        assert "form-action 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
    page = (await visitor.get(link)).text
    assert '<html lang="es">' in page
    assert '<form method="post"><button>No recibir más</button></form>' in page
    assert not re.search(f"action=|{school.classmate.student}|students.example", page)
    assert await wants_letters(school, school.classmate.student)


async def test_who_speaks_a_language_without_words_is_asked_in_english(
    visitor: httpx2.AsyncClient, school: School, link: str
) -> None:
    async with school.services["sessions"].begin() as session:
        await session.execute(text("UPDATE public.students SET native_language = 'ja'"))
    assert "Stop these letters" in (await visitor.get(link)).text
    assert "You will get no more letters" in (await visitor.post(link)).text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_nobody_made_stops_nothing(
    visitor: httpx2.AsyncClient, school: School, link: str, method: str
) -> None:
    tutors = school.services["opt_out"].link_for("tutor", school.classmate.student)
    for forged in (link[:-1], link.replace("student.", "tutor."), tutors, link.partition("?")[0]):
        answer = await visitor.request(method, forged)
        assert (answer.status_code, answer.json()["code"]) == (403, "bad_link")
    assert await wants_letters(school, school.classmate.student)


async def test_the_link_of_a_student_who_is_no_more_says_the_same(visitor: httpx2.AsyncClient, school: School) -> None:
    answer = await visitor.post(school.services["opt_out"].link_for("student", new_people().student))
    assert (answer.status_code, "no more letters" in answer.text) == (200, True)
