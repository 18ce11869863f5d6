"""The sample lesson on Deepgram's and OpenAI's wire, on a real S3 server and by SMTP; nothing is paid twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lessons.capture import lesson_id_of
from lessons.letters import message_id_of
from lessons.messages import Stage
from studio.children import side_by_side
from studio.commands.demo import SAMPLE
from studio.embedded import mail_catcher
from studio.following import is_over
from studio.livekit_events import egress_ended, room_finished
from studio.ports import any_port
from studio.seed import DEMO_BOOKING, STUDENT, TUTOR
from tests.conftest import tell
from tests.end_to_end.studios import Studio, studio_in
from tests.vendors import deepgram, openai
from tests.vendors.deepgram import DeepgramStandIn, Said, deepgram_stand_in
from tests.vendors.openai import OpenAIStandIn, openai_stand_in
from tests.vendors.seaweed import Seaweed

LESSON = lesson_id_of(DEMO_BOOKING)
SECRETS = (deepgram.KEY, openai.KEY, "studio-secret-of-s3", "X-Amz-Signature")


@dataclass
class Cloud:
    """A studio whose every provider is elsewhere, those providers, and where its letters arrive."""

    studio: Studio
    hears: DeepgramStandIn
    reads: OpenAIStandIn
    letters: Path

    @property
    def requests(self) -> int:
        """How many paid requests the vendors have seen."""
        return len(self.hears.listened) + sum(
            len(self.reads.asked_for(path)) for path in ("/v1/responses", "/v1/embeddings")
        )

    async def asked(self) -> int:
        """How many of them the ledger knows."""
        [row] = await self.studio.rows("SELECT sum(asks)::int AS asks FROM studio.provider_calls")
        return int(row["asks"] or 0)

    async def retried_from(self, stage: Stage) -> dict[str, Any]:
        before = await self.studio.client.get(f"/api/lessons/{LESSON}")
        wish = {"from_stage": stage}
        while (await self.studio.client.http.post(f"/api/lessons/{LESSON}/retry", json=wish)).status_code == 409:
            await asyncio.sleep(0.1)
        async for snapshot in self.studio.client.follow(LESSON):
            if is_over(snapshot) and snapshot["version"] > before["version"] + 1:
                return snapshot
        raise AssertionError("The lesson was not followed to its end.")


def truth() -> list[Said]:
    turns = json.loads(SAMPLE.with_name("truth.json").read_text())["turns"]
    return [Said(int(turn["speaker"] == "student"), turn["start"], turn["text"]) for turn in turns]


@pytest.fixture(scope="session")
async def cloud(open_folder: Path, seaweed: Seaweed) -> AsyncIterator[Cloud]:
    """The sample's webhooks have arrived, and its lesson is over."""
    home, mail, port = open_folder / "cloud", open_folder / "cloud-mail", any_port()
    with deepgram_stand_in(*truth()) as hears, openai_stand_in() as reads:
        settings = {
            "STUDIO_SPEECH__PROVIDER": "deepgram",
            "STUDIO_SPEECH__API_KEY": deepgram.KEY,
            "STUDIO_SPEECH__BASE_URL": hears.base_url,
            "STUDIO_LANGUAGE__PROVIDER": "openai",
            "STUDIO_LANGUAGE__API_KEY": openai.KEY,
            "STUDIO_LANGUAGE__BASE_URL": reads.base_url,
            "STUDIO_EMBEDDINGS__PROVIDER": "openai",
            "STUDIO_EMBEDDINGS__API_KEY": openai.KEY,
            "STUDIO_EMBEDDINGS__BASE_URL": reads.base_url,
            "STUDIO_STORAGE__PROVIDER": "s3",
            "STUDIO_STORAGE__ENDPOINT": seaweed.endpoint,
            "STUDIO_STORAGE__ACCESS_KEY": seaweed.access_key,
            "STUDIO_STORAGE__SECRET_KEY": seaweed.secret_key,
            "STUDIO_MAIL__PROVIDER": "smtp",
            "STUDIO_MAIL__HOST": "127.0.0.1",
            "STUDIO_MAIL__PORT": str(port),
            "STUDIO_MAIL__TLS": "none",
            "STUDIO_MAIL__SENDER": "Studio <studio@studio.example>",
        }
        async with (
            side_by_side([mail_catcher(mail, port)], open_folder / "logs", tell),
            studio_in(home, **settings) as studio,
        ):
            key = f"lessons/{DEMO_BOOKING}/RM_1/lesson.mp4"
            await seaweed.store("recordings").put(key, SAMPLE, "video/mp4")
            for event in (
                egress_ended(DEMO_BOOKING, key, SAMPLE.stat().st_size, seconds=100),
                room_finished(DEMO_BOOKING),
            ):
                assert await studio.post(event) == 200
            await studio.over(LESSON)
            yield Cloud(studio, hears, reads, mail)


