"""Everything that goes wrong is told in one way, by a documented code, and without what nobody should see."""

import ast
import json
import logging
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect

from api import problems
from api.grouping import GroupedInbox
from api.problems import OF_LESSONS, Problem, all_errors, documented, problem_of
from api.routes import OPERATIONS
from api.services import Services
from db.session import Sessions
from lessons.capture import Arrival
from lessons.classroom import Closed
from lessons.errors import LessonError, NoDiskSpace, StorageUnavailable
from tests.api.conftest import School, asked, services_on
from tests.api.signing import as_, egress_ended, webhook_token

ROOT = Path(problems.__file__).parent.parent


def called(name: str, at: int, *folders: str) -> set[str]:
    """The texts that are written as this argument of calls of a name."""
    calls = [
        node
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args[at:]
    ]
    texts = [node for call in calls for node in ast.walk(call.args[at]) if isinstance(node, ast.Constant)]
    return {node.value for node in texts if isinstance(node.value, str)}


def test_every_code_is_documented_and_every_documented_code_is_used() -> None:
    told = called("Problem", 0, "api") | set(problems.OF_STATUS.values()) | set(Closed)
    lessons = called("Failure", 1, "db", "workflows", "activities")
    errors = {error.code for error in all_errors(LessonError)}
    assert told <= documented().keys()
    assert lessons <= documented().keys()
    assert problems.KINDS.keys() == told
    assert documented().keys() == told | errors | OF_LESSONS.keys()
    assert {code for operation in OPERATIONS for code in operation.problems} <= documented().keys()


def test_every_code_says_what_it_means_and_what_to_do() -> None:
    for code, kind in documented().items():
        assert code == code.lower()
        assert kind.sentence.endswith(".")
        assert kind.remedy.endswith(".")
        assert kind.status in (0, 400, 401, 403, 404, 405, 409, 410, 413, 416, 422, 500, 503, 507)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/lessons/not-a-uuid", 404, "not_found"),
        ("PATCH", "/api/lessons", 405, "method_not_allowed"),
        ("GET", "/api/webhooks/livekit", 405, "method_not_allowed"),
        ("GET", "/api/lessons", 401, "no_token"),
    ],
)
async def test_a_problem_has_one_shape(
    method: str, path: str, status: int, code: str, visitor: httpx2.AsyncClient
) -> None:
    answer = await visitor.request(method, path)
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told.keys() == {"type", "title", "status", "detail", "code"}
    assert (told["type"], told["status"], told["code"]) == (f"http://studio.test/problems/{code}", status, code)
    page = await visitor.get(told["type"])
    assert (page.status_code, code in page.text) == (200, True)


async def test_a_method_that_is_not_allowed_tells_which_are(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.request("DELETE", "/api/lessons")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


async def test_every_code_has_a_page_and_a_line_in_the_list(visitor: httpx2.AsyncClient) -> None:
    listed = (await visitor.get("/problems")).text
    for code, kind in documented().items():
        assert f'href="/problems/{code}"' in listed
        page = await visitor.get(f"/problems/{code}")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert kind.sentence.replace("'", "&#x27;") in page.text.replace("&quot;", '"')
    assert (await visitor.get("/problems/nothing")).status_code == 404


class BrokenInbox(GroupedInbox):
    async def store(self, arrival: Arrival) -> None:
        raise LookupError("the student said hunter2")


async def test_what_nobody_foresaw_is_told_without_its_text(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    services["inbox"] = BrokenInbox(services["sessions"])
    body = json.dumps(egress_ended("room")).encode()
    with caplog.at_level(logging.ERROR):
        async with asked(services) as client:
            answer = await client.post(
                "/api/webhooks/livekit", content=body, headers={"authorization": webhook_token(body)}
            )
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "LookupError" in caplog.text
    assert "test_problems.py" in caplog.text
    assert "hunter2" not in caplog.text + answer.text


async def test_without_postgres_every_read_is_asked_to_come_again(
    sessions: Sessions, database_url: str, tmp_path: Path, school: School
) -> None:
    own, elsewhere = await services_on(sessions, database_url, tmp_path), school.services["sessions"]
    async with asked(own) as client, elsewhere() as session:
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        await connection.execute(text(f"ALTER DATABASE {database_url.rpartition('/')[2]} ALLOW_CONNECTIONS false"))
        answer = await client.get("/api/lessons", headers=as_(school.people.tutor))
        ready = await client.get("/readyz")
        await connection.execute(text(f"ALTER DATABASE {database_url.rpartition('/')[2]} ALLOW_CONNECTIONS true"))
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")


def test_errors_of_the_storage_keep_their_codes() -> None:
    told = [problem_of(error) for error in (NoDiskSpace(), StorageUnavailable(), ClientDisconnect(), OSError())]
    assert [(one.status_code, one.code) for one in told] == [
        (507, "no_disk_space"),
        (503, "storage_unavailable"),
        (400, "bad_request"),
        (503, "database_unavailable"),
    ]


async def test_a_fault_of_ours_in_the_database_is_not_called_an_absence(services: Services) -> None:
    async with services["sessions"]() as session:
        with pytest.raises(DBAPIError) as failed:
            await session.execute(text("SELECT 1 / 0"))
    assert problem_of(failed.value).code == "internal"


def test_a_problem_tells_its_own_detail_where_it_has_one() -> None:
    assert Problem("not_found", "There is no such letter.").detail == "There is no such letter."
