"""What a reader is told of a lesson; an SSE event is the same snapshot, its id the lesson's version."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import Person
from db.counts import counts_of
from db.models import LessonStage, LessonState
from db.provider_calls import Spent, spent_on
from db.recordings import summary_of
from db.roadmaps import nodes_of
from db.stages import stages_of
from lessons.messages import LessonStatus, Nothing, Stage, StageStatus
from lessons.roadmap import Node

LINKED = ("transcript", "mistakes", "drills", "clips", "events")


class FailureShown(msgspec.Struct):
    """What went wrong, by a code that /problems documents, and what to do."""

    code: str
    sentence: str
    stage: Stage | None = None


class StageShown(msgspec.Struct):
    """A stage that has begun; `progress` is from 0 to 1."""

    stage: Stage
    status: StageStatus
    progress: float
    attempt: int
    started_at: datetime | None
    ended_at: datetime | None
    error: FailureShown | None


class LessonCard(msgspec.Struct, kw_only=True):
    """A lesson in a list; `seconds` is its length, `nothing` why a completed one has no results."""

    id: str
    booking_id: str
    tutor_id: str
    student_id: str
    status: LessonStatus
    stage: Stage
    final: bool
    seconds: float | None
    nothing: Nothing | None
    degraded: list[FailureShown]
    error: FailureShown | None
    version: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    links: dict[str, str]


class Counts(msgspec.Struct):
    """How many of each there are that this person may see."""

    mistakes: int
    drills: int
    clips: int
    chunks: int


class CallsShown(msgspec.Struct):
    """What one model was asked for this lesson, and US dollars if known.

    Of the requests that were sent, `answers` arrived whole, `failures` were refused, and `cut` were cut off while the
    vendor was thinking, or are still under way.
    """

    provider: str
    operation: str
    model: str
    requests: int
    answers: int
    failures: int
    cut: int
    usd: float | None


class CostShown(msgspec.Struct):
    """What the lesson cost; `usd` is the sum, None where a price is not known."""

    usd: float | None
    calls: list[CallsShown]


class LessonSnapshot(LessonCard, kw_only=True):
    """A whole lesson; the tutor also sees its `cost`, and its workflow where there is a Temporal Web UI.

    Whoever came by a link to the classroom sees nothing of what was made: `counts` is null, not 0.
    """

    stages: list[StageShown]
    counts: Counts | None
    summary: str
    summary_md: str
    key_points: list[str]
    roadmap: list[Node]
    temporal_ui: str | None
    cost: CostShown | None


def card_of(lesson: LessonState, public_url: str) -> LessonCard:
    failed = bool(lesson.error_code)
    here = f"{public_url}/api/lessons/{lesson.id}"
    return LessonCard(
        id=lesson.id,
        booking_id=lesson.booking_id,
        tutor_id=lesson.tutor_id,
        student_id=lesson.student_id,
        status=LessonStatus(lesson.status),
        stage=Stage(lesson.stage),
        final=lesson.status != LessonStatus.PROCESSING,
        seconds=lesson.seconds,
        nothing=Nothing(lesson.nothing) if lesson.nothing else None,
        degraded=[FailureShown(**failure) for failure in lesson.degraded],
        error=failure_of(lesson.error_code, lesson.error_sentence, lesson.error_stage) if failed else None,
        version=lesson.version,
        created_at=lesson.created_at,
        updated_at=lesson.updated_at,
        completed_at=lesson.completed_at,
        links={"self": here} | {name: f"{here}/{name}" for name in LINKED},
    )


async def snapshot_of(
    person: Person, lesson: LessonState, public_url: str, temporal_workflows: str | None
) -> LessonSnapshot:
    """The lesson as this person may see it."""
    session, lesson_id = person.session, lesson.id
    plain, markdown, points = await summary_of(session, lesson_id)
    shows_workflow = temporal_workflows and person.teaches(lesson)
    return LessonSnapshot(
        **msgspec.structs.asdict(card_of(lesson, public_url)),
        stages=[stage_shown(row) for row in await stages_of(session, lesson_id)],
        counts=await counted(session, lesson_id) if person.id else None,
        summary=plain,
        summary_md=markdown,
        key_points=points,
        roadmap=await nodes_of(session, lesson.student_id),
        temporal_ui=f"{temporal_workflows}/{lesson.workflow_id}" if shows_workflow else None,
        cost=cost_shown(await spent_on(session, lesson_id)) if person.teaches(lesson) else None,
    )


async def counted(session: AsyncSession, lesson_id: str) -> Counts:
    made = await counts_of(session, lesson_id)
    return Counts(made.mistakes, made.drills, made.clips, made.chunks)


def cost_shown(spent: Sequence[Spent]) -> CostShown:
    known = [one.usd for one in spent if one.usd is not None]
    calls = [CallsShown(**asdict(one) | {"usd": None if one.usd is None else float(one.usd)}) for one in spent]
    return CostShown(float(sum(known)) if len(known) == len(spent) else None, calls)


def stage_shown(row: LessonStage) -> StageShown:
    error = failure_of(row.code, row.sentence, row.stage) if row.code else None
    stage, status = Stage(row.stage), StageStatus(row.status)
    return StageShown(stage, status, row.progress, row.attempt, row.started_at, row.ended_at, error)


def failure_of(code: str | None, sentence: str | None, stage: str | None) -> FailureShown:
    return FailureShown(code or "", sentence or "", Stage(stage) if stage else None)
