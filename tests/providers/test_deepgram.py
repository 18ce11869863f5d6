"""Deepgram: what it is asked, letter for letter, and what every answer of it comes to."""

import asyncio
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from lessons.calls import Usage
from lessons.errors import (
    BadAnswer,
    BadRecording,
    LessonError,
    OperatorAction,
    ProviderUnavailable,
    QuestionRefused,
    RecordingMissing,
    StorageUnavailable,
    UnsupportedLanguage,
)
from lessons.languages import LanguagePair
from lessons.ports import Audio
from lessons.transcript import Speaker, Transcript
from providers.deepgram import DeepgramTranscriber
from studio.ports import any_port
from tests.ledgers import MemoryLedger
from tests.processes import until
from tests.providers.counting import CountingStorage
from tests.vendors import deepgram as vendor
from tests.vendors.deepgram import KEY, DeepgramStandIn, Fault, Said, deepgram_stand_in

TUTOR, STUDENT, UNKNOWN = Speaker.TUTOR, Speaker.STUDENT, Speaker.UNKNOWN
BOTH = (TUTOR, STUDENT)
ENGLISH = LanguagePair("en", "es")
TALK = (Said(0, 1.0, "What did you do?"), Said(1, 4.0, "Um, I goed home."), Said(1, 9.0, "Ya está.", "es"))
SOUND = "sound.m4a"


@pytest.fixture
def server() -> Iterator[DeepgramStandIn]:
    with deepgram_stand_in(*TALK) as running:
        yield running


@pytest.fixture
def sound(storage: CountingStorage) -> Audio:
    (storage.folder / SOUND).write_bytes(bytes(range(256)) * 4096)
    return Audio(storage.url(SOUND), "hash of sound", 60.0, BOTH)


def a_transcriber(server: DeepgramStandIn, **more: Any) -> DeepgramTranscriber:
    return DeepgramTranscriber(KEY, server.base_url, **more)


async def hear(
    transcriber: DeepgramTranscriber,
    sound: Audio,
    ledger: MemoryLedger | None = None,
    languages: LanguagePair = ENGLISH,
    *keyterms: str,
) -> Transcript:
    async def told(done: float) -> None:
        assert 0 <= done <= 1

    return await transcriber.transcribe(sound, languages, keyterms, ledger or MemoryLedger(), told)


def lines(transcript: Transcript) -> list[tuple[Speaker, str, str]]:
    return [(one.speaker, one.language, one.text) for one in transcript.utterances]


async def test_two_channels_are_heard_as_two_people_in_their_languages(server: DeepgramStandIn, sound: Audio) -> None:
    assert lines(await hear(a_transcriber(server), sound)) == [
        (TUTOR, "en", "What did you do?"),
        (STUDENT, "en", "Um, I goed home."),
        (STUDENT, "es", "Ya está."),
    ]


async def test_every_field_of_the_request_is_as_deepgrams_reference_has_it(
    server: DeepgramStandIn, sound: Audio
) -> None:
    await hear(a_transcriber(server), sound, None, ENGLISH, "Lucia", "present perfect")
    [asked] = server.requests
    assert (asked.method, asked.path, asked.url) == ("POST", "/v1/listen", sound.url)
    assert asked.headers["Authorization"] == f"Token {KEY}"
    assert asked.headers["content-type"] == "application/json"
    assert sorted(asked.query) == [
        ("dictation", "false"),
        ("filler_words", "true"),
        ("keyterm", "Lucia"),
        ("keyterm", "present perfect"),
        ("language", "multi"),
        ("language_hint", "en"),
        ("language_hint", "es"),
        ("measurements", "false"),
        ("mip_opt_out", "true"),
        ("model", "nova-3"),
        ("multichannel", "true"),
        ("numerals", "false"),
        ("profanity_filter", "false"),
        ("punctuate", "true"),
        ("smart_format", "false"),
        ("utterances", "true"),
    ]


