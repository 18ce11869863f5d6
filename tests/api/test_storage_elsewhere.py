"""A front whose files are on S3: it hands out links to the storage, and serves no file itself."""

import os
from pathlib import Path

import httpx2
import pytest

from api.services import Services
from providers.s3 import S3FileStore
from studio.client import StudioClient
from studio.trouble import Trouble
from tests.api.conftest import School, asked, served
from tests.api.signing import as_
from tests.vendors.s3 import s3_stand_in
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


async def test_a_file_that_the_storage_does_not_take_is_refused_before_it_is_sent(
    services: Services, school: School, tmp_path: Path
) -> None:
    (tmp_path / "lesson.mp4").write_bytes(b"too long")
    with s3_stand_in() as server:
        store = S3FileStore("recordings", server.endpoint, "key", "secret", largest=7)
        front: Services = {**services, "recordings": store, "buckets": {}}
        async with served(front) as url, httpx2.AsyncClient(base_url=url, headers=as_(school.people.tutor)) as http:
            refused = await http.post("/api/uploads", json={"bytes": 8})
            taken = await http.post("/api/uploads", json={"bytes": 7})
            with pytest.raises(Trouble, match=r"8 bytes; the storage takes 7\. Export the recording"):
                await StudioClient(http).upload(tmp_path / "lesson.mp4")
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert (taken.status_code, taken.json()["largest"]) == (201, 7)
    assert server.requests == []
