"""How a lesson goes: in what order, what stops it, what it can do without."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.testing import WorkflowEnvironment

from lessons.capture import EventKind, RoomEvent
from lessons.errors import (
    ClipFailed,
    ConsentWithdrawn,
    MailUnavailable,
    NotMedia,
    OperatorAction,
    RoomUnavailable,
    StorageUnavailable,
)
from lessons.messages import Fetched, Nothing, Settled, Stage, Transcribed
from tests.workflows.conftest import Teach, an_event
from tests.workflows.scripted import Script
from workflows.process_lesson import ASKED_FOR, ProcessLessonWorkflow
from workflows.showing import LESSON_STATUS

AWAY = StorageUnavailable(after=timedelta(milliseconds=20))
BRANCHES = ("extract", "choose_moments", "index")
CLOSED, ENDED, IMPORT = EventKind.ROOM_FINISHED, EventKind.EGRESS_ENDED, EventKind.IMPORT
READY = EventKind.RECORDING_READY


@pytest.mark.parametrize("order", [(CLOSED, ENDED), (ENDED, CLOSED), (ENDED,), (IMPORT,)])
async def test_a_lesson_goes_the_whole_way_whatever_ends_it_first(teach: Teach, order: tuple[EventKind]) -> None:
    room = await teach(Script(), *order)
    report = await room.handle.result()
    assert (report.mistakes, report.drills, report.clips, report.chunks) == (5, 4, 3, 7)
    assert report.degraded == ()
    assert room.script.asked["announce"] == 1


async def test_a_recording_of_unknown_length_may_take_hours_to_fetch(teach: Teach) -> None:
    room = await teach(Script(settled=Settled(parts=1)), IMPORT)
    await room.handle.result()
    asked = [event.activity_task_scheduled_event_attributes for event in (await room.handle.fetch_history()).events]
    (fetch,) = [one for one in asked if one.activity_type.name == "fetch"]
    assert fetch.start_to_close_timeout.ToTimedelta() > timedelta(hours=4)


async def test_a_recording_that_goes_on_is_waited_for(teach: Teach) -> None:
    room = await teach(Script(unfinished=4), CLOSED, ENDED)
    report = await room.handle.result()
    assert (report.drills, room.script.asked["settle"]) == (4, 5)


async def test_a_recording_that_is_told_of_while_it_is_looked_for_is_not_waited_for(teach: Teach) -> None:
    room = await teach(Script(unfinished=1, is_watched=True, slow="settle"), CLOSED, ENDED)
    await room.script.begun.wait()
    await room.tell(READY)
    await room.handle.result()
    assert room.script.asked["settle"] == 2
    told = await room.handle.describe()
    assert told.close_time
    assert told.close_time - told.start_time < timedelta(minutes=30)


async def test_a_lesson_whose_room_is_watched_is_not_asked_for_again_and_again(
    teach: Teach, skipping: WorkflowEnvironment
) -> None:
    room = await teach(Script(unfinished=1, is_watched=True), ENDED)
    await skipping.sleep(timedelta(minutes=50))
    assert room.script.asked["settle"] == 1
    await room.tell(READY)
    assert (await room.handle.result()).drills == 4


async def test_an_event_wakes_a_lesson_that_waits_for_its_recording(teach: Teach) -> None:
    room = await teach(Script(unfinished=1), CLOSED, ENDED)
    await room.tell(READY)
    assert (await room.handle.result()).drills == 4


async def test_a_room_that_closes_without_a_recording_ends_with_a_reason(teach: Teach) -> None:
    room = await teach(Script(settled=Settled(parts=0)), CLOSED)
    report = await room.handle.result()
    assert report.nothing is Nothing.NOT_RECORDED
    assert set(room.script.asked) == {"settle", "complete", "announce"}


async def test_a_student_who_is_silent_costs_no_transcription(teach: Teach) -> None:
    room = await teach(Script(fetched=Fetched(seconds=60, student_speaks=False)), IMPORT)
    assert (await room.handle.result()).nothing is Nothing.STUDENT_SILENT
    assert room.script.asked["transcribe"] == 0


async def test_a_silent_recording_costs_no_transcription(teach: Teach) -> None:
    silence = Fetched(seconds=60, someone_speaks=False, student_speaks=False)
    room = await teach(Script(fetched=silence), IMPORT)
    assert (await room.handle.result()).nothing is Nothing.NO_SPEECH


async def test_a_lesson_that_no_computer_may_work_on_costs_nothing_and_says_why(teach: Teach) -> None:
    room = await teach(Script(fetched=Fetched(60, calls_back=True, may_analyse=False)), IMPORT)
    assert (await room.handle.result()).nothing is Nothing.NO_AI_CONSENT
    assert set(room.script.asked) == {"settle", "fetch", "complete", "announce"}


@pytest.mark.parametrize("calls_back", [False, True])
async def test_a_consent_that_is_withdrawn_before_the_transcript_completes_the_lesson(
    teach: Teach, calls_back: bool
) -> None:
    withdrawn: dict[str, list[Exception]] = {step: [ConsentWithdrawn()] for step in ("order", "transcribe")}
    room = await teach(Script(fetched=Fetched(60, calls_back=calls_back), failing=withdrawn), IMPORT)
    report = await room.handle.result()
    assert (report.nothing, report.degraded) == (Nothing.NO_AI_CONSENT, ())
    asked = room.script.asked
    assert (asked["transcribe"], asked["extract"], asked["mark_failed"], asked["announce"]) == (1, 0, 0, 1)


async def test_a_consent_that_is_withdrawn_after_the_transcript_leaves_out_what_comes_later(teach: Teach) -> None:
    withdrawn: dict[str, list[Exception]] = {
        step: [ConsentWithdrawn()] for step in ("cut_clip 1", "cut_clip 2", "cut_clip 3", "index")
    }
    room = await teach(Script(failing=withdrawn), IMPORT)
    report = await room.handle.result()
    assert (report.drills, report.clips, report.chunks, report.nothing) == (4, 0, 0, None)
    degraded = {(one.stage, one.code) for one in report.degraded}
    assert degraded == {(Stage.CLIP, "consent_withdrawn"), (Stage.INDEX, "consent_withdrawn")}


async def test_a_lesson_in_which_only_the_tutor_says_words_has_no_results(teach: Teach) -> None:
    room = await teach(Script(transcribed=Transcribed(words=9, student_words=0)), IMPORT)
    assert (await room.handle.result()).nothing is Nothing.STUDENT_SILENT
    assert room.script.asked["extract"] == 0


@pytest.mark.parametrize("calls_back", [False, True])
async def test_a_lesson_is_ordered_only_where_whoever_listens_calls_back(teach: Teach, calls_back: bool) -> None:
    room = await teach(Script(fetched=Fetched(seconds=60, calls_back=calls_back)), IMPORT)
    await room.handle.result()
    assert (room.script.asked["order"], room.script.asked["transcribe"]) == (calls_back, 1)


async def test_an_order_that_fails_again_and_again_is_asked_for_and_waited_for(teach: Teach) -> None:
    room = await teach(Script(fetched=Fetched(60, calls_back=True), failing={"order": [AWAY] * 4}), IMPORT)
    await room.handle.result()
    assert (room.script.asked["order"], room.script.asked["transcribe"]) == (3, 1)


async def test_an_order_is_waited_for_in_measure_and_needs_no_sign_of_life(teach: Teach) -> None:
    room = await teach(Script(fetched=Fetched(3600, calls_back=True)), IMPORT)
    await room.handle.result()
    asked = [one.activity_task_scheduled_event_attributes for one in (await room.handle.fetch_history()).events]
    [order] = [one for one in asked if one.activity_type.name == "order"]
    assert order.schedule_to_close_timeout.ToTimedelta() == timedelta(minutes=25)
    assert order.heartbeat_timeout.ToTimedelta() == timedelta()


async def test_an_event_told_twice_counts_once(teach: Teach) -> None:
    room = await teach(Script())
    closed = an_event(room.lesson, CLOSED)
    for _ in range(3):
        await room.handle.signal(ProcessLessonWorkflow.room_event, closed)
    await room.tell(ENDED)
    await room.handle.result()
    history = await room.handle.fetch_history()
    assert room.script.asked["settle"] == 1
    assert sum(event.HasField("workflow_execution_signaled_event_attributes") for event in history.events) == 4


async def test_a_bad_recording_parks_the_lesson_without_retrying(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [NotMedia()]}), IMPORT)
    await room.parked()
    assert room.script.asked["fetch"] == 1
    [failure] = room.script.failures
    assert (failure.stage, failure.code) == (Stage.FETCH, "not_media")
    assert NotMedia.remedy in failure.sentence
    await room.handle.cancel()


async def test_retry_goes_on_at_the_failed_stage_and_repeats_nothing_paid_for(teach: Teach) -> None:
    room = await teach(Script(failing={"transcribe": [NotMedia()]}), IMPORT)
    await room.parked()
    await room.handle.execute_update(ProcessLessonWorkflow.retry, None)
    report = await room.handle.result()
    assert report.drills == 4
    assert (room.script.asked["fetch"], room.script.asked["transcribe"]) == (1, 2)


async def test_retry_from_an_earlier_stage_repeats_it(teach: Teach) -> None:
    room = await teach(Script(failing={"transcribe": [NotMedia()]}), IMPORT)
    await room.parked()
    await room.handle.execute_update(ProcessLessonWorkflow.retry, Stage.FETCH)
    await room.handle.result()
    assert (room.script.asked["settle"], room.script.asked["fetch"]) == (1, 2)


@pytest.mark.parametrize(("stage", "code"), [(Stage.CLIP, "bad_stage"), (Stage.TRANSCRIBE, "bad_stage")])
async def test_retry_behind_the_failed_stage_is_refused(teach: Teach, stage: Stage, code: str) -> None:
    room = await teach(Script(failing={"fetch": [NotMedia()]}), IMPORT)
    await room.parked()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await room.handle.execute_update(ProcessLessonWorkflow.retry, stage)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == code
    await room.handle.cancel()


async def test_a_lesson_that_has_not_failed_cannot_be_retried(teach: Teach) -> None:
    room = await teach(Script())
    with pytest.raises(WorkflowUpdateFailedError):
        await room.handle.execute_update(ProcessLessonWorkflow.retry, None)
    await room.handle.cancel()


async def test_storage_that_comes_back_is_not_noticed(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [AWAY, AWAY]}), IMPORT)
    report = await room.handle.result()
    assert (report.degraded, room.script.asked["fetch"]) == ((), 3)


async def test_storage_that_stays_away_parks_the_lesson_after_six_attempts(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [AWAY] * 9}), IMPORT)
    await room.parked()
    assert room.script.asked["fetch"] == 6
    assert room.script.failures[0].code == "storage_unavailable"
    await room.handle.cancel()


@pytest.mark.parametrize("step", BRANCHES)
async def test_a_branch_that_fails_does_not_take_the_others_with_it(teach: Teach, step: str) -> None:
    room = await teach(Script(failing={step: [NotMedia()]}), IMPORT)
    report = await room.handle.result()
    assert [failure.code for failure in report.degraded] == ["not_media"]
    assert sum(made > 0 for made in (report.drills, report.clips, report.chunks)) == 2
    assert room.script.asked["announce"] == 1


@pytest.mark.parametrize("step", BRANCHES)
async def test_a_branch_that_an_operator_has_to_mend_parks_the_lesson_and_keeps_the_others(
    teach: Teach, step: str
) -> None:
    room = await teach(Script(failing={step: [OperatorAction()]}), IMPORT)
    await room.parked()
    assert room.script.asked["complete"] == room.script.asked["announce"] == 0
    assert [failure.code for failure in room.script.failures] == ["operator_action"]
    await room.handle.execute_update(ProcessLessonWorkflow.retry, None)
    report = await room.handle.result()
    assert (report.drills, report.clips, report.chunks, report.degraded) == (4, 3, 7, ())
    asked = room.script.asked
    assert {one: asked[one] for one in BRANCHES} == {one: 2 if one == step else 1 for one in BRANCHES}
    assert (asked["cut_clip 1"], asked["transcribe"]) == (1, 1)


async def test_what_failed_beside_it_is_tried_again_with_a_parked_branch(teach: Teach) -> None:
    room = await teach(Script(failing={"extract": [OperatorAction()], "index": [NotMedia()]}), IMPORT)
    await room.parked()
    await room.handle.execute_update(ProcessLessonWorkflow.retry, None)
    assert (await room.handle.result()).degraded == ()


async def test_a_lesson_of_which_a_part_was_not_searched_for_moments_says_so(teach: Teach) -> None:
    room = await teach(Script(flaws=("refused",)), IMPORT)
    report = await room.handle.result()
    assert report.clips == 3
    assert [(one.stage, one.code) for one in report.degraded] == [(Stage.CLIP, "partial")]


async def test_one_clip_that_fails_costs_only_itself(teach: Teach) -> None:
    room = await teach(Script(failing={"cut_clip 2": [ClipFailed()]}), IMPORT)
    report = await room.handle.result()
    assert report.clips == 2
    assert [(one.stage, one.code) for one in report.degraded] == [(Stage.CLIP, "clip_failed")]


async def test_a_mail_server_that_refuses_leaves_a_completed_lesson_that_says_so(teach: Teach) -> None:
    room = await teach(Script(failing={"announce": [NotMedia()]}), IMPORT)
    await room.handle.result()
    assert room.script.asked["complete"] == 1
    assert [failure.stage for failure in room.script.failures] == [Stage.NOTIFY]


async def test_a_lesson_can_be_cancelled_while_it_waits(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [NotMedia()]}), IMPORT)
    await room.parked()
    await room.handle.cancel()
    with pytest.raises(WorkflowFailureError) as stopped:
        await room.handle.result()
    assert isinstance(stopped.value.cause, CancelledError)
    assert room.script.asked["mark_cancelled"] == 1


@pytest.mark.parametrize("stage", [Stage.TRANSCRIBE, Stage.EXTRACT, Stage.CLIP, Stage.INDEX])
async def test_a_closed_lesson_is_retried_from_a_stage_without_what_came_before(teach: Teach, stage: Stage) -> None:
    room = await teach(Script(), from_stage=stage)
    await room.handle.result()
    assert room.script.asked["settle"] == room.script.asked["fetch"] == 0
    assert room.script.asked["transcribe"] == (stage is Stage.TRANSCRIBE)
    assert room.script.asked["index"] == 1


async def test_a_lesson_with_three_clips_has_at_most_ninety_events_of_ids_only(teach: Teach) -> None:
    room = await teach(Script(), CLOSED, ENDED)
    await room.handle.result()
    history = await room.handle.fetch_history()
    assert len(history.events) <= 90
    size = sum(event.ByteSize() for event in history.events)
    assert size <= 40_000


async def test_a_cancellation_that_a_step_does_not_hear_of_still_counts(teach: Teach) -> None:
    room = await teach(Script(slow="fetch"), IMPORT)
    await room.script.begun.wait()
    await room.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await room.handle.result()
    assert room.script.asked["mark_cancelled"] == 1
    assert room.script.asked["transcribe"] == 0


async def test_a_lesson_can_be_retried_as_soon_as_it_is_shown_as_failed(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [NotMedia()]}, slow="mark_failed"), IMPORT)
    await room.script.begun.wait()
    await room.handle.execute_update(ProcessLessonWorkflow.retry, None)
    assert (await room.handle.result()).drills == 4
    assert (room.script.asked["settle"], room.script.asked["fetch"]) == (1, 2)


async def test_a_lesson_that_is_cancelled_while_it_is_being_parked_stops(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [NotMedia()]}, slow="mark_failed"), IMPORT)
    await room.script.begun.wait()
    await room.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await room.handle.result()
    assert room.script.asked["mark_cancelled"] == 1


@pytest.mark.parametrize(("slow", "shown"), [("fetch", "cancelled"), ("announce", "completed")])
async def test_a_lesson_that_is_stopped_once_it_is_completed_is_still_shown_as_completed(
    teach: Teach, slow: str, shown: str
) -> None:
    room = await teach(Script(slow=slow), IMPORT)
    await room.script.begun.wait()
    await room.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await room.handle.result()
    told = (await room.handle.describe()).typed_search_attributes
    assert told.get(LESSON_STATUS) == shown


@pytest.mark.parametrize("nothing", [Nothing.NO_SHOW, Nothing.NO_CONSENT, Nothing.NOT_RECORDED])
async def test_a_lesson_that_was_not_recorded_says_why(teach: Teach, nothing: Nothing) -> None:
    room = await teach(Script(settled=Settled(parts=0, nothing=nothing)), READY)
    assert (await room.handle.result()).nothing is nothing


async def test_a_recording_that_was_cut_short_is_used_and_the_lesson_says_so(teach: Teach) -> None:
    room = await teach(Script(settled=Settled(parts=1, seconds=60, truncated=True)), READY)
    report = await room.handle.result()
    assert report.drills == 4
    assert [(one.stage, one.code) for one in report.degraded] == [(Stage.CAPTURE, "truncated")]


@pytest.mark.parametrize("step", ["complete", "announce"])
async def test_a_recording_that_comes_while_the_lesson_is_processed_is_taken_in_after_that(
    teach: Teach, step: str
) -> None:
    room = await teach(Script(late=Counter({step: 1})), READY)
    await room.handle.result()
    assert (room.script.asked["settle"], room.script.asked["transcribe"], room.script.asked["complete"]) == (2, 2, 2)


@pytest.mark.parametrize("trouble", [[NotMedia()], [MailUnavailable(after=timedelta(milliseconds=20))] * 6, []])
@pytest.mark.parametrize("kind", [READY, ENDED, IMPORT])
async def test_a_recording_that_comes_while_people_are_told_is_taken_in_whatever_becomes_of_that(
    teach: Teach, trouble: list[Exception], kind: EventKind
) -> None:
    failing, late = {"announce": [*trouble]}, Counter(look_again=1)
    room = await teach(Script(slow="announce", failing=failing, late=late), READY)
    await room.script.begun.wait()
    await room.tell(kind)
    assert (await room.handle.result()).degraded == ()
    asked = room.script.asked
    assert (asked["look_again"], asked["settle"], asked["complete"]) == (1, 2, 2)
    assert asked["announce"] == max(2, len(trouble) + 1)


async def test_an_event_that_comes_while_it_is_looked_for_another_is_looked_at_too(teach: Teach) -> None:
    room = await teach(Script(slow="announce"), READY)
    await room.script.begun.wait()
    room.script.slow = "look_again"
    room.script.begun.clear()
    await room.tell(READY)
    await room.script.begun.wait()
    await room.tell(READY)
    await room.handle.result()
    assert (room.script.asked["look_again"], room.script.asked["settle"]) == (2, 1)


async def test_a_room_that_closes_while_people_are_told_is_not_looked_into(teach: Teach) -> None:
    room = await teach(Script(slow="announce"), READY)
    await room.script.begun.wait()
    await room.tell(CLOSED)
    await room.handle.result()
    assert (room.script.asked["look_again"], room.script.asked["settle"]) == (0, 1)


@pytest.mark.parametrize("kind", [READY, ENDED, IMPORT])
@pytest.mark.parametrize("step", ["settle", "fetch", "transcribe"])
async def test_a_recording_that_comes_wakes_a_lesson_that_failed_without_a_transcript(
    teach: Teach, step: str, kind: EventKind
) -> None:
    room = await teach(Script(failing={step: [NotMedia()]}), CLOSED, READY)
    await room.parked()
    await room.tell(kind)
    assert (await room.handle.result()).drills == 4
    assert room.script.asked["settle"] == 2


async def test_a_classroom_whose_server_was_away_is_taken_up_when_its_recording_is_found(teach: Teach) -> None:
    away = RoomUnavailable(after=timedelta(milliseconds=20))
    room = await teach(Script(failing={"settle": [away] * 6}), CLOSED, ENDED)
    await room.parked()
    assert (room.script.asked["settle"], room.script.failures[0].code) == (6, "room_unavailable")
    await room.tell(READY)
    assert (await room.handle.result()).drills == 4


async def test_a_recording_that_came_while_a_bad_one_was_read_is_taken_up_when_that_has_failed(teach: Teach) -> None:
    room = await teach(Script(slow="fetch", failing={"fetch": [NotMedia()]}), IMPORT)
    await room.script.begun.wait()
    await room.tell(IMPORT)
    assert (await room.handle.result()).drills == 4
    assert (room.script.asked["settle"], room.script.asked["fetch"]) == (2, 2)


async def test_a_lesson_that_fails_again_waits_again(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [NotMedia(), NotMedia()]}), IMPORT)
    await room.parked()
    await room.tell(IMPORT)
    while len(room.script.failures) < 2:
        await asyncio.sleep(0.02)
    await room.parked()
    assert room.script.asked["fetch"] == 2
    await room.handle.execute_update(ProcessLessonWorkflow.retry, None)
    assert (await room.handle.result()).drills == 4


async def test_a_room_that_closes_does_not_wake_a_lesson_that_failed(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [NotMedia()]}), READY)
    await room.parked()
    await room.tell(CLOSED)
    await room.parked()
    assert room.script.asked["settle"] == 1
    await room.handle.cancel()


async def test_a_recording_that_comes_does_not_wake_a_lesson_that_waits_for_an_operator_with_its_transcript(
    teach: Teach,
) -> None:
    room = await teach(Script(failing={"index": [OperatorAction()]}), READY)
    await room.parked()
    await room.tell(READY)
    await room.parked()
    assert room.script.asked["settle"] == 1
    await room.handle.cancel()


async def test_a_recording_that_is_whole_after_all_is_not_said_to_be_cut_short(teach: Teach) -> None:
    room = await teach(
        Script(settled=Settled(parts=1, seconds=60, truncated=True), failing={"fetch": [NotMedia()]}), READY
    )
    await room.parked()
    room.script.settled = Settled(parts=1, seconds=90)
    await room.handle.execute_update(ProcessLessonWorkflow.retry, Stage.CAPTURE)
    assert (await room.handle.result()).degraded == ()


async def test_a_run_from_a_late_stage_that_is_retried_from_an_earlier_one_answers_for_all_behind_that(
    teach: Teach,
) -> None:
    room = await teach(Script(failing={"transcribe": [NotMedia()]}), from_stage=Stage.TRANSCRIBE)
    await room.parked()
    await room.tell(READY)
    await room.handle.result()
    assert [lesson.from_stage for lesson in room.script.completed] == [Stage.CAPTURE]


async def test_the_word_of_a_run_that_is_begun_anew_wakes_nothing_when_it_comes_late(teach: Teach) -> None:
    room = await teach(Script(failing={"fetch": [NotMedia()]}), READY)
    await room.parked()
    asked = RoomEvent(f"{ASKED_FOR}1", READY, room.lesson.booking_id)
    await room.handle.signal(ProcessLessonWorkflow.room_event, asked)
    await room.parked()
    assert room.script.asked["settle"] == 1
    await room.handle.cancel()
