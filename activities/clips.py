"""Marketing clips, cut straight from the recording in storage."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio import activity

from activities.stages import working
from activities.transcripts import transcript_of
from db import clips, parts, stages
from db.session import Sessions, at_once
from lessons.capture import Part, part_at
from lessons.errors import ClipFailed
from lessons.highlights import Highlight, captions_of, snippet_of, title_of
from lessons.messages import Lesson, Moment, Stage
from lessons.ports import ClipCutter, Cut, FileStore, Progress
from lessons.transcript import Transcript
from workflows.steps import ClipSteps


@dataclass
class Clips(ClipSteps):
    sessions: Sessions
    store: FileStore
    cutter: ClipCutter
    scratch: Path

    @activity.defn
    async def cut_clip(self, lesson: Lesson, moment: Moment, of: int) -> None:
        async with at_once(self.sessions) as session:
            transcript = await transcript_of(session, lesson.lesson_id)
            part = part_at(await parts.parts_of(session, lesson.lesson_id), moment.start, moment.end)
            done = await clips.count_clips(session, lesson.lesson_id)
        if part is None:
            raise ClipFailed
        key = f"lessons/{lesson.lesson_id}/clips/{clips.clip_id_of(lesson.lesson_id, moment.start, moment.end)}.mp4"
        async with working(self.sessions, lesson, Stage.CLIP) as progress:
            cut = await self.cut_of(part, moment, transcript)
            await self.render(cut, key, lambda share: progress((done + share) / of))
        async with at_once(self.sessions) as session:
            await clips.keep_clip(session, lesson, highlight_of(moment, transcript), key)
            made = await clips.count_clips(session, lesson.lesson_id)
            if made >= of:
                await stages.finish_stage(session, lesson.lesson_id, Stage.CLIP)
            else:
                await stages.advance_stage(session, lesson.lesson_id, Stage.CLIP, made / of)

    async def render(self, cut: Cut, key: str, progress: Progress) -> None:
        with TemporaryDirectory(dir=self.scratch) as folder:
            clip = Path(folder) / "clip.mp4"
            await self.cutter.cut(cut, clip, progress)
            await self.store.put(key, clip, "video/mp4")

    async def cut_of(self, part: Part, moment: Moment, transcript: Transcript) -> Cut:
        """The moment in seconds of the file that holds it."""
        url = await self.store.near_url(part.file.key, seconds=3600)
        start, end = moment.start - part.offset_seconds, moment.end - part.offset_seconds
        captions = captions_of(transcript, moment.start, moment.end)
        return Cut(url, max(0.0, start), end, captions, part.has_picture)


def highlight_of(moment: Moment, transcript: Transcript) -> Highlight:
    snippet = snippet_of(transcript, moment.start, moment.end)
    return Highlight(moment.start, moment.end, moment.viral_score, title_of(snippet), snippet)
