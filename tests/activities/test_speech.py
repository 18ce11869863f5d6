"""What was said: heard from the lesson's sound, or taken from the transcript that came with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.ledger import Ledgers
from activities.speech import Speech
from db.inbox import arrivals_in
from db.parts import keep_measured
from db.session import Sessions
from db.vocabularies import keep_terms
from lessons.capture import Part, RecordedFile, parts_of
from lessons.errors import BadRecording, BadTranscript, RecordingMissing
from lessons.languages import LanguagePair
from lessons.messages import Lesson, Transcribed
from lessons.ports import Audio, Ledger, Measured, Progress
from lessons.results import results_from, transcript_from
from lessons.transcript import Speaker, Transcript, in_order
from providers.disk import DiskFileStore
from tests.activities.scenes import arrived, imported, lay, part, recording_of, settled, stages_shown
from tests.activities.scripted import ScriptedTranscriber, key_in, said
from tests.rows import all_rows

TUTOR, STUDENT, UNKNOWN = Speaker.TUTOR, Speaker.STUDENT, Speaker.UNKNOWN
TALK = in_order(
    [
        said(TUTOR, 1.0, "What did you do?", "en"),
        said(STUDENT, 4.0, "I go home.", "en"),
        said(STUDENT, 9.0, "Ya está.", "es"),
    ]
)
GIVEN = "imports/1/t.json"
WORD = {"word": "hi", "punctuated_word": "Hi.", "start": 0.5, "end": 1.0, "confidence": 0.9}


async def fetched(sessions: Sessions, lesson: Lesson, *parts: Part, channels: int = 2) -> None:
    """These parts have been measured; each has 60 s of sound."""
    await settled(sessions, lesson, *parts)
    async with sessions.begin() as session:
        for one in parts:
            measured = Measured(60.0, 60.0, 9, 1, 1, channels, (-20.0,) * channels, audio_sha256=f"sha of {one.number}")
            await keep_measured(session, lesson.lesson_id, one.number, measured, f"audio-{one.number}.m4a")


async def heard_in(sessions: Sessions, lesson: Lesson) -> Transcript:
    return transcript_from((await recording_of(sessions, lesson)).transcript_json, 1)


def speech(sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, heard: Transcript = TALK) -> Speech:
    return Speech(sessions, store, ScriptedTranscriber(heard), ledgers)


async def test_what_is_heard_is_stored_in_the_shape_of_deepgrams_results(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await fetched(sessions, lesson, part())
    counted = await env.run(speech(sessions, store, ledgers).transcribe, lesson)
    row = await recording_of(sessions, lesson)
    assert counted == Transcribed(words=9, student_words=5, unknown_words=0)
    assert row.transcript_json == results_from(TALK)
    assert (row.detected_languages, row.status) == (["en", "es"], "analyzing")
    assert (row.tutor_speaker_id, row.student_speaker_id) == (0, 1)
    assert await stages_shown(sessions, lesson) == {"transcribe": ("done", 1)}


async def test_listening_twice_leaves_the_same_rows_and_recalls_what_was_heard(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await fetched(sessions, lesson, part())
    transcriber = ScriptedTranscriber(TALK)
    step = Speech(sessions, store, transcriber, ledgers).transcribe
    first = await env.run(step, lesson)
    before = await all_rows(sessions)
    assert await env.run(step, lesson) == first
    assert await all_rows(sessions) == before
    assert len(transcriber.listened) == 1
    [call] = before["studio.provider_calls"]
    assert (call["state"], call["asks"], call["content"]) == ("answered", 1, "sha of 0")


@pytest.mark.parametrize(
    ("channels", "student_channel", "speakers"),
    [
        (2, 1, (TUTOR, STUDENT)),
        (2, 0, (STUDENT, TUTOR)),
        (2, None, (UNKNOWN,)),
        (1, 1, (UNKNOWN,)),
        (1, None, (UNKNOWN,)),
    ],
)
async def test_the_listener_is_told_what_to_hear_and_who_is_on_which_channel(
    env: ActivityEnvironment,
    sessions: Sessions,
    store: DiskFileStore,
    ledgers: Ledgers,
    lesson: Lesson,
    channels: int,
    student_channel: int | None,
    speakers: tuple[Speaker, ...],
) -> None:
    await fetched(sessions, lesson, part(student_channel=student_channel), channels=channels)
    transcriber = ScriptedTranscriber(TALK)
    await env.run(Speech(sessions, store, transcriber, ledgers).transcribe, lesson)
    (audio,) = transcriber.listened
    assert (key_in(audio.url), audio.sha256, audio.seconds) == ("audio-0.m4a", "sha of 0", 60.0)
    assert audio.channels == speakers


async def test_the_listener_is_told_names_and_the_tutors_own_terms_each_once(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await fetched(sessions, lesson, part())
    async with sessions.begin() as session:
        await keep_terms(session, lesson.tutor_id, ["present perfect", "Mira", "gerund"])
    transcriber = ScriptedTranscriber(TALK)
    await env.run(Speech(sessions, store, transcriber, ledgers).transcribe, lesson)
    assert transcriber.keyterms == ["Mira", "Lucia", "present perfect", "gerund"]


async def test_a_lesson_that_is_heard_again_is_asked_about_in_the_same_words(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await fetched(sessions, lesson, part())
    transcriber = ScriptedTranscriber(TALK)
    for terms in (["gerund"], ["another vocabulary"]):
        async with sessions.begin() as session:
            await keep_terms(session, lesson.tutor_id, terms)
        await env.run(Speech(sessions, store, transcriber, ledgers).transcribe, lesson)
        assert transcriber.keyterms == ["Mira", "Lucia", "gerund"]


async def test_words_of_a_mixed_recording_are_nobodys(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await fetched(sessions, lesson, part(student_channel=None), channels=1)
    mixed = in_order([said(UNKNOWN, 1.0, "What did you do? I go home.")])
    counted = await env.run(speech(sessions, store, ledgers, mixed).transcribe, lesson)
    assert counted == Transcribed(words=7, student_words=0, unknown_words=7)
    assert await heard_in(sessions, lesson) == mixed


async def test_silence_gives_no_words(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await fetched(sessions, lesson, part())
    assert await env.run(speech(sessions, store, ledgers, Transcript()).transcribe, lesson) == Transcribed(0, 0)
    assert await heard_in(sessions, lesson) == Transcript()


async def test_two_parts_are_heard_on_one_timeline(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await fetched(sessions, lesson, part(), part(1, "lessons/1/second.mp4", offset=90.5))
    counted = await env.run(speech(sessions, store, ledgers).transcribe, lesson)
    assert counted == Transcribed(words=18, student_words=10)
    starts = [one.start for one in (await heard_in(sessions, lesson)).utterances]
    assert starts == [1.0, 4.0, 9.0, 91.5, 94.5, 99.5]


@pytest.mark.parametrize("wrapped", [True, False])
async def test_a_transcript_that_came_along_is_read_instead_of_listening(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson, wrapped: bool
) -> None:
    results = results_from(TALK)
    lay(store, GIVEN, {"metadata": {"request_id": "1"}, "results": results} if wrapped else results)
    await settled(sessions, lesson, part(key="", transcript_key=GIVEN))
    transcriber = ScriptedTranscriber()
    counted = await env.run(Speech(sessions, store, transcriber, ledgers).transcribe, lesson)
    assert counted == Transcribed(words=9, student_words=5)
    assert (await heard_in(sessions, lesson), transcriber.listened) == (TALK, [])


@pytest.mark.parametrize(
    ("student_channel", "counted"), [(1, Transcribed(9, 5)), (0, Transcribed(9, 4)), (None, Transcribed(9, 0, 9))]
)
async def test_the_students_channel_of_a_given_transcript_is_the_one_that_was_named(
    env: ActivityEnvironment,
    sessions: Sessions,
    store: DiskFileStore,
    ledgers: Ledgers,
    lesson: Lesson,
    student_channel: int | None,
    counted: Transcribed,
) -> None:
    lay(store, GIVEN, results_from(TALK))
    await settled(sessions, lesson, part(key="", transcript_key=GIVEN, student_channel=student_channel))
    assert await env.run(speech(sessions, store, ledgers).transcribe, lesson) == counted


def with_word(**changed: Any) -> dict[str, Any]:
    return {"results": {"utterances": [{"channel": 1, "words": [WORD | changed]}]}}


MISSHAPEN: dict[str, object] = {
    "nothing": b"",
    "no JSON": b"not json",
    "no text": b"\xff\xfe\x00",
    "too deep": b"[" * 200_000,
    "too long a number": b'{"results": ' + b"9" * 5000 + b"}",
    "a list": [],
    "a text": "text",
    "an empty object": {},
    "no results": {"results": None},
    "a list of results": {"results": []},
    "other results": {"results": {"metadata": {}}},
    "utterances that are none": {"results": {"utterances": "all of them"}},
    "an utterance without words": {"results": {"utterances": [{"transcript": "no words"}]}},
    "a word that is a number": {"results": {"channels": [{"alternatives": [{"words": [7]}]}]}},
    "a start that is a text": with_word(start="0.5"),
    "a start before the beginning": with_word(start=-1),
    "an end that is no number": with_word(end=float("nan")),
    "more than confident": with_word(confidence=2),
    "a word without text": with_word(punctuated_word=None, word=None),
    "a zero in a word": with_word(punctuated_word="nul \0 inside"),
    "half a letter in a word": with_word(punctuated_word="inside \ud83d a letter"),
    "a zero in a language": with_word(language="\0\0"),
}


@pytest.mark.parametrize("given", MISSHAPEN.values(), ids=MISSHAPEN)
async def test_a_misshapen_transcript_is_refused_with_its_reason(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson, given: object
) -> None:
    lay(store, GIVEN, given)
    await settled(sessions, lesson, part(key="", transcript_key=GIVEN))
    with pytest.raises(BadTranscript) as raised:
        await env.run(speech(sessions, store, ledgers).transcribe, lesson)
    assert "inside" not in str(raised.value)
    assert (await recording_of(sessions, lesson)).transcript_json is None


@dataclass
class Refusing(ScriptedTranscriber):
    """Cannot read any sound."""

    async def transcribe(
        self, audio: Audio, languages: LanguagePair, keyterms: Sequence[str], ledger: Ledger, progress: Progress
    ) -> Transcript:
        raise BadRecording


async def test_a_recording_whose_sound_cannot_be_read_is_replaced_by_the_import_that_comes_then(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await arrived(sessions, lesson, part().file)
    await fetched(sessions, lesson, part())
    with pytest.raises(BadRecording, match="Import another recording for this booking: the lesson goes on with it"):
        await env.run(Speech(sessions, store, Refusing(), ledgers).transcribe, lesson)
    await imported(sessions, lesson, RecordedFile("imports/1/another.mp4"))
    async with sessions() as session:
        told = await arrivals_in(session, lesson.booking_id)
    assert [one.file.key for one in parts_of(told)] == ["imports/1/another.mp4"]


async def test_a_given_transcript_without_words_is_a_silent_lesson(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    lay(store, GIVEN, {"results": {"channels": [], "utterances": []}})
    await settled(sessions, lesson, part(key="", transcript_key=GIVEN))
    assert await env.run(speech(sessions, store, ledgers).transcribe, lesson) == Transcribed(0, 0)


async def test_a_transcript_that_is_not_in_storage_is_told(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await settled(sessions, lesson, part(key="", transcript_key=GIVEN))
    with pytest.raises(RecordingMissing):
        await env.run(speech(sessions, store, ledgers).transcribe, lesson)


async def test_the_listener_is_told_the_languages_of_the_lesson(
    env: ActivityEnvironment, sessions: Sessions, store: DiskFileStore, ledgers: Ledgers, lesson: Lesson
) -> None:
    await fetched(sessions, lesson, part())
    transcriber = ScriptedTranscriber(TALK)
    await env.run(Speech(sessions, store, transcriber, ledgers).transcribe, lesson)
    assert transcriber.languages == [LanguagePair("en", "es")]
