"""A lesson that is held in the classroom becomes transcript and mistakes, whatever is lost on the way."""
import json

from lessons.capture import EventKind
from tests.classroom.calls import STUDENT, TUTOR, book, heard, planted
from tests.end_to_end.studios import Studio


async def test_what_the_student_said_in_the_classroom_stands_under_her_name(studio: Studio) -> None:
    call = await book(studio)
    await call.hold()
    results = await call.results()
    print(json.dumps(results["transcript"])[:3000])
    print(heard(results, TUTOR)); print(heard(results, STUDENT)); print(results["mistakes"]); print(await call.told(), results["lesson"])
    assert 0


async def test_a_lesson_of_which_livekit_told_nothing_is_processed_as_well(deaf_studio: Studio) -> None:
    call = await book(deaf_studio)
    await call.hold()
    results = await call.results()
    print(heard(results, TUTOR)); print(heard(results, STUDENT)); print(results["mistakes"]); print(await call.told(), results["lesson"])
    assert 0
