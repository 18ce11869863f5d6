"""All SQL about the stages of a lesson."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.consents import AI_ANSWERS, analysis_allowed
from db.lessons import ORDER, touching
from db.models import LessonStage
from lessons.messages import Failure, LessonStatus, Stage, StageStatus

BEGIN = touching(
    """
    INSERT INTO studio.lesson_stages AS s (lesson_id, stage, status, progress, attempt, started_at)
    SELECT :id, CAST(:stage AS text), 'running', 0, :attempt, now() FROM studio.lessons
    WHERE id = :id AND status = ANY (CAST(:statuses AS text[]))
    ON CONFLICT (lesson_id, stage) DO UPDATE SET
        status = 'running', attempt = excluded.attempt, code = NULL, sentence = NULL, ended_at = NULL,
        started_at = CASE WHEN s.status = 'running' THEN s.started_at ELSE now() END,
        progress = CASE WHEN s.status = 'running' THEN s.progress ELSE 0 END
    RETURNING stage, status
    """,
    where="EXISTS (SELECT FROM written)",
    told=AI_ANSWERS,
)

ADVANCE = touching("""
    UPDATE studio.lesson_stages SET progress = greatest(progress, CAST(:progress AS float8))
    WHERE lesson_id = :id AND stage = :stage AND status = 'running'
    RETURNING stage, status
""")

END = touching("""
    INSERT INTO studio.lesson_stages AS s (lesson_id, stage, status, progress, attempt, ended_at)
    SELECT id, ended, :status, CAST(:progress AS float8), 1, now()
    FROM studio.lessons, unnest(CAST(:stages AS text[])) ended WHERE id = :id
    ON CONFLICT (lesson_id, stage) DO UPDATE SET
        status = excluded.status, progress = excluded.progress, ended_at = now()
        WHERE s.status = 'running'
    RETURNING stage, status
""")

FAIL = touching("""
    INSERT INTO studio.lesson_stages (lesson_id, stage, status, progress, attempt, ended_at, code, sentence)
    SELECT id, CAST(:stage AS text), 'failed', 0, 1, now(), CAST(:code AS text), CAST(:sentence AS text)
    FROM studio.lessons WHERE id = :id
    ON CONFLICT (lesson_id, stage) DO UPDATE SET
        status = 'failed', ended_at = now(), code = excluded.code, sentence = excluded.sentence
    RETURNING stage, status
""")


@dataclass(frozen=True)
class Begun:
    """A stage is shown as running; `may_analyse` is whether a computer may then work on its lesson."""

    may_analyse: bool


async def begin_stage(
    session: AsyncSession,
    lesson_id: str,
    stage: Stage,
    attempt: int = 1,
    within: Sequence[LessonStatus] = (LessonStatus.PROCESSING,),
) -> Begun | None:
    """Show a stage as running; one that runs already goes on from where it is.

    None, and nothing is shown, where the lesson has not one of the statuses that the stage may begin in.
    """
    values = {"id": lesson_id, "order": ORDER, "stage": stage, "attempt": attempt, "statuses": list(within)}
    answers = (await session.execute(BEGIN, values)).first()
    return Begun(analysis_allowed(answers)) if answers else None


async def advance_stage(session: AsyncSession, lesson_id: str, stage: Stage, progress: float) -> None:
    """Show how far a running stage is, from 0 to 1; it never goes back."""
    share = min(1.0, max(0.0, progress))
    await session.execute(ADVANCE, {"id": lesson_id, "order": ORDER, "stage": stage, "progress": share})


async def finish_stage(
    session: AsyncSession, lesson_id: str, stage: Stage, status: StageStatus = StageStatus.DONE
) -> None:
    """Show a stage that runs, or had not begun, as ended."""
    await end(session, lesson_id, [stage], status)


async def fail_stage(session: AsyncSession, lesson_id: str, failure: Failure) -> None:
    """Show a stage as failed, with its code and sentence, whether or not it had begun; of a lesson that is there."""
    told = {"stage": failure.stage, "code": failure.code, "sentence": failure.sentence}
    await session.execute(FAIL, {"id": lesson_id, "order": ORDER, **told})


async def end(session: AsyncSession, lesson_id: str, stages: Sequence[Stage], status: StageStatus) -> None:
    """Give stages that run their last word; one that had not begun is added, one that has ended stays as it is."""
    progress = 1.0 if status is StageStatus.DONE else 0.0
    ended = {"stages": list(stages), "status": status, "progress": progress}
    await session.execute(END, {"id": lesson_id, "order": ORDER, **ended})


async def stages_of(session: AsyncSession, lesson_id: str) -> list[LessonStage]:
    """The stages that have begun, in order."""
    rows = await session.scalars(select(LessonStage).where(LessonStage.lesson_id == lesson_id))
    return sorted(rows, key=lambda row: Stage(row.stage).order)


async def running_stages(session: AsyncSession, lesson_id: str) -> list[Stage]:
    return [Stage(row.stage) for row in await stages_of(session, lesson_id) if row.status == StageStatus.RUNNING]
