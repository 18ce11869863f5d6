"""All SQL about a lesson's state: its status, stage, degradation and error, and who may read it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ARRAY, Text, TextClause, bindparam, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import LessonRecording, LessonStage, LessonState
from db.people import Booked
from lessons.capture import lesson_id_of
from lessons.languages import LanguagePair, pair_of
from lessons.messages import Failure, Lesson, LessonReport, LessonStatus, Stage, StageStatus

CHANNEL = "lessons"

LATE_FOR_CANCELLED = Failure(
    Stage.CAPTURE,
    "late_recording",
    "A recording arrived after the lesson was cancelled. Retry from capture to include it.",
)

LATE_RECORDING = Failure(
    Stage.CAPTURE,
    "late_recording",
    "A recording arrived after the lesson was processed. Retry from capture to include it.",
)

ORDER = [stage.value for stage in Stage]


def touching(
    written: str = "SELECT NULL AS stage, NULL AS status WHERE false", where: str = "true", told: str = "true"
) -> TextClause:
    """A statement that writes stages, and tells readers, when it commits, that the lesson has changed.

    `written` ends with RETURNING stage, status; the lesson's stage is the least advanced one that runs or failed.
    It answers with a row of what is to be `told`, unless `where` says that the lesson has not changed.
    """
    return text(f"""
        WITH written AS ({written})
        UPDATE studio.lessons SET version = version + 1, updated_at = now(),
            stage = coalesce((
                SELECT s.stage FROM (
                    SELECT stage, status FROM written UNION ALL
                    SELECT stage, status FROM studio.lesson_stages
                    WHERE lesson_id = :id AND stage NOT IN (SELECT stage FROM written)) s
                WHERE s.status IN ('running', 'failed')
                ORDER BY array_position(CAST(:order AS text[]), s.stage) LIMIT 1), stage)
        WHERE id = :id AND {where} RETURNING {told}, pg_notify('lessons', CAST(id AS text))
    """)  # noqa: S608


TOUCH = touching()

LANGUAGES = select(LessonState.target_language, LessonState.native_language).where(
    LessonState.id == bindparam("lesson")
)

FIRST_KEYTERMS = (
    update(LessonState)
    .where(LessonState.id == bindparam("lesson"))
    .values(keyterms=func.coalesce(LessonState.keyterms, bindparam("terms", type_=ARRAY(Text))))
    .returning(LessonState.keyterms)
)


async def open_lesson(
    session: AsyncSession, booked: Booked, workflow_id: str, target: str = "", native: str = ""
) -> str:
    """Make the lesson of a booking known, once, as waiting for its recording; return its id.

    Languages that are given are the lesson's from now on; by default they are the booking's.
    """
    lesson_id = lesson_id_of(booked.id)
    row = insert(LessonState).values(
        id=lesson_id,
        booking_id=booked.id,
        tutor_id=booked.tutor_id,
        student_id=booked.student_id,
        workflow_id=workflow_id,
        target_language=target or booked.languages.target,
        native_language=native or booked.languages.native,
    )
    given = {"target_language": target, "native_language": native}
    chosen = {column: language for column, language in given.items() if language}
    known = (
        row.on_conflict_do_update(index_elements=["id"], set_=chosen)
        if chosen
        else row.on_conflict_do_nothing(index_elements=["id"])
    )
    capture = insert(LessonStage).values(
        lesson_id=lesson_id, stage=Stage.CAPTURE, status=StageStatus.RUNNING, started_at=func.now()
    )
    await session.execute(capture.on_conflict_do_nothing().add_cte(known.cte("opened")))
    return lesson_id


async def touch(session: AsyncSession, lesson_id: str) -> None:
    """Tell readers, when this transaction commits, that the lesson has changed."""
    await session.execute(TOUCH, {"id": lesson_id, "order": ORDER})


async def mark_processing(session: AsyncSession, lesson: Lesson) -> None:
    """Show a lesson that had ended as on its way again: earlier errors are history."""
    ended = select(LessonState.id).where(LessonState.id == lesson.lesson_id, LessonState.status != "processing")
    if await session.scalar(ended.with_for_update()):
        await change(
            session,
            lesson.lesson_id,
            {"status": "processing"},
            status=LessonStatus.PROCESSING,
            error_stage=None,
            error_code=None,
            error_sentence=None,
            nothing=None,
            completed_at=None,
        )


async def mark_failed(session: AsyncSession, lesson: Lesson, failure: Failure) -> None:
    await change(
        session,
        lesson.lesson_id,
        {"status": "failed"},
        status=LessonStatus.FAILED,
        error_stage=failure.stage,
        error_code=failure.code,
        error_sentence=failure.sentence,
    )


async def mark_cancelled(session: AsyncSession, lesson_id: str) -> None:
    """Cancelled is `failed` for the TutorLingua app, whose CHECK knows no other word."""
    await change(
        session,
        lesson_id,
        {"status": "failed"},
        status=LessonStatus.CANCELLED,
        error_code="cancelled",
        error_sentence="The lesson was cancelled. Retry it to go on.",
    )


async def mark_completed(session: AsyncSession, lesson: Lesson, report: LessonReport) -> None:
    """Show what became of the lesson; what an earlier run could not do stays told until it is done again.

    Of a lesson that has been deleted meanwhile there is nothing to show.
    """
    state = await session.get(LessonState, lesson.lesson_id, with_for_update=True, populate_existing=True)
    if state is None:
        return
    earlier = [old for old in state.degraded if Stage(old["stage"]).order < lesson.from_stage.order]
    now = [asdict(failure) for failure in report.degraded]
    await change(
        session,
        lesson.lesson_id,
        {"status": "completed"},
        status=LessonStatus.COMPLETED,
        nothing=report.nothing,
        degraded=earlier + [failure for failure in now if failure not in earlier],
        completed_at=func.now(),
    )


async def add_degraded(session: AsyncSession, lesson_id: str, failure: Failure) -> None:
    """Add to what a completed lesson could not do; the same twice is once."""
    lesson = await session.get(LessonState, lesson_id, with_for_update=True)
    told = asdict(failure)
    if lesson and told not in lesson.degraded:
        lesson.degraded = [*lesson.degraded, told]


async def set_seconds(session: AsyncSession, lesson_id: str, seconds: float) -> None:
    """Show how long the lesson is, now that its sound is known."""
    await change(session, lesson_id, {"status": "transcribing", "duration_seconds": round(seconds)}, seconds=seconds)


async def change(session: AsyncSession, lesson_id: str, shown: Mapping[str, object], **values: object) -> None:
    """Set columns of the lesson, and of the row that the TutorLingua app shows for it, at once."""
    columns = {**shown, "updated_at": func.now()}
    row = update(LessonRecording).where(LessonRecording.id == lesson_id).values(columns)
    lesson = update(LessonState).where(LessonState.id == lesson_id).values(values)
    await session.execute(lesson.add_cte(row.cte("shown")))


async def lesson_of(session: AsyncSession, lesson_id: str) -> LessonState | None:
    """The lesson, if whoever asks may see it."""
    return await session.get(LessonState, lesson_id, populate_existing=True)


async def is_cancelled(session: AsyncSession, lesson_id: str) -> bool:
    shown = await session.scalar(select(LessonState.status).where(LessonState.id == lesson_id))
    return shown == LessonStatus.CANCELLED


async def languages_of(session: AsyncSession, lesson_id: str) -> LanguagePair:
    target, native = (await session.execute(LANGUAGES, {"lesson": lesson_id})).one()
    return pair_of(target, native)


async def keep_keyterms(session: AsyncSession, lesson_id: str, terms: Sequence[str]) -> list[str]:
    """The lesson's keyterms: these, unless it had others before; they are part of what is asked, and paid for once."""
    return await session.scalar(FIRST_KEYTERMS, {"lesson": lesson_id, "terms": list(terms)}) or []


async def lessons_before(
    session: AsyncSession, cursor: tuple[datetime, str] | None, most: int
) -> Sequence[LessonState]:
    """The newest lessons that whoever asks may see, older than the cursor (created_at, id)."""
    newest = select(LessonState).order_by(LessonState.created_at.desc(), LessonState.id.desc()).limit(most)
    if cursor is not None:
        newest = newest.where(tuple_(LessonState.created_at, LessonState.id) < cursor)
    return (await session.scalars(newest)).all()
