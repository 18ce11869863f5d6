"""What only S3 is asked: faults of the server and of the settings, told without a secret, and nothing asked twice."""

import asyncio
import os
import traceback
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from lessons.errors import (
    LessonError,
    OperatorAction,
    RecordingMissing,
    StorageUnavailable,
)
from lessons.ports import Cut, FileStore, Progress
from providers.ffmpeg import FfmpegClipCutter
from providers.media import PyAvMediaReader
from providers.s3 import LARGEST, PART, RANGE, S3FileStore
from studio.ports import any_port
from tests.providers.conftest import SAMPLES
from tests.vendors.passing import in_front_of
from tests.vendors.s3 import STALL, Fault, S3StandIn, refusal, s3_stand_in
from tests.vendors.seaweed import Seaweed

KEY = "lessons/16fd2706/audio-0.m4a"
SECRETS = ("planted", "16fd2706", "127.0.0.1", "audio-0", "://")
EVERYTHING = ("size", "read", "put", "delete", "delete below", "check")


@pytest.fixture
def server() -> Iterator[S3StandIn]:
    with s3_stand_in() as server:
        server.objects[f"recordings/{KEY}"] = b"sound" * 200
        yield server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"sound")
    return path


def store_at(endpoint: str, patience: float = 5.0, largest: int = LARGEST, read_back: int = RANGE) -> S3FileStore:
    return S3FileStore(
        "recordings",
        endpoint,
        "planted-key",
        "planted-secret",
        patience=patience,
        largest=largest,
        read_back=read_back,
    )


def asked(store: FileStore, what: str, file: Path) -> Awaitable[object]:
    questions: dict[str, Callable[[], Awaitable[object]]] = {
        "size": lambda: store.size(KEY),
        "read": lambda: store.read(KEY, 5000),
        "put": lambda: store.put(KEY, file, "audio/mp4"),
        "delete": lambda: store.delete(KEY),
        "delete below": lambda: store.delete("lessons/16fd2706/"),
        "check": store.check,
    }
    return questions[what]()


async def refused(question: Awaitable[object]) -> LessonError:
    """The error; whatever of it is shown or logged holds no key, address or secret."""
    with pytest.raises(LessonError) as caught:
        await question
    logged = "".join(traceback.format_exception(caught.value))
    assert [secret for secret in SECRETS if secret in logged] == []
    return caught.value


@pytest.mark.parametrize("what", EVERYTHING)
@pytest.mark.parametrize(
    "fault",
    [refusal(503, "SlowDown"), refusal(500, "InternalError"), Fault(502, body="<html>"), refusal(429, "TooMany")],
    ids=lambda fault: str(fault.status),
)
async def test_a_server_that_is_down_or_busy_is_unavailable_and_asked_once(
    what: str, fault: Fault, server: S3StandIn, file: Path
) -> None:
    server.always = fault
    error = await refused(asked(store_at(server.endpoint), what, file))
    assert isinstance(error, StorageUnavailable)
    assert f"status {fault.status}" in error.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize("what", EVERYTHING)
async def test_a_server_that_says_nothing_is_given_up_and_asked_once(what: str, server: S3StandIn, file: Path) -> None:
    server.always = STALL
    assert isinstance(await refused(asked(store_at(server.endpoint, 0.3), what, file)), StorageUnavailable)
    assert len(server.requests) == 1


async def test_a_reset_in_the_middle_of_a_read_is_unavailable_and_asked_once(server: S3StandIn, file: Path) -> None:
    server.always = Fault(resets_after=300)
    assert isinstance(await refused(asked(store_at(server.endpoint), "read", file)), StorageUnavailable)
    assert server.requests == [f"GET /recordings/{KEY}"]


@pytest.mark.parametrize("what", EVERYTHING)
async def test_a_server_that_is_not_there_is_unavailable(what: str, file: Path) -> None:
    store = store_at(f"http://127.0.0.1:{any_port()}")
    assert isinstance(await refused(asked(store, what, file)), StorageUnavailable)


