import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.errors import BadTranscript
from lessons.results import mended, results_from, transcript_from
from lessons.transcript import Speaker, Transcript, Utterance, Word, in_order

letters = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12)
moments = st.floats(0, 40_000, allow_nan=False)
shares = st.floats(0, 1, allow_nan=False)


@st.composite
def utterances(draw: st.DrawFn) -> Utterance:
    starts = sorted(draw(st.lists(moments, min_size=1, max_size=6)))
    words = [Word(draw(letters), start, start + draw(st.floats(0, 5)), draw(shares)) for start in starts]
    return Utterance(draw(st.sampled_from(Speaker)), tuple(words), draw(st.sampled_from(["", "en", "es"])))


transcripts = st.lists(utterances(), max_size=6).map(in_order)


def word(text: str, start: float, **more: Any) -> dict[str, Any]:
    return {"word": text, "start": start, "end": start + 0.3, "confidence": 0.8, **more}


def multichannel(*spoken: tuple[int, str]) -> dict[str, Any]:
    """What Deepgram answers for a file with one person on each channel."""
    said = [
        {"channel": channel, "words": [word(text, at + n / 2) for n, text in enumerate(line.split())]}
        for at, (channel, line) in enumerate(spoken)
    ]
    return {"channels": [{"alternatives": [{"words": []}]}, {"alternatives": [{"words": []}]}], "utterances": said}


@given(transcripts)
def test_a_round_trip_keeps_everything(transcript: Transcript) -> None:
    stored = json.loads(json.dumps(results_from(transcript)))
    assert transcript_from(stored, 1) == transcript


@given(transcripts)
def test_each_speaker_has_a_channel_of_ones_own(transcript: Transcript) -> None:
    results = results_from(transcript)
    for number, speaker in enumerate([Speaker.TUTOR, Speaker.STUDENT]):
        words = results["channels"][number]["alternatives"][0]["words"]
        assert len(words) == transcript.words_of(speaker)
    assert len(results["channels"]) == (3 if transcript.words_of(Speaker.UNKNOWN) else 2)


def test_stored_words_have_the_fields_that_deepgrams_have(lesson: Transcript) -> None:
    results = results_from(lesson)
    first = results["channels"][1]["alternatives"][0]
    assert first["words"][1] == {
        "word": "morning",
        "start": 7.5,
        "end": 7.9,
        "confidence": 0.9,
        "speaker": 1,
        "punctuated_word": "morning,",
        "language": "en",
    }
    assert first["paragraphs"]["paragraphs"][0]["sentences"][0]["text"] == "Good morning, teacher."
    assert results["utterances"][1]["channel"] == results["utterances"][1]["speaker"] == 1


def test_the_student_is_where_one_says() -> None:
    answer = multichannel((0, "hola"), (1, "hello"))
    assert [one.speaker for one in transcript_from(answer, 0).utterances] == [Speaker.STUDENT, Speaker.TUTOR]
    assert [one.speaker for one in transcript_from(answer, 1).utterances] == [Speaker.TUTOR, Speaker.STUDENT]


def test_without_knowing_the_channel_nobody_is_named() -> None:
    heard = transcript_from(multichannel((0, "hello"), (1, "hi")), None)
    assert {one.speaker for one in heard.utterances} == {Speaker.UNKNOWN}


def test_a_diarized_single_channel_names_nobody() -> None:
    words = [word("hello", 0.0, speaker=0), word("hi", 0.5, speaker=1)]
    heard = transcript_from({"channels": [{"alternatives": [{"words": words}]}]}, 0)
    assert [(one.speaker, one.text) for one in heard.utterances] == [
        (Speaker.UNKNOWN, "hello"),
        (Speaker.UNKNOWN, "hi"),
    ]


def test_words_without_utterances_are_grouped_at_pauses() -> None:
    words = [word("so", 0.0), word("well", 0.4), word("yes", 3.0)]
    quiet: dict[str, Any] = {"alternatives": [{"words": []}]}
    heard = transcript_from({"channels": [quiet, {"alternatives": [{"words": words}]}]}, 1)
    assert [one.text for one in heard.utterances] == ["so well", "yes"]


def test_unsorted_and_empty_words_are_put_right() -> None:
    answer = multichannel((0, "x"))
    answer["utterances"][0]["words"] = [word("b", 2.0), word(" ", 1.5), word("a", 1.0, punctuated_word="A")]
    assert transcript_from(answer, 1).utterances[0].text == "A b"


def test_an_utterance_takes_the_language_of_most_of_its_words() -> None:
    answer = multichannel((1, "x"))
    tongues = ["es-419", "es-419", "en"]
    answer["utterances"][0] |= {"words": [word("si", n, language=tongue) for n, tongue in enumerate(tongues)]}
    assert transcript_from(answer, 1).utterances[0].language == "es"


def test_a_silent_answer_is_an_empty_transcript() -> None:
    assert transcript_from({"channels": [{"alternatives": [{"words": []}]}]}, 1) == Transcript()


@pytest.mark.parametrize("name", ["start", "end", "confidence"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -1, "1", None, True, [], 10**400])
def test_a_word_whose_numbers_are_none_is_refused(name: str, value: Any) -> None:
    answer = multichannel((0, "hello"))
    answer["utterances"][0]["words"][0][name] = value
    with pytest.raises(BadTranscript):
        transcript_from(answer, 1)


@pytest.mark.parametrize("name", ["word", "start", "end", "confidence"])
def test_a_word_without_a_field_is_refused(name: str) -> None:
    answer = multichannel((0, "hello"))
    del answer["utterances"][0]["words"][0][name]
    with pytest.raises(BadTranscript):
        transcript_from(answer, 1)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "results",
        {},
        {"channels": None},
        {"channels": [1]},
        {"utterances": {}},
        {"utterances": [{"channel": 0}]},
        {"utterances": [{"channel": "left", "words": []}]},
        {"channels": [{"alternatives": [{"words": ["hello"]}]}]},
    ],
)
def test_what_is_no_answer_is_refused_in_one_sentence_without_content(answer: Any) -> None:
    with pytest.raises(BadTranscript, match="The transcript is not in the shape of Deepgram's results"):
        transcript_from(answer, 1)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["channels", "utterances", "words", "alternatives", "start"]), inner)
        ),
    )
)
def test_nonsense_is_refused_or_read_but_never_crashes(answer: Any) -> None:
    with suppress(BadTranscript):
        assert isinstance(transcript_from(answer, 1), Transcript)


def test_words_of_a_vendor_that_have_no_times_are_left_out_up_to_a_tenth() -> None:
    answer = multichannel((1, " ".join(["word"] * 20)))
    listed = answer["utterances"][0]["words"]
    listed[3]["start"], listed[4]["word"] = math.nan, None
    del listed[5]["confidence"]
    heard = transcript_from(mended(answer), 1)
    assert (heard.words, min(word.confidence for word in heard.utterances[0].words)) == (18, 0.0)
    listed = answer["utterances"][0]["words"]
    listed[0]["end"] = listed[1]["end"] = -1
    with pytest.raises(BadTranscript, match="2 of 18 words"):
        mended(answer)


def test_an_utterance_that_names_no_channel_is_nobodys() -> None:
    answer = multichannel((0, "hello"), (1, "hi"))
    del answer["utterances"][0]["channel"]
    assert [one.speaker for one in transcript_from(answer, 1).utterances] == [Speaker.UNKNOWN, Speaker.STUDENT]