@pytest.fixture(scope="session")
async def lesson(cloud: Cloud) -> dict[str, Any]:
    found: dict[str, Any] = await cloud.studio.client.get(f"/api/lessons/{LESSON}")
    return found


async def test_a_lesson_goes_the_whole_way_on_other_peoples_machines(lesson: dict[str, Any]) -> None:
    assert (lesson["status"], lesson["degraded"]) == ("completed", [])
    assert {stage["stage"]: stage["status"] for stage in lesson["stages"]} == dict.fromkeys(map(str, Stage), "done")
    assert all(lesson["counts"].values())


async def test_every_request_that_the_vendors_see_is_asked_for_in_the_ledger(
    cloud: Cloud, lesson: dict[str, Any]
) -> None:
    assert cloud.requests == await cloud.asked() > 0


async def test_deepgram_fetches_the_sound_once_and_never_the_film(
    cloud: Cloud, seaweed: Seaweed, lesson: dict[str, Any]
) -> None:
    [asked] = cloud.hears.listened
    sound = await seaweed.store("recordings").size(f"lessons/{LESSON}/audio-0.m4a")
    assert sound
    assert asked.fetched <= sound * 1.02 < SAMPLE.stat().st_size


async def test_the_tutor_is_told_what_it_cost(lesson: dict[str, Any]) -> None:
    assert {one["provider"] for one in lesson["cost"]["calls"]} == {"deepgram", "openai"}
    assert lesson["cost"]["usd"] == pytest.approx(sum(one["usd"] for one in lesson["cost"]["calls"]))
    assert 0 < lesson["cost"]["usd"] < 1


async def test_both_people_get_their_letters_by_smtp(cloud: Cloud, lesson: dict[str, Any]) -> None:
    letters = [path.read_text() for path in cloud.letters.rglob("*.eml")]
    ids = [message_id_of(LESSON, person, "ready", "studio.example") for person in (TUTOR, STUDENT)]
    assert [sum(one in letter for letter in letters) for one in ids] == [1, 1]


async def test_nothing_that_was_said_and_no_key_stands_in_the_logs(cloud: Cloud, lesson: dict[str, Any]) -> None:
    logs = {path.name: path.read_text(errors="replace") for path in (cloud.studio.home / "logs").iterdir()}
    planted = [*SECRETS, *(one.text for one in truth() if len(one.text) > 20)]
    assert "worker.log" in logs
    assert [(name, text) for name, log in logs.items() for text in planted if text in log] == []


@pytest.mark.parametrize("stage", [Stage.FETCH, Stage.TRANSCRIBE, Stage.EXTRACT, Stage.CLIP, Stage.INDEX])
async def test_a_retry_of_any_stage_after_success_pays_nothing(
    cloud: Cloud, lesson: dict[str, Any], stage: Stage
) -> None:
    before = cloud.requests
    again = await cloud.retried_from(stage)
    assert (again["status"], again["counts"]) == ("completed", lesson["counts"])
    assert cloud.requests == before == await cloud.asked()
