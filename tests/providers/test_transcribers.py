"""What every Transcriber promises, whoever listens: the same tests over Whisper and Deepgram."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from lessons.languages import LanguagePair
from lessons.ports import Audio, Progress, Transcriber
from lessons.transcript import Speaker
from providers import whisper_model
from providers.deepgram import DeepgramTranscriber
from providers.whisper import WhisperTranscriber
from tests.ledgers import MemoryLedger
from tests.providers.conftest import Make
from tests.providers.counting import CountingStorage
from tests.vendors.deepgram import KEY, Said, deepgram_stand_in

SECONDS = 5.0
QUESTION = ("-ss", "42.8", "-t", str(SECONDS), "-i", "lesson.mp4", "-vn", "-c:a", "aac", "-b:a", "96k")
ENGLISH = LanguagePair("en", "")


@pytest.fixture(params=["whisper", "deepgram"])
def transcriber(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transcriber]:
    if request.param == "whisper":
        yield WhisperTranscriber(whisper_model.assembled(tmp_path / "whisper"))
        return
    with deepgram_stand_in(Said(0, 0.1, "The kitchen is too small.", "en")) as server:
        yield DeepgramTranscriber(KEY, server.base_url)


async def test_what_is_heard_has_times_and_speakers_and_is_paid_once(
    storage: CountingStorage, make: Make, transcriber: Transcriber, no_progress: Progress
) -> None:
    ledger = MemoryLedger()
    url = storage.url(make("question.m4a", *QUESTION))
    sound = Audio(url, "hash of the question", SECONDS, (Speaker.TUTOR, Speaker.STUDENT))
    heard = await transcriber.transcribe(sound, ENGLISH, ("kitchen",), ledger, no_progress)
    assert "kitchen" in " ".join(one.text for one in heard.utterances if one.speaker is Speaker.TUTOR)
    assert all(before.start <= after.start for before, after in pairwise(heard.utterances))
    for word in (word for one in heard.utterances for word in one.words):
        assert 0 <= word.start <= word.end <= SECONDS + 1
        assert 0 <= word.confidence <= 1

    gone = Audio("http://127.0.0.1:1/gone", sound.sha256, sound.seconds, sound.channels)
    asks = dict(ledger.asks)
    assert await transcriber.transcribe(gone, ENGLISH, ("kitchen",), ledger, no_progress) == heard
    assert dict(ledger.asks) == asks
    assert all(call.content and "http" not in str(call) for call in ledger.replies)
    assert {call.model.partition("/")[0] for call in ledger.replies} == {transcriber.model}
