"""All SQL about the stages of a lesson."""

from collections.abc import Sequence

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.lessons import touch
from db.models import LessonStage
from lessons.messages import Failure, Stage, StageStatus


async def begin_stage(session: AsyncSession, lesson_id: str, stage: Stage, attempt: int = 1) -> None:
    """Show a stage as running; one that runs already goes on from where it is."""
    fresh = {
        "status": StageStatus.RUNNING,
        "attempt": attempt,
        "code": None,
        "sentence": None,
        "ended_at": None,
    }
    row = insert(LessonStage).values(lesson_id=lesson_id, stage=stage, progress=0, started_at=func.now(), **fresh)
    runs = LessonStage.status == StageStatus.RUNNING
    begun = {
        "started_at": case((runs, LessonStage.started_at), else_=func.now()),
        "progress": case((runs, LessonStage.progress), else_=0),
    }
    await session.execute(row.on_conflict_do_update(index_elements=["lesson_id", "stage"], set_=fresh | begun))
    await touch(session, lesson_id)


async def advance_stage(session: AsyncSession, lesson_id: str, stage: Stage, progress: float) -> None:
    """Show how far a running stage is, from 0 to 1; it never goes back."""
    await session.execute(
        update(LessonStage)
        .where(LessonStage.lesson_id == lesson_id, LessonStage.stage == stage, LessonStage.status == "running")
        .values(progress=func.greatest(LessonStage.progress, min(1.0, max(0.0, progress))))
    )
    await touch(session, lesson_id)


async def finish_stage(
    session: AsyncSession, lesson_id: str, stage: Stage, status: StageStatus = StageStatus.DONE
) -> None:
    """Show a stage as ended."""
    await end(session, lesson_id, [stage], status)


async def fail_stage(session: AsyncSession, lesson_id: str, failure: Failure) -> None:
    """Show a stage as failed, with its code and sentence, whether or not it had begun."""
    told = {"status": StageStatus.FAILED, "code": failure.code, "sentence": failure.sentence}
    row = insert(LessonStage).values(
        lesson_id=lesson_id, stage=failure.stage, progress=0, attempt=1, ended_at=func.now(), **told
    )
    await session.execute(
        row.on_conflict_do_update(index_elements=["lesson_id", "stage"], set_={**told, "ended_at": func.now()})
    )
    await touch(session, lesson_id)


async def end(session: AsyncSession, lesson_id: str, stages: Sequence[Stage], status: StageStatus) -> None:
    """Give stages that may still run their last word; a stage that had not begun is added."""
    ended = {
        "status": status,
        "progress": 1 if status is StageStatus.DONE else 0,
        "ended_at": func.now(),
        "code": None,
        "sentence": None,
    }
    for stage in stages:
        row = insert(LessonStage).values(lesson_id=lesson_id, stage=stage, attempt=1, **ended)
        await session.execute(row.on_conflict_do_update(index_elements=["lesson_id", "stage"], set_=ended))
    await touch(session, lesson_id)


async def stages_of(session: AsyncSession, lesson_id: str) -> list[LessonStage]:
    """The stages that have begun, in order."""
    rows = await session.scalars(select(LessonStage).where(LessonStage.lesson_id == lesson_id))
    return sorted(rows, key=lambda row: Stage(row.stage).order)


async def running_stages(session: AsyncSession, lesson_id: str) -> list[Stage]:
    return [Stage(row.stage) for row in await stages_of(session, lesson_id) if row.status == StageStatus.RUNNING]
