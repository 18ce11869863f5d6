"""What an operator sees of a lesson in the Temporal Web UI: search attributes and a check list. Ids only."""

from collections.abc import Collection, Mapping
from typing import Any, TypedDict

from temporalio import workflow
from temporalio.common import Priority, SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from lessons.messages import Failure, Lesson, LessonStatus, Session, Stage
from workflows.asking import CAPTURE, LESSONS

BOOKING_ID = SearchAttributeKey.for_keyword("BookingId")
TUTOR_ID = SearchAttributeKey.for_keyword("TutorId")
STUDENT_ID = SearchAttributeKey.for_keyword("StudentId")
LESSON_STAGE = SearchAttributeKey.for_keyword("LessonStage")
LESSON_STATUS = SearchAttributeKey.for_keyword("LessonStatus")
ERROR_CODE = SearchAttributeKey.for_keyword("ErrorCode")

SEARCH_ATTRIBUTES = (BOOKING_ID, TUTOR_ID, STUDENT_ID, LESSON_STAGE, LESSON_STATUS, ERROR_CODE)


class StartOptions(TypedDict):
    """How every workflow of a lesson is started, whoever starts it."""

    id: str
    task_queue: str
    static_summary: str
    static_details: str
    search_attributes: TypedSearchAttributes
    priority: Priority


def workflow_id_of(booking_id: str) -> str:
    return f"lesson-{booking_id}"


def record_id_of(booking_id: str) -> str:
    return f"record-{booking_id}"


def start_options(lesson: Lesson, tier: str) -> StartOptions:
    """One workflow per booking; tutors share the workers evenly, Studio's before others'."""
    return StartOptions(
        id=workflow_id_of(lesson.booking_id),
        task_queue=LESSONS.name,
        static_summary=f"Lesson of booking {lesson.booking_id}",
        static_details=link_to(lesson),
        search_attributes=TypedSearchAttributes(
            [
                SearchAttributePair(BOOKING_ID, lesson.booking_id),
                SearchAttributePair(TUTOR_ID, lesson.tutor_id),
                SearchAttributePair(STUDENT_ID, lesson.student_id),
                SearchAttributePair(LESSON_STAGE, lesson.from_stage.value),
                SearchAttributePair(LESSON_STATUS, LessonStatus.PROCESSING.value),
            ]
        ),
        priority=Priority(priority_key=2 if tier == "studio" else 3, fairness_key=lesson.tutor_id),
    )


def room_options(session: Session) -> StartOptions:
    """One workflow per booking's room, found by the same attributes as its lesson."""
    return StartOptions(
        id=record_id_of(session.booking_id),
        task_queue=CAPTURE.name,
        static_summary=f"Classroom of booking {session.booking_id}",
        static_details="",
        search_attributes=TypedSearchAttributes(
            [
                SearchAttributePair(BOOKING_ID, session.booking_id),
                SearchAttributePair(TUTOR_ID, session.tutor_id),
                SearchAttributePair(STUDENT_ID, session.student_id),
            ]
        ),
        priority=Priority(priority_key=1, fairness_key=session.tutor_id),
    )


def link_to(lesson: Lesson) -> str:
    return f"[The lesson]({lesson.link}) · [its drills]({lesson.link}/drills) · [its clips]({lesson.link}/clips)"


def show_status(status: LessonStatus, failure: Failure | None = None) -> None:
    """Make the lesson findable by how it is doing."""
    code = ERROR_CODE.value_set(failure.code) if failure else ERROR_CODE.value_unset()
    workflow.upsert_search_attributes([LESSON_STATUS.value_set(status.value), code])


def show_stage(stage: Stage) -> None:
    workflow.upsert_search_attributes([LESSON_STAGE.value_set(stage.value)])


def show_details(
    lesson: Lesson,
    done: Mapping[Stage, Any],
    running: Collection[Stage],
    failed: Mapping[Stage, Failure],
) -> None:
    """Set the check list that the Web UI shows."""
    lines = [line_of(stage, stage in done, stage in running, failed.get(stage)) for stage in Stage]
    workflow.set_current_details("\n".join([*lines, "", link_to(lesson)]))


def line_of(stage: Stage, done: bool, running: bool, failure: Failure | None) -> str:
    if failure:
        return f"- [ ] {stage}: **{failure.code}**. {failure.sentence}"
    if done:
        return f"- [x] {stage}"
    return f"- [ ] **{stage}** …" if running else f"- [ ] {stage}"