async def test_a_mixed_channel_is_diarized_and_names_nobody(server: DeepgramStandIn, sound: Audio) -> None:
    mixed = Audio(sound.url, sound.sha256, sound.seconds, (UNKNOWN,))
    heard = await hear(a_transcriber(server), mixed)
    [asked] = server.requests
    assert (asked.named("diarize_model"), asked.named("multichannel")) == (["latest"], [])
    assert {one.speaker for one in heard.utterances} == {UNKNOWN}
    assert len(heard.utterances) == 3


@pytest.mark.parametrize(
    ("model", "target", "native", "asked"),
    [
        ("nova-3", "en", "es", {"language": "multi", "language_hint": ["en", "es"]}),
        ("nova-3", "en", "", {"language": "en"}),
        ("nova-3", "en", "en", {"language": "en"}),
        ("nova-3", "en", "qu", {"language": "en"}),
        ("nova-3", "ur", "en", {"language": "ur"}),
        ("nova-3", "zu", "", {"language": "multi", "language_hint": ["zu"]}),
        ("nova-2", "en", "pl", {"detect_language": "true"}),
        ("nova-2", "pl", "pl", {"language": "pl"}),
    ],
)
async def test_the_languages_asked_for_follow_the_pair(
    server: DeepgramStandIn, sound: Audio, model: str, target: str, native: str, asked: dict[str, str | list[str]]
) -> None:
    await hear(a_transcriber(server, model=model), sound, None, LanguagePair(target, native), "Lucia")
    [request] = server.requests
    named = {name: request.named(name) for name in ("language", "language_hint", "detect_language")}
    assert {name: one for name, one in named.items() if one} == {
        name: one if isinstance(one, list) else [one] for name, one in asked.items()
    }
    assert request.named("keyterm") == (["Lucia"] if model == "nova-3" else [])


async def test_an_unsupported_language_is_told_before_anything_is_paid(server: DeepgramStandIn, sound: Audio) -> None:
    with pytest.raises(UnsupportedLanguage, match=r"\(qu\).*STUDIO_SPEECH__MODEL") as told:
        await hear(a_transcriber(server), sound, None, LanguagePair("qu", "es"))
    assert (told.value.code, server.requests) == ("unsupported_language", [])


@pytest.mark.parametrize("term", ["x" * 60, "present perfect", "日本語の敬語の使い方について", "OKXAI04"])
async def test_as_many_terms_are_expected_as_deepgram_takes_names_first(
    server: DeepgramStandIn, sound: Audio, term: str
) -> None:
    names, terms = ("Mira", "Lucía"), [f"{term} {at}" for at in range(100)]
    assert (await hear(a_transcriber(server), sound, None, ENGLISH, *names, *terms)).words == 10
    [asked] = server.requests
    assert asked.named("keyterm") == [*names, *terms][: len(asked.named("keyterm"))]
    assert 12 < len(asked.named("keyterm")) < 100