@pytest.mark.parametrize("what", EVERYTHING)
@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (refusal(400, "AuthorizationHeaderMalformed"), "STUDIO_STORAGE__REGION"),
        (refusal(301, "PermanentRedirect"), "STUDIO_STORAGE__REGION"),
        (refusal(404, "NoSuchBucket"), "make the bucket, or correct STUDIO_STORAGE__ENDPOINT"),
        (Fault(404, body="not found"), "STUDIO_STORAGE__ENDPOINT"),
        (refusal(403, "InvalidAccessKeyId"), "STUDIO_STORAGE__ACCESS_KEY"),
        (refusal(403, "SignatureDoesNotMatch"), "STUDIO_STORAGE__SECRET_KEY, or STUDIO_STORAGE__REGION"),
        (refusal(403, "AccessDenied"), "STUDIO_STORAGE__ACCESS_KEY"),
        (refusal(403, "RequestTimeTooSkewed"), "clock"),
    ],
)
async def test_what_only_an_operator_can_mend_names_the_setting(
    what: str, fault: Fault, named: str, server: S3StandIn, file: Path
) -> None:
    server.always = fault
    error = await refused(asked(store_at(server.endpoint), what, file))
    assert isinstance(error, OperatorAction)
    assert named in error.detail


@pytest.mark.parametrize("wrong", [{"access_key": "planted-key"}, {"secret_key": "planted-secret"}])
@pytest.mark.parametrize("what", ["size", "read", "put", "check"])
async def test_a_wrong_key_names_the_setting_on_a_real_server_too(
    what: str, wrong: dict[str, str], seaweed: Seaweed, file: Path
) -> None:
    error = await refused(asked(replace(seaweed, **wrong).store("recordings"), what, file))
    assert isinstance(error, OperatorAction)
    assert f"STUDIO_STORAGE__{next(iter(wrong)).upper()}" in error.detail


@pytest.mark.parametrize("what", EVERYTHING)
async def test_a_missing_bucket_is_not_taken_for_a_missing_recording(what: str, seaweed: Seaweed, file: Path) -> None:
    error = await refused(asked(seaweed.store("nowhere"), what, file))
    assert isinstance(error, OperatorAction)
    assert "make the bucket" in error.detail


async def test_an_object_that_appears_late_is_missing_until_then_and_tried_for_so_long(
    server: S3StandIn, file: Path
) -> None:
    store, missing = store_at(server.endpoint), RecordingMissing()
    whole = server.objects.pop(f"recordings/{KEY}")
    assert await store.size(KEY) is None
    assert isinstance(await refused(store.read(KEY, 5000)), RecordingMissing)
    server.objects[f"recordings/{KEY}"] = whole
    assert await store.size(KEY) == len(whole)
    assert missing.tries is not None
    assert missing.after is not None
    assert (missing.tries - 1) * missing.after.total_seconds() >= 30


@pytest.fixture
def large(tmp_path: Path) -> Path:
    (tmp_path / "large").write_bytes(os.urandom(PART + 1))
    return tmp_path / "large"


DRAFT = f"/recordings/{KEY}.incoming"


async def test_a_large_file_is_sent_once_under_another_key_and_then_moved(server: S3StandIn, large: Path) -> None:
    await store_at(server.endpoint).put(KEY, large, "audio/mp4")
    assert server.objects == {f"recordings/{KEY}": large.read_bytes()}
    assert server.requests == [
        *(f"POST {DRAFT}", f"PUT {DRAFT}", f"PUT {DRAFT}", f"POST {DRAFT}"),
        *(f"HEAD {DRAFT}", f"PUT /recordings/{KEY}", "POST /recordings"),
    ]


async def test_a_large_file_that_arrived_in_part_gets_no_key(server: S3StandIn, large: Path) -> None:
    server.script.extend([None, None, None, None, Fault(200, body="half")])
    assert isinstance(await refused(store_at(server.endpoint).put(KEY, large, "audio/mp4")), StorageUnavailable)
    assert server.objects[f"recordings/{KEY}"] == b"sound" * 200
    await store_at(server.endpoint).put(KEY, large, "audio/mp4")
    assert server.objects == {f"recordings/{KEY}": large.read_bytes()}


