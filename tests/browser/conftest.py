"""People with a browser, in front of the classroom's page."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, ViewportSize, async_playwright

from tests.api.conftest import serving
from tests.browser.guests import Guest, guest_in
from tests.browser.standin import StandIn
from tests.livekit.conftest import livekit as livekit
from tests.livekit.conftest import livekit_is_here as livekit_is_here
from tests.livekit.servers import LiveKitServer

VENDOR = Path(__file__).parent.parent.parent / "web" / "vendor"
HOW_TO_GET_IT = "the classroom's page is not looked at: apt install chromium, and make web"
ALWAYS = ("--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns")
ALLOWED, DEVICES = "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=5"
DESK = ViewportSize(width=1280, height=800)


class Visit(Protocol):
    """Have somebody open the page; she has left when the block ends."""

    def __call__(
        self, role: str, view: ViewportSize = DESK, locale: str = "en-GB", browser: Browser | None = None
    ) -> AbstractAsyncContextManager[Guest]: ...


@pytest.fixture(scope="session")
def browser_is_here() -> str:
    """The program of the browser; skip where it, or what the page needs, is not there, unless it is required."""
    program = shutil.which("chromium")
    if program is None or not VENDOR.is_dir():
        required = "browser" in os.environ.get("STUDIO_TEST_REQUIRE", "").split(",")
        (pytest.fail if required else pytest.skip)(HOW_TO_GET_IT)
    return program or ""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright(browser_is_here: str) -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(playwright: Playwright, browser_is_here: str) -> AsyncIterator[Browser]:
    """A browser with a camera and a microphone, which every page may use."""
    async with launched(playwright, browser_is_here, ALLOWED, DEVICES) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def wary_browser(playwright: Playwright, browser_is_here: str) -> AsyncIterator[Browser]:
    """A browser with a camera and a microphone, which no page may use."""
    async with launched(playwright, browser_is_here, DEVICES) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def bare_browser(playwright: Playwright, browser_is_here: str) -> AsyncIterator[Browser]:
    """A browser without a camera and a microphone."""
    async with launched(playwright, browser_is_here, ALLOWED) as browser:
        yield browser


@asynccontextmanager
async def launched(playwright: Playwright, program: str, *flags: str) -> AsyncIterator[Browser]:
    browser = await playwright.chromium.launch(executable_path=program, args=[*ALWAYS, *flags])
    try:
        yield browser
    finally:
        await browser.close()


@pytest.fixture
def booking(livekit: LiveKitServer) -> StandIn:
    return StandIn(livekit)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(booking: StandIn, browser: Browser) -> AsyncIterator[Visit]:
    async with visits_to(booking, browser) as visit:
        yield visit


@asynccontextmanager
async def visits_to(booking: StandIn, usual: Browser) -> AsyncIterator[Visit]:
    async with serving(booking.app()) as url:

        def visit(
            role: str, view: ViewportSize = DESK, locale: str = "en-GB", browser: Browser | None = None
        ) -> AbstractAsyncContextManager[Guest]:
            return guest_in(browser or usual, f"{url}/{booking.booking_id}/room", role, view, locale)

        yield visit


@pytest_asyncio.fixture(loop_scope="session")
async def both(visit: Visit) -> AsyncIterator[tuple[Guest, Guest]]:
    """Tutor and student in the call."""
    async with visit("tutor") as tutor, visit("student") as student:
        await tutor.join()
        await student.join()
        yield tutor, student


@dataclass(frozen=True)
class Lesson:
    """A call in which tutor and student stay."""

    booking: StandIn
    tutor: Guest
    student: Guest


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lesson(livekit: LiveKitServer, browser: Browser) -> AsyncIterator[Lesson]:
    """One for all tests that leave it as they have found it."""
    booking = StandIn(livekit)
    async with visits_to(booking, browser) as visit, visit("tutor") as tutor, visit("student") as student:
        await tutor.join()
        await student.join()
        yield Lesson(booking, tutor, student)
