"""A studio that hears by Deepgram: chosen by settings alone, and looked at by the doctor."""

import subprocess
import sys
from collections.abc import Callable, Iterator

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


def test_only_who_is_to_call_back_is_asked_to(whole: Whole) -> None:
    assert calling_back(by_deepgram(whole, "http://127.0.0.1:1", delivery="callback"))
    assert calling_back(by_deepgram(whole, "http://127.0.0.1:1")) is None
    assert calling_back(whole()) is None


def test_who_is_to_be_called_back_needs_a_public_address(whole: Whole) -> None:
    with pytest.raises(Trouble, match="STUDIO_API__PUBLIC_URL is missing"):
        required(by_deepgram(whole, "http://127.0.0.1:1", delivery="callback"))
    with pytest.raises(Trouble) as told:
        required(by_deepgram(whole, "http://127.0.0.1:1", delivery="url"))
    assert "PUBLIC_URL" not in str(told.value)


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


async def test_a_deepgram_that_is_away_or_something_else_is_told(whole: Whole, server: DeepgramStandIn) -> None:
    for base_url in (f"http://127.0.0.1:{any_port()}", server.base_url):
        server.projects = HTML
        [found] = await speech(by_deepgram(whole, base_url))
        assert (found.state, "STUDIO_SPEECH__BASE_URL" in found.fix) == (State.WRONG, True)
