"""What writing a lesson's drills costs, beside the barest statement that writes the same rows."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg

from bench.measuring import Figure, Side, agree, interleaved, ratio, told
from db.drills import keep_drills
from db.session import Sessions
from lessons.drills import Drill, DrillType, as_fix, drill_key, source_of, table_type_of
from lessons.messages import Lesson
from studio.seed import STUDENT, TUTOR
from studio.settings import Settings
from studio.wiring import database

ROUNDS, LESSONS, DRILLS = 9, 25, 40
RECORDED = """
    INSERT INTO public.lesson_recordings (id, tutor_id, student_id, storage_path)
    SELECT id, $2, $3, '' FROM unnest($1::uuid[]) id
"""
INSERT = """
    INSERT INTO public.lesson_drills (recording_id, tutor_id, student_id, status, is_completed, tutor_approved,
        visible_to_student, id, dedupe_key, content, drill_type, source, focus_area, source_timestamp_seconds)
    SELECT $1::uuid, $2::uuid, $3::uuid, 'pending', false, false, false, d.*
    FROM unnest($4::uuid[], $5::text[], $6::jsonb[], $7::text[], $8::text[], $9::text[], $10::int[]) d
"""
STORED = """
    SELECT count(*), md5(string_agg(concat_ws('|', tutor_id, student_id, status, is_completed, tutor_approved,
        visible_to_student, content, drill_type, source, focus_area, source_timestamp_seconds), '' ORDER BY content))
    FROM public.lesson_drills WHERE recording_id = ANY($1::uuid[])
"""


async def measure(settings: Settings) -> list[Figure]:
    connection = await asyncpg.connect(settings.database.plain_url)
    async with database(settings) as sessions:
        try:
            return [await compared(connection, sessions)]
        finally:
            await connection.close()


async def compared(connection: Any, sessions: Sessions) -> Figure:
    made = [drill(number) for number in range(DRILLS)]
    shown = [as_fix(one) for one in made]
    ours = [new_lessons() for _ in range(ROUNDS + 1)]
    bare = [new_lessons() for _ in range(ROUNDS + 1)]
    ids = [[[one.lesson_id for one in some] for some in lessons] for lessons in (ours, bare)]
    for some in chain(*ids):
        await connection.execute(RECORDED, some, TUTOR, STUDENT)

    async def keep(number: int) -> None:
        for lesson in ours[number]:
            async with sessions.begin() as session:
                await keep_drills(session, lesson, made, shown)

    async def insert(number: int) -> None:
        for lesson in bare[number]:
            async with connection.transaction():
                await connection.execute(INSERT, lesson.lesson_id, TUTOR, STUDENT, *columns_of(lesson, made))

    sides = {"keep_drills": Side(keep, LESSONS), "unnest": Side(insert, LESSONS)}
    await interleaved(sides, ROUNDS)
    stored = [tuple(await connection.fetchrow(STORED, list(chain(*some)))) for some in ids]
    agree("drills", dict(zip(sides, stored, strict=True)))
    kept, floor = sides.values()
    return Figure(
        f"writing {DRILLS} drills / bare unnest",
        ratio(kept.wall, floor.wall),
        limit=1.3,
        cpu=ratio(kept.cpu, floor.cpu),
        detail=f"{told(kept.wall)} against {told(floor.wall)}",
    )


def new_lessons() -> list[Lesson]:
    return [Lesson(str(uuid4()), str(uuid4()), TUTOR, STUDENT, datetime.now(UTC)) for _ in range(LESSONS)]


def drill(number: int) -> Drill:
    """A fix of the usual size."""
    data = {
        "sentence": f"Yesterday my sister and I ___ to the market for the {number}th time.",
        "answer": "went",
        "options": ["went", "have gone"],
        "original": f"Yesterday my sister and I have gone to the market for the {number}th time.",
        "correction": f"Yesterday my sister and I went to the market for the {number}th time.",
        "explanation": "A finished time asks for the past simple.",
    }
    content = {"type": "fix", "prompt": "Choose what is right.", "data": data, "target": "went"}
    return Drill(DrillType.FIX, content | {"correction": data["correction"]}, 10.0 * number, "tense")


def columns_of(lesson: Lesson, made: Sequence[Drill]) -> tuple[list[object], ...]:
    """The rows that the drills become, column by column."""
    keys = [f"{lesson.lesson_id}/{drill_key(one)}" for one in made]
    return (
        [str(uuid5(UUID(lesson.lesson_id), key)) for key in keys],
        list(keys),
        [json.dumps(as_fix(one)) for one in made],
        [table_type_of(one) for one in made],
        [source_of(one) for one in made],
        [one.focus for one in made],
        [int(one.seconds) for one in made],
    )
