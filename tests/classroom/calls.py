"""Lessons that are held in the classroom of a whole studio."""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import httpx2
import numpy as np

from lessons.capture import lesson_id_of
from lessons.consent import VERSION, Purpose
from studio.commands.demo import SAMPLE
from studio.results import results_of
from tests.end_to_end.studios import ROOT, Studio
from tests.livekit.participants import RATE, Person, Voice, in_the_room, voices_in

TUTOR, STUDENT = "tutor", "student"
BOTH = (TUTOR, STUDENT)

BEGINS, ENDS = 53.0, 73.6
"""Seconds of the sample between which the student makes two mistakes and is corrected; nobody is cut short."""

PLANTED = "if i will have a lot of money"
"""By the student alone: the tutor repeats all else, and Whisper mends her other mistake now and then."""

QUIET, BREATH = 6.0, 2.0


def voices() -> tuple[Voice, Voice]:
    """What tutor and student say in that part of the sample lesson, and then silence."""
    part, silence = slice(round(BEGINS * RATE), round(ENDS * RATE)), np.zeros(round(QUIET * RATE), np.int16)
    tutor, student = (np.append(voice[part], silence) for voice in voices_in(SAMPLE))
    return tutor, student


def planted() -> Voice:
    """The student's sentence with that mistake, and the silence after it: to be said over and over."""
    begins = round((turns_of(STUDENT)[0]["start"] - BEGINS - 0.3) * RATE)
    return voices()[1][begins : begins + 6 * RATE]


def turns_of(who: str) -> list[dict[str, Any]]:
    """Her turns in that part, as the script has them."""
    turns = json.loads(SAMPLE.with_name("truth.json").read_text())["turns"]
    return [turn for turn in turns if turn["speaker"] == who and BEGINS < turn["start"] < turn["end"] < ENDS]


@dataclass(frozen=True)
class Call:
    """A lesson that was booked for now, and the link of each of its two people."""

    studio: Studio
    booking: str
    links: dict[str, str]

    async def ask(self, who: str, method: str, path: str = "", body: object = None) -> Any:
        """Ask the API about the booking as somebody who has no more than her link."""
        headers = {"authorization": f"Bearer {self.links[who].partition('#t=')[2]}"}
        async with httpx2.AsyncClient(base_url=self.studio.running.api, headers=headers, timeout=30) as http:
            answer = await http.request(method, f"/api/bookings/{self.booking}{path}", json=body)
            assert answer.is_success, answer.text
            return answer.json()

    async def agree(self, who: str) -> None:
        for purpose in Purpose:
            await self.answer(who, purpose, given=True)

    async def answer(self, who: str, purpose: Purpose, given: bool) -> None:
        await self.ask(who, "POST", "/consent", {"purpose": purpose, "given": given, "version": VERSION})

    async def person(self, who: str, voice: Voice) -> Person:
        """Somebody who has agreed to everything and goes where the API sends her."""
        await self.agree(who)
        entrance = await self.ask(who, "POST", "/room")
        person = Person(entrance["url"], entrance["token"], voice, 0.0)
        person.size = (640, 360)
        return person

    async def is_shown(self, recording: bool) -> None:
        """Wait until the lesson is, or is not, shown as being recorded."""
        while (await self.ask(TUTOR, "GET"))["recording"] is not recording:
            await asyncio.sleep(0.2)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[tuple[Person, Person]]:
        """Tutor and student meet and are recorded; at last the tutor ends the lesson."""
        tutor, student = [await self.person(who, voice) for who, voice in zip(BOTH, voices(), strict=True)]
        async with in_the_room(tutor, student):
            await tutor.move()
            await self.is_shown(recording=True)
            yield tutor, student
            await self.end()

    async def end(self) -> None:
        """The tutor ends the lesson."""
        await self.ask(TUTOR, "POST", "/end")

    async def results(self) -> dict[str, Any]:
        """What was made of the lesson, as soon as it is."""
        await self.studio.over(lesson_id_of(self.booking))
        return await results_of(self.studio.client, lesson_id_of(self.booking), self.studio.home / "files")

    async def told(self) -> set[str]:
        """What has been heard of the room."""
        rows = await self.studio.rows("SELECT kind FROM studio.webhook_events WHERE room = $1", self.booking)
        return {row["kind"] for row in rows}


async def book(studio: Studio) -> Call:
    """What `studio classroom` books."""
    command = (sys.executable, "-m", "studio", "classroom", "--json")
    environment = {**os.environ, "STUDIO_HOME": str(studio.home)}
    booking = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE)
    booked = json.loads((await booking.communicate())[0])
    return Call(studio, booked["booking_id"], {who: booked[who] for who in BOTH})


async def speak(*people: Person) -> None:
    """Let them say all that they have to say, by one clock."""
    begins = time.time() + BREATH
    for person in people:
        person.begins = begins
        await person.speak()
    await asyncio.sleep(begins + ENDS - BEGINS + BREATH - time.time())
    for person in people:
        await person.hush()


def heard(results: dict[str, Any], who: str) -> str:
    """What stands under her name in the transcript."""
    spoken = [one["transcript"] for one in results["transcript"]["utterances"] if one["channel"] == BOTH.index(who)]
    return " ".join(spoken).lower()


def likeness(results: dict[str, Any], who: str) -> float:
    """How much of what she said, and of nothing else, stands under her name: 1 is every word."""
    said = " ".join(turn["text"] for turn in turns_of(who)).lower()
    return SequenceMatcher(None, words_in(said), words_in(heard(results, who)), autojunk=False).ratio()


def words_in(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text)
