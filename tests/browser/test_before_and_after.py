"""The page before the lesson, when nobody can get in, and after it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Route, expect

from lessons.classroom import Closed
from lessons.messages import Nothing
from tests.browser.conftest import Visit
from tests.browser.standin import StandIn

RATIOS = """async () => {
    const { contrast, paint, DARK, LIGHT } = await import("/web/brand.js");
    const ratios = [], parts = (style, name) => style.getPropertyValue(name).match(/\\d+/g).map(Number);
    for (const hex of ["#000000", "#ffffff", "#ffe000", "#7a3ff2", "#808080"])
        for (const ground of [DARK, LIGHT]) {
            const { style } = document.createElement("p");
            paint({ style }, hex, ground);
            const [fill, on, ink] = ["--brand", "--on-brand", "--brand-ink"].map(name => parts(style, name));
            ratios.push([contrast(fill, on), 4.5], [contrast(ink, ground), 4.5], [contrast(fill, ground), 3]);
        }
    return ratios;
}"""


async def test_consent_is_kept_before_anybody_gets_in(visit: Visit, booking: StandIn) -> None:
    async with visit("student") as student:
        await student.reads("#consequence", "will not be recorded, because you have not agreed")
        await student.page.check("[name=record]")
        await student.reads("#consequence", "is recorded when Mira <b>Novak</b> agrees too")
        await student.reads("#consequence", "No computer will work on it")
        await student.page.check("[name=ai]")
        await expect(student.page.locator("#consequence")).not_to_contain_text("computer")
        await student.join()
    answers = ["consent student record True", "consent student ai True", "consent student marketing False"]
    assert [one for one in booking.asked if one != "show"] == [*answers, "enter student"]


@pytest.mark.parametrize(("held", "sentence"), [(False, "because you have not agreed"), (True, "when Mira")])
async def test_whoever_changes_her_mind_while_it_is_saved_is_told_what_studio_holds(
    held: bool, sentence: str, visit: Visit, booking: StandIn
) -> None:
    booking.consents["student"] = {"record": held}
    booking.answering.clear()
    async with visit("student") as student:
        await student.sees("prejoin")
        join, record = student.page.locator("#join"), student.page.locator("[name=record]")
        await record.set_checked(not held)
        await student.reads("#consequence", "Your choice is being saved")
        await record.set_checked(held)
        await expect(join).to_be_disabled()
        booking.answering.set()
        await expect(join).to_be_enabled()
        await student.reads("#consequence", sentence)
    assert booking.consents["student"] == {"record": held}
    assert booking.asked[1:] == [f"consent student record {given}" for given in (not held, held)]


async def test_nobody_gets_in_before_her_last_choice_is_kept(visit: Visit, booking: StandIn) -> None:
    async with visit("student") as student:
        booking.answering.clear()
        await student.page.click("#join")
        await student.page.check("[name=record]")
        booking.answering.set()
        await student.sees("call")
    assert booking.consents["student"] == {"record": True, "ai": False, "marketing": False}
    assert booking.asked.index("consent student record True") < booking.asked.index("enter student")


async def test_an_answer_that_was_kept_although_nobody_was_told_so_counts(visit: Visit, booking: StandIn) -> None:
    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    async with visit("student") as student:
        await student.page.route("**/consent", lose)
        await student.page.check("[name=record]")
        await student.reads("#consequence", "is recorded when Mira <b>Novak</b> agrees too")
        await expect(student.page.locator("#consent-trouble")).to_be_empty()
        booking.problems["show"] = (503, "database_unavailable")
        await student.page.uncheck("[name=record]")
        await student.reads("#consequence", "agreed to be recorded is not certain now")
        await student.reads("#consent-trouble", "No answer came")
        await student.page.unroute("**/consent")
        await student.join()
    assert booking.consents["student"]["record"] is False


async def test_whoever_declines_to_be_recorded_gets_in_and_is_told_so(visit: Visit, booking: StandIn) -> None:
    async with visit("student") as student:
        await student.join()
        await student.reads("#rec", "This lesson is not being recorded.")
    assert booking.consents["student"] == {"record": False, "ai": False, "marketing": False}


async def test_what_the_other_one_has_declined_is_said(visit: Visit, booking: StandIn) -> None:
    booking.consents = {"tutor": {"record": False}, "student": {"record": True, "ai": True, "marketing": True}}
    async with visit("student") as student:
        await student.reads("#consequence", "because Mira <b>Novak</b> has not agreed to it")
        await student.join()
    assert [one for one in booking.asked if one != "show"] == ["enter student"]


async def test_the_link_s_token_leaves_the_address_and_stays_with_its_tab(visit: Visit) -> None:
    async with visit("student") as student:
        await student.sees("prejoin")
        assert "#" not in student.page.url
        other = await student.page.context.new_page()
        await other.goto(f"{student.page.url}#t=tutor")
        await expect(other.locator("h1:visible")).to_have_text("Lesson with Lucía Fernández")
        await student.page.reload()
        await student.reads("#prejoin-title", "Lesson with Mira <b>Novak</b>")


async def test_the_page_speaks_spanish_to_whoever_reads_it(visit: Visit) -> None:
    async with visit("student", locale="es-ES") as student:
        await student.reads("#join", "Entrar en la clase")
        await student.reads("#consents", "Grabar el sonido y la imagen")
        assert await student.page.evaluate("document.documentElement.lang") == "es"


async def test_the_microphone_s_level_is_shown(visit: Visit) -> None:
    async with visit("student") as student:
        await expect(student.page.locator("#level")).to_have_attribute("aria-valuenow", re.compile("^([6-9]|..+)$"))
        await student.page.click("#preview-mic")
        await expect(student.page.locator("#level")).to_have_attribute("aria-valuenow", "0")
        assert await student.has_picture("#preview")


async def test_without_a_token_the_page_asks_for_the_link(visit: Visit) -> None:
    async with visit("") as nobody:
        await nobody.reads("#notice", "opens only by the link that was sent to you")


async def test_without_its_video_part_the_page_says_who_has_to_do_what(visit: Visit) -> None:
    async with visit("student") as student:
        await student.page.route("**/vendor/**", lambda route: route.fulfill(status=404))
        await student.page.reload()
        await student.reads("#notice", "has to run “make web” once")


@pytest.mark.parametrize(
    ("closed", "sentence"),
    [
        (Closed.TOO_LATE, "This lesson ended a while ago."),
        (Closed.CANCELLED, "Arrange a new time."),
        (Closed.NOT_STUDIO, "Ask your tutor where you meet."),
    ],
)
async def test_a_closed_classroom_says_why(closed: Closed, sentence: str, visit: Visit, booking: StandIn) -> None:
    booking.closed = closed
    async with visit("student") as student:
        await student.reads("#notice", sentence)


async def test_whoever_is_early_gets_in_when_the_classroom_opens(visit: Visit, booking: StandIn) -> None:
    booking.closed, booking.begins = Closed.TOO_EARLY, datetime.now(UTC) + timedelta(minutes=15, seconds=3)
    async with visit("student") as student:
        await student.reads("#notice", "You are early")
        booking.closed = None
        await student.sees("prejoin")


@pytest.mark.parametrize(
    ("what", "problem", "sentence"),
    [
        ("show", (401, "bad_token"), "Your link has expired"),
        ("show", (404, "not_found"), "This is not your lesson"),
        ("show", (500, "internal"), "The classroom does not answer"),
        ("enter", (410, "too_late"), "This lesson ended a while ago."),
        ("enter", (401, "bad_token"), "Ask your tutor for a new link"),
    ],
)
async def test_a_refusal_has_its_own_sentence(
    what: str, problem: tuple[int, str], sentence: str, visit: Visit, booking: StandIn
) -> None:
    booking.problems[what] = problem
    async with visit("student") as student:
        if what == "enter":
            await student.page.click("#join")
        await student.reads("#notice", sentence)


async def test_who_could_not_get_in_tries_again_where_she_is(visit: Visit, booking: StandIn) -> None:
    booking.problems["enter"] = (503, "room_unavailable")
    async with visit("student") as student:
        await student.page.click("#join")
        await student.reads("#join-trouble", "Wait a moment and try again.")
        booking.problems.clear()
        await student.page.context.set_offline(True)
        await student.page.click("#join")
        await student.reads("#join-trouble", "No connection")
        await student.page.context.set_offline(False)
        await student.join()


async def test_a_forbidden_camera_is_explained_and_keeps_nobody_out(visit: Visit, wary_browser: Browser) -> None:
    async with visit("student", browser=wary_browser) as student:
        await student.reads("#device-trouble", "Your browser may not use the camera.")
        await student.reads("#device-trouble", "Your browser may not use the microphone.")
        await student.join()
        await student.page.click("#camera")
        await student.reads("#call-trouble", "Your browser may not use the camera.")


async def test_missing_devices_are_told_one_by_one(visit: Visit, bare_browser: Browser) -> None:
    async with visit("student", browser=bare_browser) as student:
        await student.reads("#device-trouble", "No camera was found.")
        await student.reads("#device-trouble", "No microphone was found.")


@pytest.mark.parametrize(
    ("name", "sentence"), [("NotReadableError", "in use by another program"), ("Odd", "not start")]
)
async def test_a_device_that_does_not_start_is_told(name: str, sentence: str, visit: Visit) -> None:
    failing = f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{name}') }}"
    async with visit("student") as student:
        await student.page.add_init_script(failing)
        await student.page.reload()
        await student.reads("#device-trouble p:first-child", sentence)


async def test_the_lesson_is_followed_until_it_is_done(visit: Visit, booking: StandIn) -> None:
    booking.closed = Closed.TOO_LATE
    booking.process("transcribe")
    async with visit("tutor") as tutor:
        await tutor.reads("#standing", "is being processed: Transcript")
        await expect(tutor.page.locator("#stages .running")).to_contain_text("in progress · 45 %")
        booking.process("notify", "completed", summary="They spoke <i>a lot</i>.", key_points=["past tense"])
        await tutor.reads("#standing", "All done.")
        await tutor.reads("#made", "They spoke <i>a lot</i>.")
        assert await tutor.page.locator("#counts dd").all_text_contents() == ["7", "12", "3", "41"]


async def test_whoever_came_by_a_link_withdraws_after_the_lesson_and_agrees_to_nothing_more(
    visit: Visit, booking: StandIn
) -> None:
    booking.closed, booking.withdraw_only, booking.came_by = Closed.TOO_LATE, True, "link"
    booking.consents["student"] = {"record": True, "ai": False, "marketing": True}
    booking.process("notify", "completed", counts=None)
    async with visit("student") as student:
        marketing = student.page.locator("[name=marketing]")
        await student.reads("#after label:has([name=marketing])", "(Answered by a link.)")
        await expect(student.page.locator("#after [name=ai]")).to_be_disabled()
        assert await student.sticks_out(360) == []
        await marketing.uncheck()
        await expect(marketing).to_be_disabled()
        await student.reads("#withdraw-only", "a link only withdraws")
    assert booking.consents["student"] == {"record": True, "ai": False, "marketing": False}


async def test_whoever_has_an_account_changes_her_mind_after_the_lesson(visit: Visit, booking: StandIn) -> None:
    booking.closed = Closed.TOO_LATE
    booking.consents["student"] = {"record": True, "ai": True, "marketing": False}
    booking.process("transcribe")
    async with visit("student") as student:
        for purpose, given in (("ai", False), ("marketing", True)):
            async with student.page.expect_response("**/consent"):
                await student.page.set_checked(f"#after [name={purpose}]", given)
        await expect(student.page.locator("#withdraw-only")).to_be_hidden()
        await expect(student.page.locator("#consequence")).to_be_hidden()
    assert booking.consents["student"] == {"record": True, "ai": False, "marketing": True}


async def test_a_student_is_told_of_what_she_is_shown(visit: Visit, booking: StandIn) -> None:
    booking.closed = Closed.TOO_LATE
    booking.process("notify", "completed", counts={"mistakes": 5, "drills": 0, "clips": 0, "chunks": 41})
    async with visit("student") as student:
        await student.reads("#made", "Exercises appear here once your tutor has looked at them.")
        assert await student.page.locator("#counts").all_inner_texts() == ["Mistakes\n5\nSearchable passages\n41"]


@pytest.mark.parametrize("role", ["tutor", "student"])
async def test_whoever_came_by_a_link_reads_nothing_that_is_not_so(role: str, visit: Visit, booking: StandIn) -> None:
    booking.closed = Closed.TOO_LATE
    booking.process("notify", "completed", counts=None)
    async with visit(role) as guest:
        await guest.reads("#standing", "All done.")
        await guest.reads("#made", "A link to the classroom does not show what was made")
        for place in ("#counts", "#summary", "#points"):
            await expect(guest.page.locator(place)).to_be_empty()
        assert await guest.sticks_out(360) == []


async def test_a_link_that_ends_before_the_processing_does_is_no_error(visit: Visit, booking: StandIn) -> None:
    booking.is_cut_off = True
    booking.process("transcribe")
    async with visit("student") as student:
        await student.page.click("#see-results")
        await student.reads("#standing", "is being processed: Transcript")
        booking.problems["follow"] = (401, "bad_token")
        await student.reads("#standing", "You are told by mail when it is ready")
        await expect(student.page.locator("#after")).not_to_contain_text("expired")
        await expect(student.page.locator("#after")).not_to_contain_text("in progress")
        await expect(student.page.locator("#return")).to_be_hidden()
        assert await student.sticks_out(360) == []


async def test_a_broken_connection_is_taken_up_where_it_was(visit: Visit, booking: StandIn) -> None:
    booking.closed, booking.is_cut_off = Closed.TOO_LATE, True
    booking.process("fetch")
    async with visit("tutor") as tutor:
        await tutor.reads("#standing", "is being processed: Sound")
        booking.process("notify", "completed")
        await tutor.reads("#standing", "All done.")
    assert {one for one in booking.asked if one.startswith("follow")} == {"follow 0", "follow 2"}


async def test_every_colour_of_a_tutor_s_stays_readable(visit: Visit) -> None:
    async with visit("tutor") as tutor:
        await tutor.sees("prejoin")
        ratios: list[tuple[float, float]] = await tutor.page.evaluate(RATIOS)
        assert len(ratios) == 30
        assert all(ratio >= least for ratio, least in ratios)


async def test_a_lesson_that_failed_says_where(visit: Visit, booking: StandIn) -> None:
    booking.closed = Closed.TOO_LATE
    booking.process("transcribe", "failed", error={"stage": "transcribe", "code": "timeout", "sentence": ""})
    async with visit("tutor") as tutor:
        await tutor.reads("#standing", "Something went wrong at “Transcript”.")


@pytest.mark.parametrize("nothing", Nothing)
async def test_a_lesson_of_which_nothing_was_made_says_why(nothing: Nothing, visit: Visit, booking: StandIn) -> None:
    booking.closed = Closed.TOO_LATE
    booking.process("notify", "completed", nothing=nothing)
    async with visit("student", locale="es") as student:
        await expect(student.page.locator("#standing")).not_to_contain_text("Todo listo.")
        await expect(student.page.locator("#stages .done")).to_have_count(7)
        await expect(student.page.locator("#made")).to_be_hidden()
