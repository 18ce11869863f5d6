import re

from hypothesis import given
from hypothesis import strategies as st

from lessons.subtitles import cues, srt, txt, vtt
from lessons.transcript import Speaker, Transcript, Utterance, Word, in_order

NAMES = {Speaker.TUTOR: "Joe <b>", Speaker.STUDENT: "Aiko & co", Speaker.UNKNOWN: "Speaker"}


def said(*texts: str, pace: float = 0.5) -> Transcript:
    words = tuple(Word(text, n * pace, n * pace + 0.4, 1.0) for n, text in enumerate(texts))
    return in_order([Utterance(Speaker.STUDENT, words)])


def test_webvtt_names_the_speaker_and_escapes_markup() -> None:
    assert vtt(said("a", "<i>", "-->"), NAMES) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.400\n<v Aiko &amp; co>a &lt;i&gt; --&gt;\n"
    )


def test_subrip_has_numbers_and_no_markup() -> None:
    assert srt(said("{\\an8}", "<i>hi</i>"), NAMES) == (
        "1\n00:00:00,000 --> 00:00:00,900\nAiko & co: (\\an8) ‹i›hi‹/i›\n"
    )


def test_plain_text_has_one_line_per_utterance() -> None:
    assert txt(said("Hello\nthere."), NAMES) == "[00:00:00] Aiko & co: Hello there.\n"


def test_a_silent_lesson_has_no_cues() -> None:
    assert (vtt(Transcript(), NAMES), srt(Transcript(), NAMES), txt(Transcript(), NAMES)) == ("WEBVTT\n", "", "")


def test_hours_are_written_out() -> None:
    late = in_order([Utterance(Speaker.TUTOR, (Word("late", 3 * 3600 + 62.0004, 3 * 3600 + 63.25, 1.0),))])
    assert "03:01:02.000 --> 03:01:03.250" in vtt(late, NAMES)


@given(
    st.lists(st.sampled_from(["a", "word.", "considerable", "really?"]), min_size=1, max_size=60),
    st.floats(0.3, 2.0),
)
def test_cues_are_short_and_hold_every_word_once(texts: list[str], pace: float) -> None:
    transcript = said(*texts, pace=pace)
    shown = list(cues(transcript))
    assert " ".join(cue.text for cue in shown) == transcript.utterances[0].text
    assert all(0 < cue.end - cue.start <= 6.0 and len(cue.text) <= 84 for cue in shown)
    assert re.findall("-->", srt(transcript, NAMES)) == ["-->"] * len(shown)
