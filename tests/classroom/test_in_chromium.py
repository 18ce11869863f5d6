"""A student who has nothing but her link and a browser."""

import wave
from pathlib import Path

from playwright.async_api import Playwright, expect

from tests.browser.conftest import ALLOWED, DESK, DEVICES, launched
from tests.browser.guests import guest_in
from tests.classroom.calls import PLANTED, STUDENT, TUTOR, book, heard, likeness, planted, speak, voices
from tests.end_to_end.studios import Studio
from tests.livekit.participants import RATE, Voice, in_the_room

PROCESSED_WITHIN = 240_000


def microphone(voice: Voice, file: Path) -> str:
    """The browser's switch for a microphone into which somebody says this, over and over."""
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, RATE, len(voice), "NONE", ""))
        sound.writeframes(voice.tobytes())
    return f"--use-file-for-fake-audio-capture={file}"


async def test_a_student_agrees_joins_speaks_leaves_and_sees_what_is_made_of_it(
    studio: Studio, playwright: Playwright, browser_is_here: str, tmp_path: Path
) -> None:
    call = await book(studio)
    place, _, token = call.links[STUDENT].partition("#t=")
    flags = ALLOWED, DEVICES, microphone(planted(), tmp_path / "student.wav")
    tutor = await call.person(TUTOR, voices()[0])
    async with (
        in_the_room(tutor),
        launched(playwright, browser_is_here, *flags) as browser,
        guest_in(browser, place, token, DESK, "en-GB") as student,
    ):
        await student.join("record", "ai", "marketing")
        await student.reads("#rec", "This lesson is being recorded.")
        await speak(tutor)
        await student.page.click("#leave")
        await student.reads("#after-title", "You have left the lesson")
        await call.end()
        await expect(student.page.locator("#standing")).to_have_text("All done.", timeout=PROCESSED_WITHIN)
        await student.reads("#made", "A link to the classroom does not show what was made of the lesson.")
        await expect(student.page.locator("#counts")).to_be_empty()
    results = await call.results()
    assert likeness(results, TUTOR) > 0.8, heard(results, TUTOR)
    assert heard(results, STUDENT).count(PLANTED) > 1, heard(results, STUDENT)
    assert PLANTED not in heard(results, TUTOR)
