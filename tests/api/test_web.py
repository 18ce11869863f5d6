"""How the classroom's page is served."""

import json
import re

import httpx2
import pytest

from api.web import WEB, places_of

ROOM = "/2b0c6d2e-7a57-4b86-9f0e-3f8a3f3f1c11/room"
VENDOR = "/web/vendor/livekit-client.umd.js"


async def test_the_page_needs_no_token_and_is_kept_nowhere(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.get(ROOM)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["permissions-policy"] == "camera=(self), microphone=(self), display-capture=(self)"


async def test_the_page_may_run_and_reach_only_what_is_ours(visitor: httpx2.AsyncClient) -> None:
    policy = dict(
        one.strip().split(" ", 1) for one in (await visitor.get(ROOM)).headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert re.fullmatch(r"'self' wss?://\S+ https?://\S+", policy["connect-src"])


@pytest.mark.parametrize("path", ["/nobody/room", "/..%2f/room", "/web/..%2fpyproject.toml", "/web/", "/web/none.js"])
async def test_what_is_no_page_is_not_found(path: str, visitor: httpx2.AsyncClient) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_our_files_are_asked_for_anew_and_sent_only_when_they_have_changed(visitor: httpx2.AsyncClient) -> None:
    first = await visitor.get("/web/room.js")
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-type"].startswith("text/javascript")
    again = await visitor.get("/web/room.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")


async def test_livekit_s_file_is_kept_under_its_version(visitor: httpx2.AsyncClient) -> None:
    page = (WEB / "room.html").read_text()
    wanted = json.loads((WEB / "package.json").read_text())["dependencies"]["livekit-client"]
    assert f"{VENDOR}?v={wanted}" in page
    answer = await visitor.get(VENDOR)
    if answer.status_code == 200:
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    else:
        assert "immutable" not in answer.headers.get("cache-control", "")


def test_the_lock_pins_every_package_by_hash_and_names_no_registry() -> None:
    lock = (WEB / "package-lock.json").read_text()
    packages = {name: one for name, one in json.loads(lock)["packages"].items() if name}
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert "resolved" not in lock


def test_the_page_has_no_script_or_style_of_its_own_between_its_lines() -> None:
    page = (WEB / "room.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]+src=)", page)
    code = "".join(path.read_text() for path in WEB.glob("*.js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", code)


def test_every_sentence_is_there_in_both_languages() -> None:
    english, spanish = (WEB / "words.js").read_text().split("\n  es: {")
    keys = [set(re.findall(r"^    (\w+): \"", text, re.MULTILINE)) for text in (english, spanish)]
    assert keys[0] == keys[1]
    page = (WEB / "room.html").read_text()
    assert set(re.findall(r"data-(?:say|label|hint)=\"(\w+)\"", page)) <= keys[0]
    holes = [re.findall(r"^    (\w+): .*?(\{.*)", text, re.MULTILINE) for text in (english, spanish)]
    named = [{key: set(re.findall(r"\{(\w+)\}", rest)) for key, rest in found} for found in holes]
    assert named[0] == named[1]


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("ws://127.0.0.1:7880", ["ws://127.0.0.1:7880", "http://127.0.0.1:7880"]),
        ("wss://rtc.school.example", ["wss://rtc.school.example", "https://rtc.school.example"]),
        (
            "wss://school.livekit.cloud",
            [
                "wss://school.livekit.cloud",
                "wss://*.livekit.cloud",
                "https://school.livekit.cloud",
                "https://*.livekit.cloud",
            ],
        ),
    ],
)
def test_the_page_may_reach_its_livekit_server(url: str, places: list[str]) -> None:
    assert places_of(url) == places
