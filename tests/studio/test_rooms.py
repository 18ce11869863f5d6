"""Whether a LiveKit server will do, as the doctor and the API's log tell it."""

import asyncio
import logging
from collections.abc import Callable, Iterator

import pytest

from studio.checking.finding import State
from studio.checking.rooms import log_trouble, rooms
from studio.ports import any_port
from studio.settings import Settings
from tests.vendors.twirp import Pretending, pretended

Own = Callable[..., Settings]
SECRET = "a secret of at least thirty-two characters"


@pytest.fixture
def server() -> Iterator[Pretending]:
    with pretended() as server:
        yield server


def on(whole: Own, url: str) -> Settings:
    return whole(livekit={"url": url, "api_secret": SECRET})


async def test_a_server_that_takes_our_key_is_fine(whole: Own, server: Pretending) -> None:
    [found] = await rooms(on(whole, server.url))
    assert (found.part, found.state) == ("rooms", State.FINE)


async def test_a_wrong_key_is_told_with_the_settings_to_correct(whole: Own, server: Pretending) -> None:
    server.status, server.body = 401, b'{"code": "unauthenticated", "msg": "invalid token: eyJ"}'
    [found] = await rooms(on(whole, server.url))
    assert (found.state, found.said) == (State.WRONG, "the server refuses our key")
    assert found.fix == "Correct STUDIO_LIVEKIT__API_KEY and STUDIO_LIVEKIT__API_SECRET."


async def test_clocks_that_are_apart_are_told(whole: Own, server: Pretending) -> None:
    server.ahead = 300
    [found] = await rooms(on(whole, server.url))
    assert found.state is State.WRONG
    assert found.said.startswith("its clock and ours are")
    assert found.fix == "Set both by NTP."


async def test_a_server_that_does_not_answer_is_told_with_its_setting(whole: Own) -> None:
    [found] = await rooms(on(whole, f"ws://127.0.0.1:{any_port()}"))
    assert found.state is State.WRONG
    assert "STUDIO_LIVEKIT__URL" in found.fix


async def test_without_a_server_nobody_is_asked(whole: Own) -> None:
    [found] = await rooms(whole())
    assert found.state is State.OFF


async def test_the_api_s_log_names_the_setting_in_one_line(
    whole: Own, server: Pretending, caplog: pytest.LogCaptureFixture
) -> None:
    server.status, server.body = 401, b"{}"
    await log_trouble(on(whole, server.url))
    [line] = [record for record in caplog.records if record.name == "studio.rooms"]
    assert line.levelno == logging.ERROR
    assert "STUDIO_LIVEKIT__API_SECRET" in line.getMessage()
    assert SECRET not in line.getMessage()


async def test_a_server_that_is_fine_or_still_starting_leaves_no_line(
    whole: Own, server: Pretending, caplog: pytest.LogCaptureFixture
) -> None:
    await log_trouble(on(whole, server.url))
    await log_trouble(whole())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await log_trouble(on(whole, f"ws://127.0.0.1:{any_port()}"))
    assert [record for record in caplog.records if record.name == "studio.rooms"] == []