@pytest.mark.parametrize(
    "query",
    [
        {"model": "nova-3", "language": "tlh"},
        {"model": "nova-3", "language": "en", "language_hint": "es"},
        {"model": "nova-2", "keyterm": "Lucia"},
        {"model": "nova-3", "keyterm": "x" * 2000},
        {"model": "nova-3", "diarise": "true"},
    ],
    ids=str,
)
async def test_the_stand_in_refuses_what_deepgrams_reference_does_not_have(
    server: DeepgramStandIn, query: dict[str, str]
) -> None:
    headers = {"authorization": f"Token {KEY}", "content-type": "audio/mp4"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
        refused = await client.post("/v1/listen", params=query, content=b"sound")
    assert (refused.status_code, "err_code" in refused.json()) == (400, True)


async def test_terms_that_are_left_out_do_not_make_another_question(server: DeepgramStandIn, sound: Audio) -> None:
    transcriber, terms = a_transcriber(server), ["present perfect"] * 100
    first = transcriber.call_of(sound, ENGLISH, terms)
    assert transcriber.call_of(sound, ENGLISH, [*terms, "gerund"]) == first


@pytest.mark.parametrize("delivery", ["url", "upload"])
async def test_deepgram_gets_the_sound_and_hardly_a_byte_more(
    server: DeepgramStandIn, storage: CountingStorage, sound: Audio, delivery: str
) -> None:
    heard = await hear(a_transcriber(server, delivery=delivery), sound)
    [asked] = server.requests
    assert asked.sent + asked.fetched == 1 << 20
    assert (asked.sent > 0) == (delivery == "upload")
    assert storage.sent <= 1.02 * (1 << 20)
    assert heard.words == 10


async def test_an_answer_is_paid_once_whatever_its_url(server: DeepgramStandIn, sound: Audio) -> None:
    ledger, transcriber = MemoryLedger(), a_transcriber(server)
    first = await hear(transcriber, sound, ledger)
    moved = Audio("http://127.0.0.1:1/expired", sound.sha256, sound.seconds, sound.channels)
    assert await hear(transcriber, moved, ledger) == first
    assert (len(server.requests), sum(ledger.asks.values())) == (1, 1)
    [call] = ledger.asks
    assert (call.provider, call.operation, call.model) == ("deepgram", "transcribe", "nova-3/multi")


async def test_other_options_or_another_sound_are_another_question(server: DeepgramStandIn, sound: Audio) -> None:
    transcriber = a_transcriber(server)
    other = Audio(sound.url, "another hash", 60.0, BOTH)
    calls = {
        transcriber.call_of(sound, ENGLISH, ()).key,
        transcriber.call_of(other, ENGLISH, ()).key,
        transcriber.call_of(sound, LanguagePair("en"), ()).key,
        transcriber.call_of(sound, ENGLISH, ("Lucia",)).key,
        a_transcriber(server, model="nova-2").call_of(sound, ENGLISH, ()).key,
    }
    assert len(calls) == 5


@pytest.mark.parametrize(
    ("model", "languages", "channels", "terms", "priced"),
    [
        ("nova-3", ENGLISH, BOTH, (), "nova-3/multi"),
        ("nova-3", ENGLISH, BOTH, ("Lucia",), "nova-3/multi/keyterm"),
        ("nova-3", LanguagePair("en"), BOTH, ("Lucia",), "nova-3/keyterm"),
        ("nova-3", ENGLISH, (UNKNOWN,), ("Lucia",), "nova-3/multi/keyterm/diarize"),
        ("nova-2", ENGLISH, (UNKNOWN,), ("Lucia",), "nova-2/diarize"),
    ],
)
def test_a_call_tells_what_deepgram_takes_more_for(
    model: str, languages: LanguagePair, channels: tuple[Speaker, ...], terms: tuple[str, ...], priced: str
) -> None:
    heard = Audio("", "hash of sound", 60.0, channels)
    assert DeepgramTranscriber(KEY, model=model).call_of(heard, languages, terms).model == priced


async def test_every_channel_is_counted_as_used(server: DeepgramStandIn, sound: Audio) -> None:
    ledger = MemoryLedger()
    await hear(a_transcriber(server), sound, ledger)
    await hear(a_transcriber(server), Audio(sound.url, "mixed", 60.0, (UNKNOWN,)), ledger)
    assert ledger.used == [Usage(seconds=120.0), Usage(seconds=60.0)]
    assert all(reply.request_id for reply in ledger.replies.values())


@pytest.mark.parametrize(
    ("fault", "error", "after"),
    [
        (vendor.TOO_MANY, ProviderUnavailable, timedelta(seconds=7)),
        (vendor.refusal(429, retry_after="Fri, 31 Dec 1999"), ProviderUnavailable, None),
        (vendor.refusal(429, retry_after="99999999999999"), ProviderUnavailable, timedelta(hours=1)),
        (vendor.refusal(500), ProviderUnavailable, None),
        (vendor.refusal(503), ProviderUnavailable, None),
        (vendor.refusal(408, "SLOW_UPLOAD"), ProviderUnavailable, None),
        (Fault(502, b"\xff<html>"), ProviderUnavailable, None),
        (vendor.RESET, ProviderUnavailable, None),
        (vendor.CUT_SHORT, ProviderUnavailable, None),
        (vendor.STALL, ProviderUnavailable, None),
        (vendor.BAD_KEY, OperatorAction, None),
        (vendor.NO_MONEY, OperatorAction, None),
        (vendor.NO_RIGHTS, OperatorAction, None),
        (vendor.CORRUPT, BadRecording, None),
        (vendor.refusal(413), BadRecording, None),
        (vendor.refusal(415), BadRecording, None),
        (vendor.NO_MODEL, UnsupportedLanguage, None),
        (vendor.refusal(400, "Bad Request", "Unknown parameter"), QuestionRefused, None),
        (Fault(302, headers={"location": "http://127.0.0.1:1/"}), BadAnswer, None),
    ],
)
async def test_each_failure_is_asked_once_and_told_as_what_it_is(
    server: DeepgramStandIn, sound: Audio, fault: Fault, error: type[LessonError], after: timedelta | None
) -> None:
    server.script.append(fault)
    with pytest.raises(LessonError) as told:
        await hear(a_transcriber(server, patience=0.5), sound)
    assert (type(told.value), told.value.after, len(server.requests)) == (error, after, 1)
    for secret in (KEY, "planted-secret", "127.0.0.1", "Unknown parameter", "Invalid credentials"):
        assert secret not in str(told.value)


UNUSABLE = [vendor.GARBAGE, vendor.NO_TEXT, vendor.HTML, vendor.WRONG_SHAPE, Fault(), Fault(body=b"[]")]
SHAPES: list[Any] = [None, {}, {"channels": []}, {"channels": [], "utterances": []}, {"channels": "none"}]
UNUSABLE += [vendor.as_json({"results": shape}) for shape in SHAPES]


@pytest.mark.parametrize("fault", UNUSABLE)
async def test_an_answer_that_is_no_transcript_is_spoiled_and_asked_for_once_more(
    server: DeepgramStandIn, sound: Audio, fault: Fault
) -> None:
    server.script.append(fault)
    ledger, transcriber = MemoryLedger(), a_transcriber(server)
    with pytest.raises(BadAnswer) as told:
        await hear(transcriber, sound, ledger)
    assert (told.value.tries, [code for _, code in ledger.spoiled]) == (2, ["bad_answer"])
    assert (await hear(transcriber, sound, ledger)).words == 10
    assert (len(server.requests), len(ledger.used)) == (2, 2)


def bent(server: DeepgramStandIn, sound: Audio, *words: object) -> Fault:
    """The usual answer, in which the student's first words are these."""
    asked = vendor.Asked("POST", "/v1/listen", (("multichannel", "true"), ("utterances", "true")), {})
    told = server.answer_to(asked)
    spoken = told["results"]["utterances"][1]["words"]
    told["results"]["utterances"][1]["words"] = [{**spoken[0], **one} for one in words if isinstance(one, dict)] + [
        {**spoken[1], "word": f"w{at}", "punctuated_word": f"w{at}"} for at in range(30)
    ]
    return Fault(body=json.dumps(told).encode())


@pytest.mark.parametrize(
    "word",
    [
        {"start": math.nan},
        {"end": math.inf},
        {"start": -1.0},
        {"start": None},
        {"end": "4.5"},
        {"word": None, "punctuated_word": None},
        {"punctuated_word": 7},
        {"punctuated_word": "\x00"},
        {"punctuated_word": "\ud800"},
    ],
)
async def test_a_word_without_text_or_times_is_left_out(server: DeepgramStandIn, sound: Audio, word: Any) -> None:
    server.script.append(bent(server, sound, word))
    heard = await hear(a_transcriber(server), sound)
    [first, *_] = [one for one in heard.utterances if one.speaker is STUDENT]
    assert first.text == " ".join(f"w{at}" for at in range(30))


@pytest.mark.parametrize("sure", [math.nan, None, 7, "high"])
async def test_a_word_of_no_certainty_is_doubted(server: DeepgramStandIn, sound: Audio, sure: object) -> None:
    server.script.append(bent(server, sound, {"confidence": sure}))
    heard = await hear(a_transcriber(server), sound)
    assert min(word.confidence for one in heard.utterances for word in one.words) == 0.0


async def test_a_word_that_ends_before_it_begins_lasts_no_time(server: DeepgramStandIn, sound: Audio) -> None:
    server.script.append(bent(server, sound, {"start": 4.0, "end": 2.0}))
    heard = await hear(a_transcriber(server), sound)
    assert heard.utterances[1].words[0].end == 4.0


async def test_where_most_words_have_no_times_the_answer_is_of_no_use(server: DeepgramStandIn, sound: Audio) -> None:
    server.script.append(bent(server, sound, *({"start": math.nan} for _ in range(30))))
    with pytest.raises(BadAnswer, match="30 of 66 words"):
        await hear(a_transcriber(server), sound)


async def test_whoever_is_on_a_third_channel_is_nobody_we_know(server: DeepgramStandIn, sound: Audio) -> None:
    server.said = (*TALK, Said(4, 20.0, "Who is there?"))
    heard = await hear(a_transcriber(server), sound)
    assert lines(heard)[-1][::2] == (UNKNOWN, "Who is there?")


async def test_words_without_a_channel_are_nobodys(server: DeepgramStandIn, sound: Audio) -> None:
    asked = vendor.Asked("POST", "/v1/listen", (("multichannel", "true"), ("utterances", "true")), {})
    told = server.answer_to(asked)
    del told["results"]["utterances"][0]["channel"]
    server.script.append(vendor.as_json(told))
    heard = await hear(a_transcriber(server), sound)
    assert [one.speaker for one in heard.utterances] == [UNKNOWN, STUDENT, STUDENT]


async def test_silence_is_an_empty_transcript(server: DeepgramStandIn, sound: Audio) -> None:
    server.said = ()
    assert await hear(a_transcriber(server), sound) == Transcript()


async def test_a_key_that_was_mended_hears_the_lesson(server: DeepgramStandIn, sound: Audio) -> None:
    with pytest.raises(OperatorAction, match="INVALID_AUTH"):
        await hear(DeepgramTranscriber("old key", server.base_url), sound)
    assert (await hear(a_transcriber(server), sound)).words == 10


@pytest.mark.parametrize("base_url", ["https://127.0.0.1:99999", "http://[bad", "http://a:b"])
def test_an_address_that_can_be_none_is_named(base_url: str) -> None:
    with pytest.raises(OperatorAction, match="STUDIO_SPEECH__BASE_URL"):
        DeepgramTranscriber(KEY, base_url)


@pytest.mark.parametrize("key", ["a\nb", "schlüssel", "  "])
async def test_a_key_that_cannot_be_sent_is_named(server: DeepgramStandIn, sound: Audio, key: str) -> None:
    with pytest.raises(OperatorAction, match="STUDIO_SPEECH__API_KEY"):
        await hear(DeepgramTranscriber(key, server.base_url), sound)
    assert server.requests == []


async def test_nobody_there_is_worth_a_retry(sound: Audio) -> None:
    away = DeepgramTranscriber(KEY, f"http://127.0.0.1:{any_port()}")
    with pytest.raises(ProviderUnavailable, match="ConnectError"):
        await hear(away, sound)


async def test_sound_that_deepgram_cannot_fetch_is_a_storage_that_is_away(server: DeepgramStandIn) -> None:
    expired = Audio(f"http://127.0.0.1:{any_port()}/a?signature=planted-secret", "hash", 60.0, BOTH)
    with pytest.raises(StorageUnavailable, match="STUDIO_SPEECH__DELIVERY=upload") as told:
        await hear(a_transcriber(server), expired)
    assert "planted-secret" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "error"), [(403, StorageUnavailable), (500, StorageUnavailable), (404, RecordingMissing)]
)
async def test_sound_that_cannot_be_read_is_not_sent(
    server: DeepgramStandIn, storage: CountingStorage, sound: Audio, status: int, error: type[LessonError]
) -> None:
    storage.status = status
    with pytest.raises(error):
        await hear(a_transcriber(server, delivery="upload"), sound)


