"""The call, with a real LiveKit server between two real browsers' pages."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
from livekit import rtc
from playwright.async_api import Browser, expect

from studio.children import side_by_side
from tests.browser.conftest import Lesson, Visit, visits_to
from tests.browser.guests import Guest
from tests.browser.standin import StandIn
from tests.conftest import tell
from tests.livekit.participants import RATE, Person, in_the_room
from tests.livekit.servers import LiveKitServer, livekit_server


async def test_the_two_see_and_hear_each_other(lesson: Lesson) -> None:
    for guest in (lesson.tutor, lesson.student):
        assert await guest.has_picture("#remote")
        assert await guest.has_picture("#self")
        assert await guest.loudest() >= 0.01
        await expect(guest.page.locator("#remote .quality")).to_have_attribute("aria-label", re.compile("Connection: "))


async def test_whoever_speaks_is_marked(visit: Visit, booking: StandIn) -> None:
    loud = np.random.default_rng(1).integers(-9000, 9000, 2 * RATE, np.int16)
    speaking = Person(booking.livekit.url, booking.token("tutor"), loud, time.time())
    async with visit("student") as student, in_the_room(speaking):
        await student.join()
        await student.reads("#remote .name", "Mira <b>Novak</b>")
        await expect(student.page.locator("#remote")).to_have_class("tile dark")
        await speaking.speak()
        await expect(student.page.locator("#remote")).to_contain_class("speaking", timeout=20_000)


async def test_what_one_turns_off_the_other_sees(lesson: Lesson) -> None:
    muted = lesson.tutor.page.locator("#remote .muted")
    await expect(muted).to_be_hidden()
    await lesson.student.page.get_by_role("button", name="Mute").click()
    await expect(muted).to_be_visible()
    await lesson.student.page.get_by_role("button", name="Turn camera off").click()
    await lesson.tutor.reads("#remote", "Lucía Fernández, camera off")
    await lesson.student.page.get_by_role("button", name="Unmute").click()
    await lesson.student.page.get_by_role("button", name="Turn camera on").click()
    await expect(muted).to_be_hidden()
    assert await lesson.tutor.has_picture("#remote")


async def test_messages_are_text_whatever_stands_in_them(lesson: Lesson) -> None:
    tutor, student = lesson.tutor, lesson.student
    evil = '<img src=x onerror="alert(1)"> <b>Hola</b>'
    await student.page.click("#open-chat")
    await student.page.keyboard.type(evil)
    await student.page.keyboard.press("Enter")
    await tutor.reads("#unread", "1")
    await tutor.page.get_by_role("button", name="Chat, 1 new").click()
    await expect(tutor.page.locator("#messages li")).to_have_text(f"Lucía Fernández{evil}")
    await expect(student.page.locator("#messages li")).to_have_text(f"You{evil}")
    assert await tutor.page.locator("#messages img").count() == 0
    for guest in (tutor, student):
        await guest.page.click("#close-chat")


@asynccontextmanager
async def recorder_in(booking: StandIn) -> AsyncIterator[None]:
    """A recorder in the room, which Studio has record; it does nothing else, and stays until the block is left."""
    recorder, booking.recording = rtc.Room(), True
    await recorder.connect(booking.livekit.url, booking.recorder_token())
    try:
        yield
    finally:
        await recorder.disconnect()
        booking.recording = False
        booking.problems.clear()


async def test_the_badge_tells_of_a_recorder_that_is_really_there(lesson: Lesson) -> None:
    both = (lesson.tutor, lesson.student)
    await both[0].reads("#rec", "This lesson is not being recorded.")
    async with recorder_in(lesson.booking):
        for guest in both:
            await guest.reads("#rec", "This lesson is being recorded.")
            await expect(guest.page.locator("#remote .name")).not_to_contain_text("EG_")
    for guest in both:
        await guest.reads("#rec", "This lesson is not being recorded.")


async def test_a_recorder_that_records_nothing_is_not_told_of(lesson: Lesson) -> None:
    async with recorder_in(lesson.booking):
        await lesson.student.reads("#rec", "This lesson is being recorded.")
        lesson.booking.recording = False
        await lesson.student.reads("#rec", "This lesson is not being recorded.")
        await expect(lesson.student.page.locator("#rec")).not_to_contain_class("on")
        await lesson.student.reads("#news", "This lesson is not being recorded.")
        lesson.booking.recording = True
        await lesson.student.reads("#rec", "This lesson is being recorded.")


async def test_while_studio_does_not_answer_a_recorder_in_the_room_is_believed(lesson: Lesson) -> None:
    async with recorder_in(lesson.booking):
        lesson.booking.recording = False
        await lesson.student.reads("#rec", "This lesson is not being recorded.")
        lesson.booking.problems["show"] = (503, "database_unavailable")
        await lesson.student.reads("#rec", "This lesson is being recorded.")


async def test_what_the_other_one_answers_in_the_lesson_is_said(both: tuple[Guest, Guest]) -> None:
    tutor, student = both
    for guest in both:
        await guest.page.click("#open-settings")
        await guest.page.check("[name=record]")
    await student.reads("#consequence", "is recorded when Mira <b>Novak</b> agrees too")
    await tutor.page.uncheck("[name=record]")
    await student.reads("#consequence", "because Mira <b>Novak</b> has not agreed to it")


async def test_a_shared_screen_is_what_the_other_one_looks_at(lesson: Lesson) -> None:
    tutor, student = lesson.tutor, lesson.student
    await tutor.page.evaluate(
        "navigator.mediaDevices.getDisplayMedia = () => navigator.mediaDevices.getUserMedia({video: true})"
    )
    await tutor.page.get_by_role("button", name="Share screen").click()
    await student.reads("#news", "is sharing the screen")
    await tutor.reads("#sharing", "You are sharing your screen.")
    assert await student.has_picture("#screen")
    assert await student.has_picture("#remote")
    for width in (1280, 768, 360):
        assert await student.sticks_out(width) == []
    await tutor.page.get_by_role("button", name="Stop sharing").click()
    await expect(student.page.locator("#screen")).to_be_hidden()


async def test_consent_can_be_withdrawn_in_the_lesson(visit: Visit, booking: StandIn) -> None:
    async with visit("student") as student:
        await student.join("record")
        await student.page.click("#open-settings")
        await student.page.uncheck("[name=record]")
        await student.reads("#news", "the recording stops now")
        assert booking.consents["student"]["record"] is False
        booking.problems["consent"] = (503, "database_unavailable")
        await student.page.click("[name=record]")
        await student.reads("#consent-trouble", "could not be saved")
        await student.reads("#consequence", "will not be recorded, because you have not agreed")
        await expect(student.page.locator("[name=record]")).not_to_be_checked()


async def test_the_tutor_ends_the_lesson_for_both(both: tuple[Guest, Guest], booking: StandIn) -> None:
    tutor, student = both
    await expect(student.page.locator("#end")).to_be_hidden()
    await tutor.page.get_by_role("button", name="End lesson").click()
    await tutor.page.get_by_role("button", name="Go on with the lesson").click()
    assert "end tutor" not in booking.asked
    await tutor.page.get_by_role("button", name="End lesson").click()
    await tutor.page.locator("#ending").get_by_role("button", name="End lesson").click()
    await tutor.reads("#after", "You have ended it for both of you.")
    await student.reads("#after", "The room was closed.")
    await expect(student.page.locator("#return")).to_be_hidden()


async def test_whoever_was_not_told_by_the_room_that_the_lesson_was_ended_leaves_it_all_the_same(
    both: tuple[Guest, Guest], booking: StandIn
) -> None:
    _, student = both
    booking.ended = True
    await student.reads("#after", "The room was closed.")


async def test_whoever_leaves_can_come_back(both: tuple[Guest, Guest]) -> None:
    tutor, student = both
    await student.page.get_by_role("button", name="Leave").click()
    await student.reads("#after", "It goes on without you")
    await tutor.reads("#remote .name", "Waiting for Lucía Fernández…")
    await student.page.get_by_role("button", name="Return to the lesson").click()
    await student.join()
    assert await tutor.has_picture("#remote")


async def test_a_second_tab_takes_over_from_the_first(visit: Visit) -> None:
    async with visit("student") as first, visit("student") as second:
        await first.join()
        await second.join()
        await first.reads("#notice", "You have joined in another tab or on another device")
        await first.page.get_by_role("button", name="Use this tab").click()
        await first.join()
        await second.reads("#notice", "You have joined in another tab or on another device")


async def test_whoever_is_removed_is_told_so(visit: Visit, booking: StandIn) -> None:
    async with visit("student") as student:
        await student.join()
        await booking.remove("student")
        await student.reads("#notice", "You were removed from the lesson")


async def test_a_lost_connection_is_told_and_taken_up_again(browser: Browser, tmp_path: Path) -> None:
    server = LiveKitServer()
    booking = StandIn(server)
    async with AsyncExitStack() as running, visits_to(booking, browser) as visit, visit("student") as student:
        await running.enter_async_context(side_by_side([livekit_server(server, tmp_path)], tmp_path, tell))
        await student.page.clock.install()
        await student.join()
        await running.aclose()
        await student.reads("#reconnecting", "Reconnecting, please wait")
        while await student.page.locator("#call").is_visible():
            await student.page.clock.run_for(1000)
        await student.reads("#notice", "The connection was lost")
        await student.page.get_by_role("button", name="Try again").click()
        await student.page.click("#join")
        await student.reads("#join-trouble", "The classroom does not answer")


async def test_the_page_is_usable_without_a_mouse_and_without_eyes(visit: Visit) -> None:
    async with visit("tutor") as tutor:
        await tutor.sees("prejoin")
        reachable, reached = await tutor.tabbed()
        assert set(reachable) <= reached
        assert await tutor.nameless() == []
        await tutor.page.focus("#join")
        await tutor.page.keyboard.press("Enter")
        await tutor.sees("call")
        assert await tutor.page.evaluate("document.activeElement.id") == "call-title"
        for opener in ("#open-chat", "#open-settings"):
            await tutor.page.focus(opener)
            await tutor.page.keyboard.press("Space")
            reachable, reached = await tutor.tabbed()
            assert len(reachable) > 7
            assert set(reachable) <= reached
            assert await tutor.nameless() == []
            assert await tutor.sticks_out(360) == []
        await tutor.page.focus("#close-settings")
        await tutor.page.keyboard.press("Escape")
        assert await tutor.page.evaluate("document.activeElement.id") == "open-settings"


async def test_every_view_fits_a_telephone(visit: Visit, booking: StandIn) -> None:
    booking.process("transcribe")
    async with visit("tutor", locale="es") as tutor:
        await tutor.sees("prejoin")
        assert await tutor.sticks_out(360) == []
        await tutor.join()
        assert await tutor.sticks_out(360) == []
        await tutor.page.click("#end")
        assert await tutor.sticks_out(360) == []
        await tutor.page.click("#stay")
        await tutor.page.click("#leave")
        await tutor.reads("#stages", "45 %")
        assert await tutor.sticks_out(360) == []
