"""The API's description is right, whole, and readable."""

import re
from typing import Any

import httpx2
import pytest
from openapi_spec_validator import validate
from starlette.routing import Route

from api.app import create_app
from api.openapi import plain
from api.routes import OPERATIONS, PAGES, SUBTITLES
from tests.api.conftest import School


@pytest.fixture
async def document(visitor: httpx2.AsyncClient) -> Any:
    return (await visitor.get("/api/openapi.json")).json()


async def test_it_is_openapi_3_1(document: Any) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "http://studio.test"}]


async def test_every_route_is_described(document: Any, school: School) -> None:
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    routes = [route for route in create_app(school.services).routes if isinstance(route, Route)]
    served = {(method, plain(route.path)) for route in routes for method in route.methods or () if method != "HEAD"}
    pages = {("GET", plain(page.path)) for page in PAGES} | {("GET", "/docs"), ("GET", "/api/openapi.json")}
    assert described == served - pages


async def test_every_operation_says_what_it_does_and_what_can_go_wrong(document: Any) -> None:
    names = []
    for path, operations in document["paths"].items():
        for operation in operations.values():
            names.append(operation["operationId"])
            assert operation["summary"].endswith("."), path
            parameters = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert parameters == set(re.findall(r"{(\w+)}", path))
            is_open = operation.get("security") == []
            assert ("401" in operation["responses"]) != is_open or path == "/api/webhooks/livekit"
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("path", "status", "media_types"),
    [
        ("/readyz", "503", {"application/json"}),
        ("/files/{bucket}/{key}", "206", {"application/octet-stream", "multipart/byteranges"}),
        ("/files/{bucket}/{key}", "400", {"application/problem+json"}),
        ("/files/{bucket}/{key}", "416", {"application/problem+json"}),
        *(
            (f"/api/lessons/{{lesson_id}}/transcript{ending}", "200", {"application/json", *SUBTITLES})
            for ending in ("", ".{format}")
        ),
    ],
)
async def test_every_answer_is_described_as_it_is_sent(
    document: Any, path: str, status: str, media_types: set[str]
) -> None:
    assert document["paths"][path]["get"]["responses"][status]["content"].keys() == media_types


async def test_people_can_read_it_too(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.get("/docs")
    assert answer.status_code == 200
    for operation in OPERATIONS:
        assert f"{operation.method} {plain(operation.path)}</code>" in answer.text
    assert not re.search(r"<script|https?://(?!studio\.test)", answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_links_on_the_page_lead_somewhere(visitor: httpx2.AsyncClient) -> None:
    page = (await visitor.get("/docs")).text
    links = set(re.findall(r'href="([^"]+)"', page))
    assert len(links) > 10
    for link in links:
        assert f'id="{link[1:]}"' in page if link[0] == "#" else (await visitor.get(link)).status_code == 200