async def test_a_file_that_is_too_large_for_a_copy_goes_straight_to_its_key(server: S3StandIn, large: Path) -> None:
    server.largest = PART
    await store_at(server.endpoint, largest=PART).put(KEY, large, "audio/mp4")
    assert server.objects == {f"recordings/{KEY}": large.read_bytes()}
    assert [one for one in server.requests if DRAFT in one] == []
    assert isinstance(await refused(store_at(server.endpoint).put(KEY, large, "audio/mp4")), OperatorAction)


async def test_a_file_that_is_too_large_for_a_copy_is_not_sent_where_an_object_is(
    server: S3StandIn, large: Path
) -> None:
    await store_at(server.endpoint, largest=PART).put(KEY, large, "audio/mp4", replace=False)
    assert server.objects == {f"recordings/{KEY}": b"sound" * 200}
    assert server.requests == [f"HEAD /recordings/{KEY}"]


async def test_a_file_that_is_too_large_for_a_copy_takes_the_place_of_none_that_comes_meanwhile(
    server: S3StandIn, large: Path
) -> None:
    store, other = store_at(server.endpoint, largest=PART), f"{KEY}2"
    large.write_bytes(os.urandom(3 * PART + 1))
    server.comes[f"recordings/{other}"] = b"somebody else's"
    await store.put(other, large, "audio/mp4", replace=False)
    assert server.objects[f"recordings/{other}"] == b"somebody else's"
    assert server.requests[-1] == f"DELETE /recordings/{other}"
    assert [key for key in server.objects if "#" in key] == []
    await store.put(f"{KEY}3", large, "audio/mp4", replace=False)
    assert server.objects[f"recordings/{KEY}3"] == large.read_bytes()


@pytest.mark.parametrize("replacing", [True, False])
async def test_a_file_that_is_too_large_for_a_copy_arrives_whole_on_a_real_server(
    seaweed: Seaweed, large: Path, replacing: bool
) -> None:
    key, largest = f"lessons/16fd2706/huge-{replacing}.mp4", PART
    store = S3FileStore("recordings", seaweed.endpoint, seaweed.access_key, seaweed.secret_key, largest=largest)
    await store.put(key, large, "video/mp4", replace=replacing)
    assert await store.read(key, 2 * PART) == large.read_bytes()
    async with in_front_of(seaweed.endpoint.removeprefix("http://"), forged) as address:
        store = S3FileStore("recordings", f"http://{address}", seaweed.access_key, seaweed.secret_key, largest=largest)
        large.write_bytes(b"The sound" + os.urandom(PART))
        error = await refused(store.put(f"{key}2", large, "video/mp4", replace=replacing))
    assert (type(error), "other bytes" in error.detail) == (StorageUnavailable, True)
    assert await seaweed.store("recordings").size(f"{key}2") is None


async def test_a_copy_may_take_as_long_as_its_size_wants(server: S3StandIn, large: Path) -> None:
    server.script.extend([*[None] * 5, Fault(late=3.0)])
    await store_at(server.endpoint, patience=2.0).put(KEY, large, "audio/mp4")
    assert server.objects == {f"recordings/{KEY}": large.read_bytes()}


