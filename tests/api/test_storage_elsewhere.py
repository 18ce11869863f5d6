"""A front whose files are on S3: it hands out links to the storage, and serves no file itself."""

import os
from pathlib import Path

import httpx2
import pytest

from api.services import Services
from studio.client import StudioClient
from tests.api.conftest import School, asked, served
from tests.api.signing import as_
from tests.vendors.seaweed import Seaweed


@pytest.fixture
def elsewhere(services: Services, seaweed: Seaweed) -> Services:
    return {**services, "recordings": seaweed.store("recordings"), "buckets": {}}


async def test_there_are_no_files_on_this_front(elsewhere: Services) -> None:
    async with asked(elsewhere) as client:
        answer = await client.get("/files/recordings/lessons/one/a.mp4?expires=1&signature=1")
        described = (await client.get("/api/openapi.json")).json()["paths"]
    assert answer.status_code == 404
    assert "/api/uploads" in described
    assert [path for path in described if path.startswith("/files")] == []


async def test_a_tutor_s_client_uploads_to_the_storage_itself(
    elsewhere: Services, school: School, seaweed: Seaweed, tmp_path: Path
) -> None:
    lesson = os.urandom(700_000)
    (tmp_path / "lesson.mp4").write_bytes(lesson)
    async with served(elsewhere) as url, httpx2.AsyncClient(base_url=url, headers=as_(school.people.tutor)) as http:
        key = await StudioClient(http).upload(tmp_path / "lesson.mp4")
    assert key.startswith(f"imports/{school.people.tutor}/")
    assert await seaweed.store("recordings").read(key, len(lesson)) == lesson
