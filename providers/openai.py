"""Language understanding from OpenAI, or from any server that speaks its Responses API."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lessons import prompts
from lessons.calls import Call, Reply
from lessons.claims import MistakeClaim, true_mistakes
from lessons.drills import Drill, drills_from
from lessons.errors import BadAnswer, ContentRefused, Unavailable
from lessons.highlights import Highlight
from lessons.languages import LanguagePair
from lessons.mistakes import Mistake
from lessons.moments import MomentClaim, true_moments
from lessons.ports import Flag, Ledger
from lessons.prompts import CLOSE, VERSION, WIDE, lines_of, windows_of
from lessons.retelling import DrillClaim, fixes_of, retold, true_summary
from lessons.summaries import Summary
from lessons.transcript import Speaker, Transcript
from providers.openai_answers import Question, S, ToldDrills, ToldMistakes, ToldMoments, ToldSummary, code_of, read
from providers.openai_server import OpenAIServer

log = logging.getLogger("studio.steps")

FLAWS = (BadAnswer, ContentRefused)
"""What a part of the lesson can be left out for."""


@dataclass
class OpenAIAnalyst:
    """An Analyst that reads a lesson in windows, side by side, and takes no word of the model's on trust."""

    server: OpenAIServer
    model: str
    temperature: float | None = None

    async def mistakes(
        self, transcript: Transcript, languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Mistake]:
        lines = lines_of(transcript)
        questions = [
            Question("mistakes", prompts.for_mistakes(window, languages), ToldMistakes)
            for window in windows_of(lines, CLOSE)
            if any(line.speaker is Speaker.STUDENT for line in window)
        ]
        told = await self.answers(questions, ledger, flag)
        claims = [MistakeClaim(**dict(claim)) for one in told for claim in one.mistakes]
        found = await asyncio.to_thread(true_mistakes, transcript, lines, languages, claims)
        log.info("Of %d claims about mistakes the words bear out %d.", len(claims), len(found))
        return found

    async def drills(
        self, mistakes: Sequence[Mistake], languages: LanguagePair, ledger: Ledger, flag: Flag
    ) -> list[Drill]:
        made = drills_from(mistakes)
        fixes = fixes_of(made)
        questions = [Question("drills", prompts.for_drills(fixes, languages), ToldDrills)] if fixes else []
        told = await self.answers_if_any(questions, ledger, flag)
        return retold(made, [DrillClaim(**dict(claim)) for one in told for claim in one.drills])

    async def highlights(self, transcript: Transcript, most: int, ledger: Ledger, flag: Flag) -> list[Highlight]:
        lines = lines_of(transcript)
        windows = windows_of(lines, WIDE)
        questions = [Question("highlights", prompts.for_highlights(one, most), ToldMoments) for one in windows]
        told = await self.answers(questions, ledger, flag)
        claims = [MomentClaim(**dict(claim)) for one in told for claim in one.moments]
        found = await asyncio.to_thread(true_moments, transcript, lines, claims, most)
        log.info("Of %d claims about moments %d are chosen.", len(claims), len(found))
        return found

    async def summary(self, transcript: Transcript, mistakes: Sequence[Mistake], ledger: Ledger, flag: Flag) -> Summary:
        windows = windows_of(lines_of(transcript), WIDE)
        questions = [Question("summary", prompts.for_summary(one), ToldSummary) for one in windows]
        told = await self.answers_if_any(questions, ledger, flag)
        return true_summary(transcript, mistakes, [Summary(one.text, tuple(one.key_points)) for one in told])

    async def answers_if_any(self, questions: Sequence[Question[S]], ledger: Ledger, flag: Flag) -> list[S]:
        """The same as `answers`, for what can do without any."""
        try:
            return await self.answers(questions, ledger, flag)
        except FLAWS as flaw:
            flag(code_of(flaw))
            return []

    async def answers(self, questions: Sequence[Question[S]], ledger: Ledger, flag: Flag) -> list[S]:
        """The answers that are of use; the others are flagged, given up, and raised if there are no others.

        What stops one question stops those that wait, but not those under way: their answers are paid for.
        """
        stops: list[BaseException] = []
        work = (self.answer(one, ledger, stops) for one in questions)
        ends = await asyncio.gather(*work, return_exceptions=True)
        flaws = [(one, end) for one, end in zip(questions, ends, strict=True) if isinstance(end, FLAWS)]
        for question, flaw in flaws:
            for asked in (question, question.again):
                await ledger.give_up(self.call_of(asked), flaw)
        if stops:
            raise stops[0]
        if flaws and len(flaws) == len(questions):
            raise flaws[0][1]
        for _, flaw in flaws:
            flag(code_of(flaw))
        return [end for end in ends if not isinstance(end, BaseException)]

    async def answer(self, question: Question[S], ledger: Ledger, stops: list[BaseException]) -> S:
        async with self.server.gate:
            if stops:
                raise stops[0]
            try:
                return await self.read(question, ledger)
            except FLAWS:
                raise
            except BaseException as stop:
                stops.append(stop)
                raise

    async def read(self, question: Question[S], ledger: Ledger) -> S:
        """The answer to a question, or to the same put again where the first one cannot be used."""
        try:
            return await self.once(question, ledger)
        except BadAnswer:
            return await self.once(question.again, ledger)

    async def once(self, question: Question[S], ledger: Ledger) -> S:
        async def ask() -> Reply:
            return await self.server.respond(self.model, question.asked, self.temperature)

        call = self.call_of(question)
        body = await ledger.once(call, ask)
        try:
            return await asyncio.to_thread(read, body, question.shape)
        except Unavailable as failed:
            await ledger.spoil(call, failed)
            raise

    def call_of(self, question: Question[Any]) -> Call:
        content = json.dumps([question.asked, self.temperature])
        return Call("openai", question.operation, self.model, VERSION, sha256(content.encode()).hexdigest())
