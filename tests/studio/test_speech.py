"""A studio that hears by Deepgram: chosen by settings alone, and looked at by the doctor."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from providers.deepgram import DeepgramTranscriber
from studio.checking.finding import State
from studio.checking.speech import speech
from studio.configuration import required
from studio.ports import any_port
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import calling_back, transcriber
from tests.vendors.deepgram import HTML, KEY, DeepgramStandIn, deepgram_stand_in

Whole = Callable[..., Settings]


@pytest.fixture
def server() -> Iterator[DeepgramStandIn]:
    with deepgram_stand_in() as running:
        yield running


def by_deepgram(whole: Whole, base_url: str, **named: object) -> Settings:
    return whole(speech={"provider": "deepgram", "api_key": KEY, "base_url": base_url} | named)


def test_every_setting_reaches_the_provider(whole: Whole) -> None:
    settings = by_deepgram(whole, "http://127.0.0.1:1", model="nova-2", delivery="upload", at_once=3)
    chosen = transcriber(settings)
    assert isinstance(chosen, DeepgramTranscriber)
    assert chosen == DeepgramTranscriber(KEY, "http://127.0.0.1:1", "nova-2", "upload", 3)
    assert KEY not in repr(chosen)


def test_only_who_is_to_call_back_is_asked_to_and_hears_no_more_at_once_for_it(whole: Whole) -> None:
    called_back, waited_for = (by_deepgram(whole, "http://127.0.0.1:1", delivery=how) for how in ("callback", "url"))
    listener = transcriber(called_back)
    assert id(calling_back(called_back, listener)) == id(listener)
    assert calling_back(waited_for, transcriber(waited_for)) is None
    assert calling_back(whole(), transcriber(whole())) is None


def test_who_is_to_be_called_back_needs_a_public_address(whole: Whole) -> None:
    with pytest.raises(Trouble, match="STUDIO_API__PUBLIC_URL is missing"):
        required(by_deepgram(whole, "http://127.0.0.1:1", delivery="callback"))
    with pytest.raises(Trouble) as told:
        required(by_deepgram(whole, "http://127.0.0.1:1", delivery="url"))
    assert "PUBLIC_URL" not in str(told.value)


VENDOR = "https://api.deepgram.com"
ELSEWHERE, HERE = "https://s3.example", "http://127.0.0.1:8333"


def s3(endpoint: str, sign_endpoint: str | None = None) -> dict[str, str | None]:
    places = {"endpoint": endpoint, "sign_endpoint": sign_endpoint}
    return {"provider": "s3", "access_key": "id", "secret_key": "key"} | places


@pytest.mark.parametrize(
    ("storage", "base_url", "delivery"),
    [
        ({"provider": "disk"}, VENDOR, "upload"),
        ({"provider": "disk"}, HERE, "upload"),
        (s3(ELSEWHERE), VENDOR, "url"),
        (s3("http://storage:8333", ELSEWHERE), VENDOR, "url"),
        (s3(HERE), VENDOR, "upload"),
        (s3(ELSEWHERE, "http://localhost:8333"), VENDOR, "upload"),
        (s3(HERE), HERE, "url"),
        (s3("http://storage:8333"), VENDOR, "upload"),
        (s3("http://192.168.1.5"), VENDOR, "upload"),
        (s3("http://[fe80::1]:9000"), VENDOR, "upload"),
        (s3("http://minio.local"), VENDOR, "upload"),
        (s3("http://host.docker.internal:9000"), VENDOR, "upload"),
        (s3("https://9.9.9.9"), VENDOR, "url"),
        (s3("http://storage:8333"), "http://deepgram:8080", "url"),
        (s3("http://storage:8333"), HERE, "url"),
        (s3(HERE), "http://deepgram:8080", "upload"),
        (s3("http://storage:8333"), "https://speech.school.example", "upload"),
    ],
)
def test_the_sound_is_fetched_from_where_deepgram_reaches_it_and_else_sent(
    whole: Whole, storage: dict[str, str], base_url: str, delivery: str
) -> None:
    chosen = transcriber(by_deepgram(partial(whole, storage=storage), base_url))
    assert isinstance(chosen, DeepgramTranscriber)
    assert chosen.delivery == delivery


@pytest.mark.parametrize(
    ("storage", "public_url", "delivery", "named"),
    [
        ({"provider": "disk"}, None, "url", ["STUDIO_API__PUBLIC_URL"]),
        ({"provider": "disk"}, "http://localhost:8000", "url", ["STUDIO_API__PUBLIC_URL"]),
        ({"provider": "disk"}, "http://[::1]:8000", "callback", ["STUDIO_API__PUBLIC_URL"]),
        (s3(HERE), ELSEWHERE, "url", ["STUDIO_STORAGE__ENDPOINT"]),
        (
            s3(ELSEWHERE, HERE),
            "http://127.0.0.1",
            "callback",
            ["STUDIO_STORAGE__SIGN_ENDPOINT", "STUDIO_API__PUBLIC_URL"],
        ),
        (
            s3("http://storage:8333"),
            "http://10.0.0.5",
            "callback",
            ["STUDIO_STORAGE__ENDPOINT", "STUDIO_API__PUBLIC_URL"],
        ),
    ],
)
def test_what_deepgram_is_to_reach_and_cannot_is_refused_at_the_start(
    whole: Whole, storage: dict[str, str], public_url: str | None, delivery: str, named: list[str]
) -> None:
    chosen = {"provider": "deepgram", "api_key": KEY, "delivery": delivery}
    with pytest.raises(Trouble) as trouble:
        whole(speech=chosen, storage=storage, api={"public_url": public_url})
    told = str(trouble.value).split("\n")
    assert [one.split(" needs a ")[1].split()[0] for one in told] == named
    assert all("STUDIO_SPEECH__DELIVERY=upload" in one for one in told)


@pytest.mark.parametrize("base_url", ["http://deepgram:8080", "https://speech.school.example"])
def test_a_deepgram_that_may_be_in_our_network_fetches_from_it_where_that_is_set(whole: Whole, base_url: str) -> None:
    chosen = {"provider": "deepgram", "api_key": KEY, "base_url": base_url, "delivery": "url"}
    assert transcriber(whole(speech=chosen, storage=s3("http://storage:8333")))


def test_files_on_disk_are_fetched_where_the_public_address_is_elsewhere(whole: Whole) -> None:
    chosen = {"provider": "deepgram", "api_key": KEY, "delivery": "url"}
    assert transcriber(whole(speech=chosen, storage={"secret_key": "s"}, api={"public_url": ELSEWHERE}))


def test_a_studio_that_hears_by_itself_does_not_import_deepgram() -> None:
    program = "import sys, studio.crewing, studio.fronting; sys.exit('deepgram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


async def test_the_doctor_tells_how_quickly_deepgram_answers_and_what_is_left(
    whole: Whole, server: DeepgramStandIn
) -> None:
    [found] = await speech(by_deepgram(whole, server.base_url))
    assert (found.part, found.state) == ("speech", State.FINE)
    assert found.said.startswith("Deepgram answers in ")
    assert found.said.endswith(" ms; 42.50 usd left")
    assert server.listened == []


async def test_what_runs_on_this_machine_is_looked_at_with_it(whole: Whole) -> None:
    assert await speech(whole()) == []


async def test_a_wrong_key_is_told_with_its_setting_and_not_itself(whole: Whole, server: DeepgramStandIn) -> None:
    [found] = await speech(by_deepgram(whole, server.base_url, api_key="planted-wrong-key"))
    assert (found.state, "STUDIO_SPEECH__API_KEY" in found.said) == (State.WRONG, True)
    assert "planted" not in found.said + found.fix


async def test_a_key_that_may_only_transcribe_is_not_called_wrong(whole: Whole, server: DeepgramStandIn) -> None:
    server.manages = False
    [found] = await speech(by_deepgram(whole, server.base_url))
    assert (found.state, found.said.partition("; ")[2]) == (State.FINE, "its key is good, but may not see the account")
    [found] = await speech(by_deepgram(whole, server.base_url, api_key="planted-wrong-key"))
    assert found.state is State.WRONG


async def test_an_address_that_can_be_none_is_told_with_its_setting(whole: Whole) -> None:
    settings = by_deepgram(whole, VENDOR)
    odd = settings.speech.model_copy(update={"base_url": "https://api.deepgram.com:99999"})
    [found] = await speech(settings.model_copy(update={"speech": odd}))
    assert (found.state, "STUDIO_SPEECH__BASE_URL" in found.said) == (State.WRONG, True)


async def test_a_deepgram_that_is_away_or_something_else_is_told(whole: Whole, server: DeepgramStandIn) -> None:
    for base_url in (f"http://127.0.0.1:{any_port()}", server.base_url):
        server.projects = HTML
        [found] = await speech(by_deepgram(whole, base_url))
        assert (found.state, "STUDIO_SPEECH__BASE_URL" in found.fix) == (State.WRONG, True)
