"""Whisper: hears both channels, in both languages, and nothing twice."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.calls import Call, Reply
from lessons.errors import PartCrashed, UnsupportedLanguage
from lessons.languages import LanguagePair
from lessons.ports import Audio, Progress
from lessons.transcript import Speaker, Transcript
from providers import whisper_model
from providers.children import ROOT
from providers.whisper import WhisperTranscriber
from tests.ledgers import MemoryLedger
from tests.providers.conftest import Make
from tests.providers.counting import CountingStorage

BOTH = (Speaker.TUTOR, Speaker.STUDENT)
SPANISH_TURN = ("-ss", "42.8", "-t", "14.3", "-i", "lesson.mp4", "-vn", "-c:a", "aac", "-b:a", "96k")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whisper_model.assembled(tmp_path_factory.mktemp("home") / "models" / "whisper")


@pytest.fixture
def transcriber(model: Path) -> WhisperTranscriber:
    return WhisperTranscriber(model)


def audio(storage: CountingStorage, name: str, speakers: tuple[Speaker, ...] = BOTH) -> Audio:
    return Audio(storage.url(name), f"hash of {name}", 14.3, speakers)


def said(transcript: Transcript) -> list[tuple[Speaker, str, str]]:
    return [(one.speaker, one.language, one.text.lower()) for one in transcript.utterances]


async def test_two_speakers_are_heard_in_two_languages_and_never_again(
    storage: CountingStorage, make: Make, transcriber: WhisperTranscriber, no_progress: Progress
) -> None:
    kept, languages = MemoryLedger(), LanguagePair("en", "es")
    heard = audio(storage, make("spanish-turn.m4a", *SPANISH_TURN))
    transcript = await transcriber.transcribe(heard, languages, (), kept, no_progress)

    question, answer, thanks = said(transcript)
    assert question[:2] == thanks[:2] == (Speaker.TUTOR, "en")
    assert "the kitchen is too small" in question[2]
    assert answer[:2] == (Speaker.STUDENT, "es")
    assert "la cocina es demasiado pequeña" in answer[2]
    assert [one.start for one in transcript.utterances] == pytest.approx([0.1, 4.4, 10.5], abs=0.3)
    assert all(0 <= word.confidence <= 1 for one in transcript.utterances for word in one.words)

    gone = Audio("http://127.0.0.1:1/gone", heard.sha256, heard.seconds, heard.channels)
    assert await transcriber.transcribe(gone, languages, (), kept, no_progress) == transcript


async def test_a_language_that_whisper_does_not_know_is_refused_unless_it_is_only_fallen_back_to(
    storage: CountingStorage, make: Make, transcriber: WhisperTranscriber, no_progress: Progress
) -> None:
    heard = audio(storage, make("spanish-turn.m4a", *SPANISH_TURN))
    with pytest.raises(UnsupportedLanguage, match=r"\(ga\)"):
        await transcriber.transcribe(heard, LanguagePair("ga", "en"), (), MemoryLedger(), no_progress)
    transcript = await transcriber.transcribe(heard, LanguagePair("en", "ga"), (), MemoryLedger(), no_progress)
    assert {language for _, language, _ in said(transcript)} == {"en"}


async def test_a_retry_hears_only_the_channel_that_is_missing(
    storage: CountingStorage, make: Make, transcriber: WhisperTranscriber, no_progress: Progress
) -> None:
    heard = audio(storage, make("spanish-turn.m4a", *SPANISH_TURN))
    piece = {"ends": 1 << 20, "is_last": True, "utterances": [{"language": "en", "words": [["Kept.", 0, 1, 1]]}]}

    class HalfKept(MemoryLedger):
        """Remembers the first channel it is asked for, whichever key it has."""

        async def recall(self, call: Call) -> bytes | None:
            if not self.replies:
                await self.keep(call, Reply(json.dumps(piece).encode()))
            return await super().recall(call)

    transcript = await transcriber.transcribe(heard, LanguagePair("en", "es"), (), HalfKept(), no_progress)
    kept, answer = transcript.utterances
    assert (kept.speaker, kept.text) == (Speaker.TUTOR, "Kept.")
    assert (answer.speaker, answer.language) == (Speaker.STUDENT, "es")


async def test_noise_and_silence_have_no_words(
    storage: CountingStorage, make: Make, transcriber: WhisperTranscriber, no_progress: Progress
) -> None:
    hiss = "anoisesrc=color=pink:amplitude=0.3:duration=8"
    half = make("hiss.m4a", "-f", "lavfi", "-i", hiss, "-af", "pan=stereo|c0=c0|c1=0*c0")
    transcript = await transcriber.transcribe(audio(storage, half), LanguagePair(), (), MemoryLedger(), no_progress)
    assert transcript == Transcript()


async def test_several_processes_may_repair_a_damaged_model_at_the_same_time(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, providers.whisper_model as m; print(m.is_whole(m.assembled(pathlib.Path(sys.argv[1]))))"
    )
    folder = tmp_path / "models"
    folder.mkdir()
    for name in whisper_model.FILES:
        (folder / name).write_text("damaged")

    async def put_together() -> bytes:
        words = [sys.executable, "-c", program, str(folder)]
        child = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        return (await child.communicate())[0]

    assert {*await asyncio.gather(put_together(), put_together())} == {b"True\n"}
    assert sorted(path.name for path in folder.iterdir()) == sorted(whisper_model.FILES)


def test_a_missing_wheel_is_told() -> None:
    with pytest.raises(PartCrashed, match="not installed"):
        whisper_model.found("no-such.bin")


def test_a_worker_that_knows_of_whisper_has_not_loaded_it() -> None:
    program = (
        "import providers.whisper, sys; print({'faster_whisper', 'ctranslate2', 'av', 'numpy'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "set()\n"
