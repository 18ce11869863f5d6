"""A lesson that was held and processed, with something of everything that there is to read."""

from pathlib import Path

from sqlalchemy import text

from db import chunks, clips, drills, lessons, mistakes, recordings, roadmaps, stages
from db.session import Sessions, as_text
from lessons.chunks import Chunk
from lessons.drills import Drill, DrillType
from lessons.highlights import Highlight
from lessons.messages import Lesson, LessonReport, Stage
from lessons.mistakes import Evidence, Mistake, MistakeType
from lessons.ports import FileStore
from lessons.results import results_from
from lessons.roadmap import Node
from lessons.transcript import Speaker, Transcript, Utterance, Word
from tests.rows import People, a_lesson

CLIP = b"a clip " * 100
APPROVE = (
    "UPDATE public.lesson_drills SET tutor_approved = true, visible_to_student = true"
    " WHERE recording_id = :lesson AND source_timestamp_seconds = 4",
    "UPDATE public.marketing_clips SET tutor_approved = true WHERE recording_id = :lesson AND start_time = 40",
)
TRANSCRIPT = Transcript(
    (
        Utterance(
            Speaker.TUTOR, (Word("Where", 0.5, 0.8, 0.9), Word("did", 0.9, 1.0, 0.9), Word("you", 1.1, 1.2, 0.9))
        ),
        Utterance(
            Speaker.STUDENT, (Word("I", 3.0, 3.1, 0.9), Word("goed", 3.2, 3.5, 0.8), Word("<home>", 3.6, 3.9, 0.9))
        ),
    )
)


def a_mistake(start: float, needs_review: bool) -> Mistake:
    return Mistake(
        said="goed",
        better="went",
        start=start,
        end=start + 0.5,
        type=MistakeType.TENSE,
        evidence=Evidence.RECAST,
        confidence=0.8,
        needs_review=needs_review,
        explanation="The past of go is went.",
        sentence="I goed home.",
        corrected="I went home.",
    )


def a_drill(number: int) -> Drill:
    data = {"words": ["went", "I", str(number)], "solution": ["I", "went", str(number)]}
    content = {"type": "scramble", "prompt": f"Order these, {number}", "data": data}
    return Drill(DrillType.SCRAMBLE, content, seconds=3.0 + number, focus="tense")


async def a_held_lesson(sessions: Sessions, store: FileStore, folder: Path, people: People | None = None) -> Lesson:
    """Two mistakes (one to review), two drills (one approved), three clips (one approved, one without a file)."""
    lesson = await a_lesson(sessions, people)
    key = f"lessons/{lesson.lesson_id}/clips"
    moments = [
        Highlight(start, start + 20, 0.9 - start / 100, "A moment", "I goed home.") for start in (0.0, 20.0, 40.0)
    ]
    exercises = [a_drill(number) for number in (1, 2)]
    clip = folder / "clip.mp4"
    clip.write_bytes(CLIP)
    for name in ("one.mp4", "three.mp4"):
        await store.put(f"{key}/{name}", clip, "video/mp4")
    async with sessions.begin() as session:
        await recordings.keep_recording(session, lesson, [])
        await recordings.keep_transcript(session, lesson.lesson_id, as_text(results_from(TRANSCRIPT)), ["en"])
        await recordings.keep_summary(session, lesson.lesson_id, "They spoke.", "**They** spoke.", ["past tense"])
        await mistakes.keep_mistakes(session, lesson, [a_mistake(3.2, False), a_mistake(9.2, True)])
        await drills.keep_drills(session, lesson, exercises, [one.content for one in exercises])
        for moment, path in zip(moments, (f"{key}/one.mp4", "", f"{key}/three.mp4"), strict=True):
            await clips.keep_clip(session, lesson, moment, path)
        vectors = [[0.5] * 384]
        await chunks.keep_chunks(session, lesson, [Chunk(0, 0.0, 4.0, "I goed home.")], vectors, "e5")
        await roadmaps.keep_roadmap(session, lesson, "Next", [Node("tense", "Past tense", "active")])
        for stage in Stage:
            await stages.finish_stage(session, lesson.lesson_id, stage)
        await lessons.mark_completed(session, lesson, LessonReport(2, 2, 3, 1))
        for statement in APPROVE:
            await session.execute(text(statement), {"lesson": lesson.lesson_id})
    return lesson