async def test_sound_that_breaks_off_while_it_is_sent_is_not_taken_for_all(
    server: DeepgramStandIn, storage: CountingStorage, sound: Audio
) -> None:
    storage.breaks, storage.breaks_after = 1, 300_000
    with pytest.raises(StorageUnavailable):
        await hear(a_transcriber(server, delivery="upload"), sound)
    assert (await hear(a_transcriber(server, delivery="upload"), sound)).words == 10


async def test_an_answer_beyond_64_mb_is_refused(server: DeepgramStandIn, sound: Audio) -> None:
    server.script.append(Fault(body=b" " * (65 << 20)))
    with pytest.raises(BadAnswer, match="more than 64 MB"):
        await hear(a_transcriber(server), sound)


async def test_an_answer_of_10_mb_is_heard_whole(server: DeepgramStandIn, sound: Audio) -> None:
    server.said = tuple(Said(at % 2, at * 4.0, "And then I goed there with him again. " * 2) for at in range(2600))
    server.seconds = 4 * 3600.0
    ledger = MemoryLedger()
    heard = await hear(a_transcriber(server), sound, ledger)
    assert heard.words == 2600 * 16
    [reply] = ledger.replies.values()
    assert len(reply.body) > 10 << 20


async def test_so_many_calls_run_at_once_and_no_more(server: DeepgramStandIn, sound: Audio) -> None:
    server.script.extend([vendor.STALL] * 3)
    transcriber = a_transcriber(server, at_once=2)
    waiting = [asyncio.create_task(hear(transcriber, Audio(sound.url, f"hash {at}", 60.0, BOTH))) for at in range(4)]
    await until(lambda: len(server.requests) == 2)
    await asyncio.sleep(0.1)
    assert len(server.requests) == 2
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_call_that_is_cancelled_frees_its_place(server: DeepgramStandIn, sound: Audio) -> None:
    server.script.append(vendor.STALL)
    transcriber = a_transcriber(server, at_once=1)
    stalled = asyncio.create_task(hear(transcriber, sound))
    await until(lambda: len(server.requests) == 1)
    stalled.cancel()
    await asyncio.gather(stalled, return_exceptions=True)
    assert (await hear(transcriber, sound)).words == 10


