"""The searchable memory of a lesson."""

import asyncio
from dataclasses import dataclass

from temporalio import activity

from activities.ledger import Ledgers
from activities.stages import working
from activities.transcripts import transcript_of
from db import chunks, stages
from db.session import Sessions, at_once
from lessons.chunks import chunks_of
from lessons.messages import Indexed, Lesson, Stage
from lessons.ports import Embedder
from workflows.steps import KnowledgeSteps


@dataclass
class Knowledge(KnowledgeSteps):
    sessions: Sessions
    embedder: Embedder
    ledgers: Ledgers

    @activity.defn
    async def index(self, lesson: Lesson) -> Indexed:
        async with working(self.sessions, lesson, Stage.INDEX):
            async with at_once(self.sessions) as session:
                transcript = await transcript_of(session, lesson.lesson_id)
            pieces = await asyncio.to_thread(chunks_of, transcript)
            vectors = await self.embedder.passages([piece.text for piece in pieces], self.ledgers.of(lesson.lesson_id))
            async with self.sessions.begin() as session:
                await chunks.keep_chunks(session, lesson, pieces, vectors, self.embedder.model)
                await stages.finish_stage(session, lesson.lesson_id, Stage.INDEX)
        return Indexed(len(pieces))
