"""The command as people and scripts use it, with a studio that runs."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.commands.demo import SAMPLE
from studio.seed import STUDENT
from tests.end_to_end.studios import ROOT, Studio

SHORT = SAMPLE.with_name("short.mp4")
ALL_OF_A_LESSON = {"lesson", "transcript", "mistakes", "drills", "clips", "roadmap", "summary"}


async def run(studio: Studio, *words: str | Path) -> tuple[int, str, str]:
    """Run a verb; return its exit code and what it printed on stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "studio", *words),
        cwd=ROOT,
        env={**os.environ, "STUDIO_HOME": str(studio.home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture(scope="session")
async def processed(studio: Studio) -> dict[str, Any]:
    """What `studio process FILE --json` prints of the short sample."""
    code, out, _ = await run(studio, "process", SHORT, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture
def deepgram_answer(processed: dict[str, Any], tmp_path: Path) -> Path:
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"metadata": {"request_id": "r"}, "results": processed["transcript"]}))
    return file


async def test_process_prints_one_object_with_everything(processed: dict[str, Any]) -> None:
    assert set(processed) == ALL_OF_A_LESSON
    assert [one["said"] for one in processed["mistakes"]] == ["I have went"]
    assert {drill["content"]["type"] for drill in processed["drills"]} <= {"scramble", "match", "fix"}
    assert all(Path(clip["path"]).is_file() for clip in processed["clips"])


async def test_a_transcript_alone_gives_the_same_mistakes_and_spans_without_files(
    studio: Studio, processed: dict[str, Any], deepgram_answer: Path
) -> None:
    code, out, _ = await run(studio, "process", "--transcript", deepgram_answer, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["transcript"] == processed["transcript"]
    assert found["mistakes"] == processed["mistakes"]
    assert found["drills"] == processed["drills"]
    assert [clip["path"] for clip in found["clips"]] == [None] * len(processed["clips"])


async def test_a_transcript_of_another_shape_is_told_in_one_sentence(studio: Studio, tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text('{"results": {"channels": 7}}')
    code, out, _ = await run(studio, "process", "--transcript", file, "--json")
    assert code == 1
    assert json.loads(out)["lesson"]["error"]["code"] == "bad_transcript"


async def test_process_shows_its_stages_and_results_to_people(studio: Studio) -> None:
    code, out, err = await run(studio, "process", SHORT)
    assert code == 0
    assert "transcribe  done" in err
    assert "I have went → " in out


async def test_nothing_to_process_is_told_with_what_to_name(studio: Studio) -> None:
    assert (await run(studio, "process"))[::2] == (
        1,
        "Nothing to process: name a recording, or a transcript with --transcript.\n",
    )
    code, _, err = await run(studio, "process", "no-such-file.mp4")
    assert (code, err) == (1, "There is no file no-such-file.mp4 that you may read.\n")


async def test_a_lesson_is_listed_shown_and_run_again(studio: Studio, processed: dict[str, Any]) -> None:
    lesson = processed["lesson"]["id"]
    assert lesson in (await run(studio, "lessons"))[1]
    assert lesson in [one["id"] for one in json.loads((await run(studio, "lessons", "--json"))[1])["items"]]
    assert json.loads((await run(studio, "show", lesson, "--json"))[1])["mistakes"] == processed["mistakes"]
    code, out, _ = await run(studio, "retry", lesson, "--from", "extract")
    assert (code, out) == (0, f"Lesson {lesson} is completed.\n")
    again = json.loads((await run(studio, "show", lesson, "--json"))[1])
    assert (again["drills"], again["clips"]) == (processed["drills"], processed["clips"])


async def a_failed_lesson(studio: Studio, folder: Path) -> dict[str, Any]:
    empty = folder / "empty.mp4"
    empty.touch()
    return await studio.imported(recording=await studio.client.upload(empty), student_id=STUDENT)


async def test_lessons_of_a_status_are_found_behind_newer_ones(studio: Studio, quiet: Path, tmp_path: Path) -> None:
    failed = await a_failed_lesson(studio, tmp_path)
    await studio.imported(recording=await studio.client.upload(quiet), student_id=STUDENT)
    code, out, _ = await run(studio, "lessons", "--most", "1", "--status", "failed", "--json")
    assert (code, [one["id"] for one in json.loads(out)["items"]]) == (0, [failed["id"]])
    assert (await run(studio, "lessons", "--status", "bogus"))[0] == 2


async def test_a_script_reads_what_retry_and_cancel_did(studio: Studio, processed: dict[str, Any]) -> None:
    lesson = processed["lesson"]["id"]
    code, out, _ = await run(studio, "retry", lesson, "--from", "notify", "--json")
    assert (code, json.loads(out)["status"]) == (0, "completed")
    code, out, _ = await run(studio, "cancel", lesson, "--json")
    assert (code, json.loads(out)) == (0, {"lesson_id": lesson, "was": "completed", "cancelling": False})


async def test_people_are_told_why_a_lesson_failed_by_code_and_sentence(studio: Studio, tmp_path: Path) -> None:
    failed = await a_failed_lesson(studio, tmp_path)
    for words in (("show", failed["id"]), ("retry", failed["id"])):
        assert f"recording_empty: {failed['error']['sentence']}" in (await run(studio, *words))[1]


async def test_cancelling_a_lesson_that_is_over_changes_nothing(studio: Studio, processed: dict[str, Any]) -> None:
    lesson = processed["lesson"]["id"]
    code, out, _ = await run(studio, "cancel", lesson)
    assert (code, out) == (0, f"Lesson {lesson} has already ended: it is completed.\n")
    assert json.loads((await run(studio, "show", lesson, "--json"))[1])["lesson"]["status"] == "completed"


async def test_an_unknown_lesson_is_told_without_a_traceback(studio: Studio) -> None:
    code, _, err = await run(studio, "show", "00000000-0000-4000-8000-000000000000")
    assert code == 1
    assert len(err.splitlines()) == 1


async def test_doctor_finds_a_running_studio_well(studio: Studio) -> None:
    code, out, _ = await run(studio, "doctor", "--json")
    findings = json.loads(out)
    assert code in (0, 1)
    assert "api" in json.dumps(findings)


@pytest.mark.parametrize("person", ["tutor", "student"])
async def test_a_token_reads_the_lessons_of_its_person(studio: Studio, person: str) -> None:
    _, out, _ = await run(studio, "token", "--as", person)
    answer = await studio.client.http.get("/api/lessons", headers={"authorization": f"Bearer {out.strip()}"})
    assert answer.is_success