async def test_how_long_an_answer_may_take_does_not_bound_what_is_read_back(server: S3StandIn, large: Path) -> None:
    server.makes_own_etags, server.rate = True, PART // 4
    await store_at(server.endpoint, patience=2.0, read_back=PART // 4).put(KEY, large, "audio/mp4")
    assert server.objects == {f"recordings/{KEY}": large.read_bytes()}
    assert sum(one.startswith("GET ") for one in server.requests) == 5


def forged(sent: bytes) -> bytes:
    return sent.replace(b"The sound", b"Something")


@pytest.mark.parametrize("size", [1000, PART + 1])
async def test_a_file_of_which_other_bytes_arrive_gets_no_key_on_a_real_server(
    seaweed: Seaweed, tmp_path: Path, size: int
) -> None:
    key, whole, honest = f"lessons/16fd2706/forged-{size}.m4a", tmp_path / "whole", seaweed.store("recordings")
    whole.write_bytes(b"The sound" + os.urandom(size))
    async with in_front_of(seaweed.endpoint.removeprefix("http://"), forged) as address:
        store = replace(seaweed, endpoint=f"http://{address}").store("recordings")
        error = await refused(store.put(key, whole, "audio/mp4"))
    assert (type(error), "other bytes" in error.detail) == (StorageUnavailable, True)
    assert await honest.size(key) is None
    await honest.put(key, whole, "audio/mp4")
    assert await honest.size(key) == whole.stat().st_size


@pytest.mark.parametrize("size", [1000, PART + 1])
async def test_a_server_with_etags_of_its_own_is_asked_for_what_arrived(
    server: S3StandIn, tmp_path: Path, size: int
) -> None:
    server.makes_own_etags, whole = True, tmp_path / "whole"
    whole.write_bytes(b"The sound" + os.urandom(size))
    await store_at(server.endpoint).put(KEY, whole, "audio/mp4")
    assert server.objects == {f"recordings/{KEY}": whole.read_bytes()}
    assert sum(one.startswith("GET ") for one in server.requests) == 1
    async with in_front_of(server.endpoint.removeprefix("http://"), forged) as address:
        error = await refused(store_at(f"http://{address}").put(KEY, whole, "audio/mp4"))
    assert (type(error), "other bytes" in error.detail) == (StorageUnavailable, True)


async def test_a_part_that_is_refused_is_not_sent_again_and_the_upload_is_taken_back(
    server: S3StandIn, large: Path
) -> None:
    server.script.extend([None, refusal(503, "SlowDown"), refusal(503, "SlowDown")])
    assert isinstance(await refused(store_at(server.endpoint).put(KEY, large, "audio/mp4")), StorageUnavailable)
    begun, *others = server.requests
    assert (begun, others.count(f"DELETE {DRAFT}")) == (f"POST {DRAFT}", 1)
    assert [one for one in others if not one.startswith("DELETE")] in ([f"PUT {DRAFT}"], [f"PUT {DRAFT}"] * 2)


async def test_a_link_that_has_expired_is_refused(seaweed: Seaweed, file: Path) -> None:
    store = seaweed.store("recordings")
    await store.put(KEY, file, "audio/mp4")
    lasting, brief = await store.signed_url(KEY), await store.signed_url(KEY, 1)
    async with httpx2.AsyncClient() as http:
        assert (await http.get(lasting)).status_code == 200
        while (answer := await http.get(brief)).status_code == 200:
            await asyncio.sleep(0.1)
    assert answer.status_code == 403


async def test_a_link_is_signed_for_the_host_that_outsiders_use(seaweed: Seaweed) -> None:
    inside = "http://storage.internal:8333"
    store = S3FileStore("recordings", inside, seaweed.access_key, seaweed.secret_key, sign_endpoint=seaweed.endpoint)
    url = await store.signed_url("lessons/none/audio.m4a")
    assert url.startswith(f"{seaweed.endpoint}/recordings/lessons/none/audio.m4a?")
    async with httpx2.AsyncClient() as http:
        assert (await http.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("endpoint", "public_url", "expected"),
    [
        ("https://s3.test", None, "https://s3.test/marketing-clips/a.mp4"),
        ("https://s3.test", "https://cdn.test/clips", "https://cdn.test/clips/a.mp4"),
        (
            "https://ref.supabase.co/storage/v1/s3",
            None,
            "https://ref.supabase.co/storage/v1/object/public/marketing-clips/a.mp4",
        ),
    ],
)
def test_the_public_address_of_an_object(endpoint: str, public_url: str | None, expected: str) -> None:
    store = S3FileStore("marketing-clips", endpoint, "key", "secret", public_url=public_url)
    assert store.public_url("a.mp4") == expected


async def test_our_own_processes_read_by_the_endpoint_that_they_write_to(seaweed: Seaweed, file: Path) -> None:
    store = S3FileStore(
        "recordings", seaweed.endpoint, seaweed.access_key, seaweed.secret_key, sign_endpoint="http://elsewhere.test"
    )
    await store.put(KEY, file, "audio/mp4")
    assert (await store.signed_url(KEY)).startswith("http://elsewhere.test/")
    async with httpx2.AsyncClient() as http:
        assert (await http.get(await store.near_url(KEY))).content == file.read_bytes()


async def test_a_path_in_the_endpoint_stays_in_what_is_signed() -> None:
    store = S3FileStore("recordings", "https://ref.supabase.co/storage/v1/s3", "key", "secret", region="eu-west-1")
    url = await store.signed_url("a.mp4", 60)
    assert url.startswith("https://ref.supabase.co/storage/v1/s3/recordings/a.mp4?")
    assert "%2Feu-west-1%2Fs3%2F" in url
    assert "X-Amz-Expires=60&" in url


@pytest.mark.parametrize(
    ("endpoint", "outside", "key", "setting"),
    [
        ("http://127.0.0.1:99999", None, "key", "STUDIO_STORAGE__ENDPOINT"),
        ("http://exämple", None, "key", "STUDIO_STORAGE__ENDPOINT"),
        ("http://127.0.0.1:1", "http://[bad", "key", "STUDIO_STORAGE__SIGN_ENDPOINT"),
        ("http://127.0.0.1:1", None, "no\nkey", "STUDIO_STORAGE__ACCESS_KEY"),
        ("http://127.0.0.1:1", None, "  ", "STUDIO_STORAGE__ACCESS_KEY"),
    ],
)
def test_what_no_storage_has_is_told_by_its_setting(endpoint: str, outside: str | None, key: str, setting: str) -> None:
    with pytest.raises(OperatorAction, match=setting):
        S3FileStore("recordings", endpoint, key, "planted", sign_endpoint=outside)


async def test_variables_of_aws_decide_nothing(monkeypatch: pytest.MonkeyPatch, seaweed: Seaweed, file: Path) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "another",
        "AWS_SESSION_TOKEN": "token",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_REGION": "eu-north-1",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
    }.items():
        monkeypatch.setenv(name, value)
    store = seaweed.store("recordings")
    await store.put("lessons/aws/one", file, "audio/mp4")
    assert await store.size("lessons/aws/one") == 5
    assert "us-east-1" in await store.signed_url("lessons/aws/one")


