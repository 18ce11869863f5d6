"""The sample lesson on the real stack: signed webhooks in, rows, files and mail out."""

import json
import random
from pathlib import Path
from typing import Any

import av
import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from lessons.capture import lesson_id_of
from lessons.letters import message_id_of
from studio.commands.demo import SAMPLE, end_lesson
from studio.configuration import read_settings
from studio.keys import keys_of
from studio.livekit_events import Sender, egress_ended, room_finished
from studio.locating import located
from studio.results import results_of
from studio.seed import DEMO_BOOKING, STUDENT, TUTOR
from studio.trouble import Trouble
from tests.end_to_end.studios import Studio
from workflows.process_lesson import ProcessLessonWorkflow
from workflows.showing import workflow_id_of

LESSON = lesson_id_of(DEMO_BOOKING)


@pytest.fixture(scope="session")
async def results(studio: Studio) -> dict[str, Any]:
    """What the sample lesson gave; its webhooks came forged, doubled, replayed and shuffled."""
    key = await studio.keep(DEMO_BOOKING, SAMPLE)
    ended = egress_ended(DEMO_BOOKING, key, SAMPLE.stat().st_size, seconds=100)
    events = [ended, room_finished(DEMO_BOOKING)] * 4
    random.Random(3).shuffle(events)
    assert await studio.post(ended, headers={"authorization": "forged"}) == 401
    assert [await studio.post(event) for event in events] == [200] * 8
    over = await studio.over(LESSON)
    assert over["status"] == "completed", over
    assert [await studio.post(event) for event in events] == [200] * 8
    return await results_of(studio.client, LESSON, studio.home / "files")


@pytest.fixture(scope="session")
async def history(studio: Studio, results: dict[str, Any]) -> WorkflowHistory:
    client = await Client.connect(studio.running.temporal, data_converter=pydantic_data_converter)
    return await client.get_workflow_handle(workflow_id_of(DEMO_BOOKING)).fetch_history()


def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SAMPLE.with_name("truth.json").read_text())
    return found


async def test_one_lesson_comes_of_webhooks_forged_doubled_replayed_and_shuffled(
    studio: Studio, results: dict[str, Any]
) -> None:
    [counted] = await studio.rows("SELECT count(*) FROM studio.lessons WHERE booking_id = $1", DEMO_BOOKING)
    [recorded] = await studio.rows("SELECT * FROM lesson_recordings WHERE booking_id = $1", DEMO_BOOKING)
    [events] = await studio.rows("SELECT count(*) FROM studio.webhook_events WHERE room = $1", DEMO_BOOKING)
    assert (counted["count"], events["count"]) == (1, 2)
    assert (str(recorded["id"]), recorded["status"]) == (LESSON, "completed")


async def test_every_stage_is_done_and_nothing_is_degraded(results: dict[str, Any]) -> None:
    stages = {stage["stage"]: stage["status"] for stage in results["lesson"]["stages"]}
    assert stages == dict.fromkeys(["capture", "fetch", "transcribe", "extract", "clip", "index", "notify"], "done")
    assert results["lesson"]["degraded"] == []


async def test_speakers_are_those_who_spoke(results: dict[str, Any]) -> None:
    heard = results["transcript"]["utterances"]
    for turn in truth()["turns"]:
        middle = (turn["start"] + turn["end"]) / 2
        at = [one for one in heard if one["start"] <= middle <= one["end"]]
        assert all(one["channel"] == ("tutor", "student").index(turn["speaker"]) for one in at)
    assert sum(len(one["words"]) for one in heard) > 100


async def test_every_mistake_stands_in_the_students_own_words(results: dict[str, Any]) -> None:
    student = " ".join(one["transcript"] for one in results["transcript"]["utterances"] if one["channel"] == 1).lower()
    assert results["mistakes"]
    assert all(mistake["said"].lower() in student for mistake in results["mistakes"])


async def test_drills_come_from_the_mistakes_and_stay_hidden_until_approved(
    studio: Studio, results: dict[str, Any]
) -> None:
    rows = await studio.rows("SELECT * FROM lesson_drills WHERE recording_id = $1", LESSON)
    assert len(rows) == len(results["drills"]) > 0
    assert not any(row["visible_to_student"] or row["tutor_approved"] for row in rows)


async def test_clips_are_vertical_films_with_sound_in_the_private_bucket(
    studio: Studio, results: dict[str, Any]
) -> None:
    assert 1 <= len(results["clips"]) <= 2
    for clip in results["clips"]:
        assert Path(clip["path"]).is_relative_to(studio.recordings)
        with av.open(clip["path"]) as film:
            video, audio = film.streams.video[0], film.streams.audio[0]
            assert (video.width, video.height) == (1080, 1920)
            assert audio.codec_context.name == "aac"
            assert film.duration is not None
            assert film.duration / 1e6 == pytest.approx(clip["end"] - clip["start"], abs=0.3)
    assert not list((studio.home / "files" / "marketing-clips").rglob("*.mp4"))


async def test_the_memory_is_searchable(studio: Studio, results: dict[str, Any]) -> None:
    rows = await studio.rows("SELECT model, text FROM studio.lesson_chunks WHERE lesson_id = $1", LESSON)
    assert rows
    assert len({row["model"] for row in rows}) == 1


async def test_tutor_and_student_are_told_once_each(studio: Studio, results: dict[str, Any]) -> None:
    letters = [path.read_text() for path in (studio.home / "inbox").rglob("*.eml")]
    ids = [message_id_of(LESSON, person, "ready", "studio.localhost") for person in (TUTOR, STUDENT)]
    about_it = [letter for letter in letters if any(one in letter for one in ids)]
    rows = await studio.rows("SELECT user_role FROM notifications WHERE metadata->>'lesson_id' = $1", LESSON)
    assert len(about_it) == 2
    assert sorted(row["user_role"] for row in rows) == ["student", "tutor"]


async def test_nothing_that_was_said_and_no_secret_stands_in_temporal_or_the_logs(
    studio: Studio, results: dict[str, Any], history: WorkflowHistory
) -> None:
    said = [one["transcript"] for one in results["transcript"]["utterances"] if len(one["words"]) > 3]
    keys = keys_of(studio.home)
    planted = [*said, keys.database, keys.files, keys.jwt, keys.livekit, "Lucia", "Mira", "signature="]
    logs = {path.name: path.read_text(errors="replace") for path in (studio.home / "logs").iterdir()}
    told = "\n".join(MessageToJson(event, ensure_ascii=False) for event in history.events)
    assert "worker.log" in logs
    assert [(name, text) for name, log in logs.items() for text in planted if text in log] == []
    assert [text for text in planted if text in told] == []
    assert len(history.events) <= 90


async def test_the_history_replays(history: WorkflowHistory) -> None:
    replayer = Replayer(workflows=[ProcessLessonWorkflow], data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history)


async def test_a_demo_whose_events_are_refused_says_so_at_once(studio: Studio) -> None:
    settings = located(read_settings(Path("none.env"), home=studio.home))
    said: list[str] = []
    with pytest.raises(Trouble, match=r"refused it.*api\.log"):
        await end_lesson(settings, studio.running.api, Sender("devkey", "another secret"), said.append)
    assert said == ["LiveKit's room_finished is signed and posted: 401"]