def test_the_first_question_imports_nothing_more_of_the_sdk(server: DeepgramStandIn) -> None:
    program = f"""
import asyncio, sys
from providers.deepgram import DeepgramTranscriber, listen_to
hears = DeepgramTranscriber({KEY!r}, {server.base_url!r})
before = set(sys.modules)
asyncio.run(hears.ask(lambda client: listen_to(client, {f"{server.base_url}/v1/projects"!r}, {{"model": "nova-3"}})))
print([name for name in sys.modules if name.startswith("deepgram") and name not in before])
"""
    server.script.append(vendor.WRONG_SHAPE)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_an_order_names_the_address_to_call_back(server: DeepgramStandIn, sound: Audio) -> None:
    server.holds = True
    await a_transcriber(server).order(sound, ENGLISH, ("Lucia",), "http://127.0.0.1:1/api/webhooks/deepgram/secret")
    [asked] = server.requests
    assert asked.named("callback") == ["http://127.0.0.1:1/api/webhooks/deepgram/secret"]
    assert (asked.named("keyterm"), asked.named("multichannel"), len(server.held)) == (["Lucia"], ["true"], 1)


@pytest.mark.parametrize("fault", [vendor.HTML, Fault(body=b"{}"), vendor.NO_TEXT])
async def test_an_order_that_is_not_accepted_is_told(server: DeepgramStandIn, sound: Audio, fault: Fault) -> None:
    server.script.append(fault)
    with pytest.raises(BadAnswer):
        await a_transcriber(server).order(sound, ENGLISH, (), "http://127.0.0.1:1/")


async def test_the_account_is_asked_for_its_balance(server: DeepgramStandIn) -> None:
    assert await a_transcriber(server).balance() == "42.50 usd left"
    server.rich = False
    assert await a_transcriber(server).balance() == "its key may not see the balance"
    assert [one.path for one in server.requests] == ["/v1/projects", "/v1/projects/p1/balances"] * 2
    with pytest.raises(OperatorAction):
        await DeepgramTranscriber("old key", server.base_url).balance()
