from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.evidence import find_mistakes
from lessons.highlights import Highlight, best_moments, captions_of, clips_wanted, highlights_of, snippet_of, title_of
from lessons.languages import LanguagePair
from lessons.mistakes import Mistake
from lessons.transcript import Speaker, Transcript, Utterance, Word, in_order

Conversation = Callable[..., Transcript]


def calm(text: str) -> float:
    return 0.0


@pytest.fixture(scope="module")
def mistakes(lesson: Transcript) -> list[Mistake]:
    return find_mistakes(lesson, LanguagePair())


@pytest.fixture(scope="module")
def best(lesson: Transcript, mistakes: list[Mistake]) -> list[Highlight]:
    return highlights_of(lesson, calm, 4, mistakes)


@st.composite
def talks(draw: st.DrawFn) -> Transcript:
    """Two people who may interrupt each other."""
    said = []
    for speaker in (Speaker.TUTOR, Speaker.STUDENT):
        now = draw(st.floats(0, 3))
        for _ in range(draw(st.integers(1, 8))):
            words = []
            for _ in range(draw(st.integers(1, 12))):
                length = draw(st.floats(0.05, 1))
                words.append(Word(draw(st.sampled_from(["well", "why?", "great!", "yes."])), now, now + length, 1.0))
                now += length + draw(st.floats(0, 0.5))
            said.append(Utterance(speaker, tuple(words)))
            now += draw(st.floats(0, 5))
    return in_order(said)


def test_a_lesson_has_moments_of_the_right_length_that_do_not_overlap(best: list[Highlight]) -> None:
    assert len(best) == 4
    assert all(15.0 <= one.end - one.start <= 60.0 for one in best)
    assert [one.viral_score for one in best] == sorted((one.viral_score for one in best), reverse=True)
    spans = sorted((one.start, one.end) for one in best)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_a_snippet_is_exactly_what_is_said_in_the_span(lesson: Transcript, best: list[Highlight]) -> None:
    words = [word for one in lesson.utterances for word in one.words]
    for one in best:
        assert one.snippet.split() == [word.text for word in words if one.start <= word.start and word.end <= one.end]


@given(talks())
def test_no_cut_goes_through_a_word_and_no_caption_leaves_the_clip(transcript: Transcript) -> None:
    words = [word for one in transcript.utterances for word in one.words]
    for moment in highlights_of(transcript, calm, 3):
        for cut in (moment.start, moment.end):
            assert not any(word.start < cut < word.end for word in words)
        assert moment.snippet == snippet_of(transcript, moment.start, moment.end)
        assert 0.0 <= moment.viral_score <= 1.0
        captions = captions_of(transcript, moment.start, moment.end)
        assert all(0.0 <= one.start < one.end <= moment.end - moment.start + 1e-9 for one in captions)
        assert all(a.end <= b.start + 1e-9 for a, b in pairwise(captions))
        assert all(len(one.text.split()) <= 4 for one in captions)


def test_captions_hold_the_whole_snippet_two_to_four_words_at_a_time(lesson: Transcript, best: list[Highlight]) -> None:
    captions = captions_of(lesson, best[0].start, best[0].end)
    assert " ".join(one.text for one in captions) == best[0].snippet
    assert all(2 <= len(one.text.split()) <= 4 for one in captions if one.text != "Perfect.")


def test_a_correction_that_is_followed_by_praise_is_worth_more(conversation: Conversation) -> None:
    begin = [("tutor", "Tell me about your weekend and what you did with all your friends there.")]
    wrong = [("student", "We was at the beach with my brother and his family, it was a very sunny day for us.")]
    end = [
        ("tutor", "You were at the beach, we say you were. Can you try the sentence again for me now?"),
        ("student", "We were at the beach with my brother and his family, it was a very sunny day."),
    ]
    praised = conversation(*begin, *wrong, *end, ("tutor", "Perfect, that was excellent, well done!"))
    ended = conversation(*begin, *wrong, *end, ("tutor", "And now we talk of the weather in April."))
    scores = [highlights_of(one, calm, 1)[0].viral_score for one in (praised, ended)]
    assert scores[0] > scores[1]


def test_an_open_mistake_makes_a_moment_worth_less(conversation: Conversation) -> None:
    said = conversation(*[("student", "We was there and my brother buyed some ice cream for us all day long.")] * 3)
    found = find_mistakes(said, LanguagePair())
    assert highlights_of(said, calm, 1, found)[0].viral_score < highlights_of(said, calm, 1)[0].viral_score


def test_happy_moments_are_worth_more(lesson: Transcript) -> None:
    happy = highlights_of(lesson, lambda text: 0.9, 1)[0]
    sad = highlights_of(lesson, lambda text: -0.9, 1)[0]
    assert happy.viral_score > sad.viral_score


def test_a_short_lesson_may_have_a_short_moment_and_a_few_words_have_none(conversation: Conversation) -> None:
    short = conversation(
        ("tutor", "What did you do?"), ("student", "I went to the beach with my family."), ("tutor", "Great!")
    )
    assert [round(one.end - one.start) for one in highlights_of(short, calm, 2)] == [9]
    assert highlights_of(conversation(("tutor", "Hello there!")), calm, 2) == []
    assert highlights_of(Transcript(), calm, 2) == []


def test_the_best_of_overlapping_moments_is_taken() -> None:
    moments = [Highlight(0, 20, 0.5, "", ""), Highlight(10, 30, 0.9, "", ""), Highlight(30, 50, 0.1, "", "")]
    assert best_moments(moments, 5) == [moments[1], moments[2]]
    assert best_moments(moments, 1) == [moments[1]]


def test_a_title_is_a_striking_sentence_and_short() -> None:
    assert title_of("Okay. I see. What would you do with a million?") == "What would you do with a million?"
    assert title_of("I went home.") == "I went home"
    assert title_of("word " * 40).endswith("word…")
    assert len(title_of("word " * 40)) <= 60
    assert title_of("") == ""


def test_longer_lessons_give_more_clips(conversation: Conversation, lesson: Transcript) -> None:
    assert (clips_wanted(Transcript()), clips_wanted(lesson)) == (0, 2)


def test_hours_of_talk_are_searched(lesson: Transcript) -> None:
    hours = in_order(
        Utterance(one.speaker, tuple(Word(w.text, w.start + at, w.end + at, 1.0) for w in one.words), one.language)
        for at in range(0, 3 * 3600, 440)
        for one in lesson.utterances
    )
    assert len(highlights_of(hours, calm, 3)) == 3