EXPIRED = refusal(403, "AccessDenied")
RESET = Fault(resets_after=1000)


@pytest.mark.parametrize("fault", [EXPIRED, RESET, refusal(503, "SlowDown")], ids=["expired", "reset", "busy"])
async def test_a_recording_whose_link_fails_in_the_middle_is_unavailable_and_not_bad(
    fault: Fault, server: S3StandIn, tmp_path: Path, no_progress: Progress
) -> None:
    server.objects[f"recordings/{KEY}"] = (SAMPLES / "lesson.mp4").read_bytes()
    url = await store_at(server.endpoint).signed_url(KEY)
    server.script.append(None)
    server.always = fault
    with pytest.raises(StorageUnavailable):
        await PyAvMediaReader().read(url, tmp_path / "audio.m4a", no_progress)
    assert len(server.requests) > 1


@pytest.mark.parametrize("fault", [EXPIRED, RESET], ids=["expired", "reset"])
async def test_a_clip_whose_link_fails_in_the_middle_is_unavailable_and_not_failed(
    fault: Fault, server: S3StandIn, tmp_path: Path, ffmpeg_binary: Path, no_progress: Progress
) -> None:
    server.objects[f"recordings/{KEY}"] = (SAMPLES / "lesson.mp4").read_bytes()
    url = await store_at(server.endpoint).signed_url(KEY)
    server.script.append(None)
    server.always = fault
    with pytest.raises(StorageUnavailable):
        await FfmpegClipCutter(ffmpeg_binary).cut(Cut(url, 30, 50, (), True), tmp_path / "clip.mp4", no_progress)
    assert len(server.requests) > 1
