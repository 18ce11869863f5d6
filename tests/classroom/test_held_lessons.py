"""A lesson that is held in the classroom becomes transcript and mistakes, whatever is lost on the way."""

from typing import Any

from lessons.capture import EventKind
from lessons.consent import Purpose
from tests.classroom.calls import PLANTED, STUDENT, TUTOR, Call, book, heard, likeness, speak
from tests.end_to_end.studios import Studio
from tests.processes import last_word_of, tree_of


def check(results: dict[str, Any]) -> None:
    """The student's mistakes are hers, in her own words; what the tutor said stands under the tutor's name."""
    student, tutor = heard(results, STUDENT), heard(results, TUTOR)
    assert results["lesson"]["status"] == "completed"
    assert (PLANTED in student, PLANTED in tutor) == (True, False), (tutor, student)
    assert min(likeness(results, TUTOR), likeness(results, STUDENT)) > 0.8, (tutor, student)
    assert results["mistakes"]
    assert all(mistake["said"].lower() in student for mistake in results["mistakes"])


async def test_what_a_student_says_in_the_classroom_comes_out_under_her_name(studio: Studio) -> None:
    call = await book(studio)
    async with call.held() as people:
        await speak(*people)
    check(await call.results())
    assert await call.told() == {EventKind.ROOM_FINISHED, EventKind.RECORDING_READY}


async def test_a_lesson_that_a_student_lets_no_computer_hear_is_recorded_and_no_more(studio: Studio) -> None:
    call = await book(studio)
    async with call.held() as people:
        await call.answer(STUDENT, Purpose.AI, given=False)
        await speak(*people)
    results = await call.results()
    lesson = results["lesson"]
    assert (lesson["status"], lesson["nothing"]) == ("completed", "no_ai_consent")
    assert lesson["seconds"] > 20
    assert not any(results[made] for made in ("transcript", "mistakes", "drills", "clips"))
    spent = "SELECT FROM studio.provider_calls c JOIN studio.lessons l ON l.id = c.lesson_id WHERE l.booking_id = $1"
    assert await studio.rows(spent, call.booking) == []


async def test_a_lesson_of_which_livekit_could_tell_nothing_is_processed_as_well(deaf_studio: Studio) -> None:
    call = await book(deaf_studio)
    async with call.held() as people:
        await speak(*people)
    check(await call.results())
    assert await call.told() == {EventKind.RECORDING_READY}


async def test_a_worker_killed_in_the_middle_of_a_lesson_costs_nothing_that_was_said_before_or_after(
    deaf_studio: Studio,
) -> None:
    call = await book(deaf_studio)
    async with call.held() as people:
        await speak(*people)
        [worker] = [one for one in tree_of(deaf_studio.process.pid) if last_word_of(one) == "worker"]
        worker.kill()
        await call.is_shown(recording=False)
        await call.is_shown(recording=True)
        await speak(*people)
    student = heard(await call.results(), STUDENT)
    assert student.count(PLANTED) == 2, student


async def test_the_app_s_recording_button_is_answered_when_the_recorder_has_stopped_and_when_it_records_again(
    studio: Studio,
) -> None:
    call = await book(studio)
    async with call.held():
        for action, recording in (("stop", False), ("start", True)):
            await pressed(studio, call, action)
            assert (await pressed(studio, call, "status"))["isRecording"] is recording


async def pressed(studio: Studio, call: Call, action: str) -> Any:
    """What the tutor is answered who presses it, and again as long as it has not come true."""
    asked = {"roomName": call.booking, "action": action}
    while (answer := await studio.client.http.post("/api/livekit/recording", json=asked)).status_code == 503:
        continue
    assert answer.is_success, answer.text
    return answer.json()
