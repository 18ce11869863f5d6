"""What a lesson teaches: mistakes, drills, summary, roadmap, and its best moments."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import floor
from typing import Any

from temporalio import activity

from activities.ledger import Ledgers
from activities.stages import this_step, working
from activities.transcripts import transcript_of
from db import clips, drills, mistakes, parts, recordings, roadmaps, stages
from db import lessons as lesson_states
from db.session import Sessions, at_once
from lessons.capture import Part, part_at
from lessons.drills import Drill
from lessons.highlights import Highlight, clips_wanted
from lessons.messages import Extracted, Lesson, Moment, Moments, Stage
from lessons.ports import Analyst, FileStore
from lessons.roadmap import roadmap_from
from lessons.summaries import markdown_of
from workflows.steps import InsightSteps


@dataclass
class Insights(InsightSteps):
    """`rendered` turns a drill into what the players get."""

    sessions: Sessions
    store: FileStore
    analyst: Analyst
    ledgers: Ledgers
    rendered: Callable[[Drill], dict[str, Any]]

    @activity.defn
    async def extract(self, lesson: Lesson) -> Extracted:
        async with working(self.sessions, lesson, Stage.EXTRACT):
            async with at_once(self.sessions) as session:
                transcript = await transcript_of(session, lesson.lesson_id)
                languages = await lesson_states.languages_of(session, lesson.lesson_id)
            ledger, flaws = self.ledgers.of(lesson.lesson_id, this_step()), set[str]()
            made = await self.analyst.mistakes(transcript, languages, ledger, flaws.add)
            summary = await self.analyst.summary(transcript, made, ledger, flaws.add)
            exercises = await self.analyst.drills(made, languages, ledger, flaws.add)
            async with self.sessions.begin() as session:
                await mistakes.keep_mistakes(session, lesson, made)
                shown = [self.rendered(one) for one in exercises]
                await drills.keep_drills(session, lesson, exercises, shown)
                markdown = markdown_of(summary, made)
                await recordings.keep_summary(session, lesson.lesson_id, summary.text, markdown, summary.key_points)
                await roadmaps.only_writer(session, lesson.student_id)
                nodes = roadmap_from(made, await roadmaps.nodes_of(session, lesson.student_id))
                await roadmaps.keep_roadmap(session, lesson, "What to practise next", nodes)
                await stages.finish_stage(session, lesson.lesson_id, Stage.EXTRACT)
        return Extracted(len(made), len(exercises), len(nodes), tuple(sorted(flaws)))

    @activity.defn
    async def find_moments(self, lesson: Lesson) -> list[Moment]:
        return list((await self.choose_moments(lesson)).moments)

    @activity.defn
    async def choose_moments(self, lesson: Lesson) -> Moments:
        async with working(self.sessions, lesson, Stage.CLIP):
            async with at_once(self.sessions) as session:
                transcript = await transcript_of(session, lesson.lesson_id)
                found = await parts.parts_of(session, lesson.lesson_id)
            ledger, wanted, flaws = self.ledgers.of(lesson.lesson_id, this_step()), clips_wanted(transcript), set[str]()
            best = await self.analyst.highlights(transcript, wanted, ledger, flaws.add)
            held = ((one, part_at(found, one.start, one.end)) for one in best)
            chosen = await self.chosen(lesson, [within(one, part) for one, part in held if part], found)
        return Moments(tuple(chosen), tuple(sorted(flaws)))

    async def chosen(self, lesson: Lesson, best: list[Highlight], found: list[Part]) -> list[Moment]:
        """Drop earlier choices that nobody approved; what no file holds is a span instead of a clip."""
        ids = [clips.clip_id_of(lesson.lesson_id, one.start, one.end) for one in best]
        filmed = [part for part in found if part.file.key]
        to_cut = [one for one in best if part_at(found, one.start, one.end) in filmed]
        async with self.sessions.begin() as session:
            dropped = await clips.drop_clips_but(session, lesson.lesson_id, ids)
            for span in [one for one in best if one not in to_cut]:
                await clips.keep_clip(session, lesson, span, storage_path="")
            if not to_cut:
                await stages.finish_stage(session, lesson.lesson_id, Stage.CLIP)
        for key in dropped:
            await self.store.delete(key)
        return [Moment(rank, one.start, one.end, one.viral_score) for rank, one in enumerate(to_cut, 1)]


def within(highlight: Highlight, part: Part) -> Highlight:
    """The highlight without the quiet that would lie behind the end of its file."""
    last = part.offset_seconds + part.seconds
    return replace(highlight, end=floor(last * 100) / 100) if part.seconds > 0 and last < highlight.end else highlight
