"""Recordings that cannot be processed are told in one sentence with a code, and nothing is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from studio.livekit_events import room_finished
from studio.seed import STUDENT
from tests.end_to_end.recordings import SHORT, ffmpeg, silence
from tests.end_to_end.studios import Studio


def empty(file: Path) -> None:
    file.touch()


def cut_short(file: Path) -> None:
    whole = SHORT.read_bytes()
    file.write_bytes(whole[: len(whole) * 2 // 3])


def not_media(file: Path) -> None:
    file.write_bytes(b"Dear diary, " * 5000)


def a_playlist(file: Path) -> None:
    file.write_text("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n")


def without_sound(file: Path) -> None:
    ffmpeg("-i", SHORT, "-an", "-c:v", "copy", file)


def student_silent(file: Path) -> None:
    ffmpeg("-i", SHORT, "-c:v", "copy", "-af", "pan=stereo|c0=c0|c1=0*c1", file)


def student_alone(file: Path) -> None:
    ffmpeg("-i", SHORT, "-c:v", "copy", "-af", "pan=stereo|c0=0*c0|c1=c1", file)


def ten_seconds(file: Path) -> None:
    ffmpeg("-i", SHORT, "-t", "10", "-c", "copy", file)


def sound_only(file: Path) -> None:
    ffmpeg("-i", SHORT, "-vn", "-c:a", "copy", "-f", "mp4", file)


def one_channel(file: Path) -> None:
    ffmpeg("-i", SHORT, "-vn", "-ac", "1", "-f", "mp4", file)


Made = Callable[[Path], None]


async def processed(studio: Studio, folder: Path, made: Made, **asked: Any) -> dict[str, Any]:
    """What becomes of a lesson of which this file is imported."""
    file = folder / "lesson.mp4"
    made(file)
    return await studio.imported(recording=await studio.client.upload(file), student_id=STUDENT, **asked)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (empty, "recording_empty"),
        (cut_short, "recording_truncated"),
        (not_media, "not_media"),
        (a_playlist, "not_media"),
        (without_sound, "no_audio"),
    ],
)
async def test_a_recording_that_cannot_be_processed_fails_with_its_code(
    studio: Studio, tmp_path: Path, made: Made, code: str
) -> None:
    over = await processed(studio, tmp_path, made)
    assert (over["status"], over["error"]["code"], over["error"]["stage"]) == ("failed", code, "fetch")
    assert over["error"]["sentence"].endswith(".")


@pytest.mark.parametrize(("made", "nothing"), [(silence, "no_speech"), (student_silent, "student_silent")])
async def test_a_recording_without_the_student_completes_with_a_reason(
    studio: Studio, tmp_path: Path, made: Made, nothing: str
) -> None:
    over = await processed(studio, tmp_path, made)
    assert (over["status"], over["nothing"]) == ("completed", nothing)
    assert over["counts"] == {"mistakes": 0, "drills": 0, "clips": 0, "chunks": 0}


@pytest.mark.parametrize("made", [student_alone, ten_seconds, sound_only, one_channel])
async def test_an_unusual_recording_is_a_lesson(studio: Studio, tmp_path: Path, made: Made) -> None:
    over = await processed(studio, tmp_path, made)
    assert (over["status"], over["nothing"], over["degraded"]) == ("completed", None, [])
    assert over["counts"]["chunks"] > 0


async def test_a_mixed_recording_names_nobody_and_makes_no_drills(studio: Studio, tmp_path: Path) -> None:
    over = await processed(studio, tmp_path, one_channel, student_channel=None)
    heard = await studio.client.get(f"/api/lessons/{over['id']}/transcript")
    assert {one["speaker"] for one in heard["utterances"]} == {2}
    assert over["counts"]["drills"] == over["counts"]["mistakes"] == 0


async def test_a_lesson_that_failed_goes_on_once_its_recording_is_there(studio: Studio) -> None:
    place = await studio.client.post("/api/uploads")
    over = await studio.imported(recording=place["key"], student_id=STUDENT)
    assert over["error"]["code"] == "recording_missing"
    put = await studio.client.http.put(place["url"], content=SHORT.read_bytes(), headers={"authorization": ""})
    assert put.is_success
    await studio.client.post(f"/api/lessons/{over['id']}/retry", {"from_stage": "fetch"})
    async for snapshot in studio.client.follow(over["id"]):
        if snapshot["status"] == "completed":
            break
        assert snapshot["status"] == "processing" or snapshot["version"] <= over["version"]


async def test_a_webhook_of_an_unknown_booking_is_taken_and_set_aside(studio: Studio) -> None:
    stranger = str(uuid4())
    assert await studio.post(room_finished(stranger)) == 200
    for _ in range(100):
        [row] = await studio.rows("SELECT set_aside FROM studio.webhook_events WHERE room = $1", stranger)
        if row["set_aside"]:
            break
    assert row["set_aside"] == "unknown_booking"
