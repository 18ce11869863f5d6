from collections.abc import Sequence
from dataclasses import replace

import pytest

from lessons.claims import MistakeClaim, true_mistakes
from lessons.evidence import find_mistakes
from lessons.languages import LanguagePair
from lessons.mistakes import Evidence, Mistake, MistakeType
from lessons.prompts import lines_of
from lessons.transcript import Transcript
from tests.lessons.conftest import Conversation

ENGLISH = LanguagePair("en", "es")
GOED = MistakeClaim(2, "goed", "went", MistakeType.FORM, "Go is irregular.", 0.9)
LINES = (
    ("tutor", "What did you do at the weekend?"),
    ("student", "I goed to the beach. It was nice, and we have eaten fish."),
    ("tutor", "You went to the beach. Great!"),
)


def found(transcript: Transcript, *claims: MistakeClaim, pair: LanguagePair = ENGLISH) -> list[Mistake]:
    return true_mistakes(transcript, lines_of(transcript), pair, claims)


def test_a_claim_becomes_a_mistake_with_the_words_own_times_and_the_tutors_evidence(conversation: Conversation) -> None:
    talk = conversation(*LINES)
    [made] = found(talk, GOED)
    word = talk.utterances[1].words[1]
    assert (made.said, made.better, made.start, made.end) == ("goed", "went", word.start, word.end)
    assert (made.sentence, made.corrected) == ("I goed to the beach.", "I went to the beach.")
    assert (made.evidence, made.type, made.explanation) == (Evidence.RECAST, MistakeType.FORM, "Go is irregular.")
    assert made.confidence == 0.9
    assert not made.needs_review


@pytest.mark.parametrize(
    "invented",
    [
        replace(GOED, said="runned"),
        replace(GOED, said=""),
        replace(GOED, said="..."),
        replace(GOED, said="What did you do", line=1),
        replace(GOED, said="weekend", line=1),
        replace(GOED, said="You went to the beach", line=3),
        replace(GOED, line=99),
        replace(GOED, line=-1),
        replace(GOED, said="beach. It"),
    ],
    ids=lambda claim: f"{claim.line} {claim.said}",
)
def test_words_that_do_not_stand_in_the_students_speech_there_are_no_mistake(
    conversation: Conversation, invented: MistakeClaim
) -> None:
    assert found(conversation(*LINES), invented) == []


@pytest.mark.parametrize(
    "better",
    [
        "",
        "  ",
        "goed",
        "Goed!",
        "went <b>",
        "see http://evil.example",
        "went ___",
        "пошла",
        "went " * 9,
        "@me",
        "we\0nt",
    ],
)
def test_what_is_no_correction_of_the_words_is_dropped(conversation: Conversation, better: str) -> None:
    assert found(conversation(*LINES), replace(GOED, better=better)) == []


def test_a_rewriting_of_the_whole_sentence_is_no_correction(conversation: Conversation) -> None:
    rewritten = replace(GOED, said="It was nice, and we have eaten fish", better="Everybody enjoyed dinner by the sea")
    assert found(conversation(*LINES), rewritten) == []


def test_words_that_stand_at_two_places_of_a_line_are_at_none(conversation: Conversation) -> None:
    talk = conversation(("student", "I goed there and then I goed home."))
    assert found(talk, replace(GOED, line=1)) == []
    assert [one.start for one in found(talk, replace(GOED, line=1, said="goed home", better="went home"))] == [3.0]


def test_a_claim_that_is_off_by_a_line_is_put_right(conversation: Conversation) -> None:
    assert len(found(conversation(*LINES), replace(GOED, line=3))) == 1


def test_what_an_unknown_speaker_says_is_nobodys_mistake(conversation: Conversation) -> None:
    assert found(conversation(("unknown", "I goed home.")), replace(GOED, line=1)) == []


def test_words_of_another_language_are_no_mistake(conversation: Conversation) -> None:
    assert found(conversation(("student", "Yo goed a casa.", "es")), replace(GOED, line=1)) == []


@pytest.mark.parametrize(
    "lines",
    [
        [("student", "You never say goed in English.")],
        [("student", "I goed, I went home.")],
        [("tutor", "Do not say goed."), ("student", "Okay, goed.")],
        [("tutor", "Please repeat after me."), ("student", "He goed.")],
    ],
)
def test_what_was_quoted_repeated_read_aloud_or_mended_is_no_mistake(
    conversation: Conversation, lines: Sequence[tuple[str, str]]
) -> None:
    assert found(conversation(*lines), replace(GOED, line=len(lines))) == []


def test_the_same_claim_out_of_two_windows_is_one_mistake_in_the_surer_wording(conversation: Conversation) -> None:
    weaker = replace(GOED, better="did go", confidence=0.5)
    assert [one.better for one in found(conversation(*LINES), weaker, GOED, GOED)] == ["went"]


def test_a_model_is_never_surer_than_the_recogniser_and_never_quite_sure(conversation: Conversation) -> None:
    alone = ("student", "I goed home.")
    sure = replace(GOED, line=1, confidence=9e9)
    assert found(conversation(alone), sure)[0].confidence == 0.75
    assert found(conversation(alone, confidence=0.3), sure)[0].needs_review
    assert found(conversation(alone), replace(sure, confidence=-3.0))[0].confidence == 0


def test_an_explanation_that_is_no_plain_text_is_replaced(conversation: Conversation) -> None:
    told = [
        found(conversation(*LINES), replace(GOED, explanation=text))[0].explanation
        for text in ("", "Visit www.evil.example", "long " * 99)
    ]
    assert told == ["Better: went."] * 3


def test_mistakes_come_in_order_of_time(conversation: Conversation) -> None:
    other = MistakeClaim(2, "have eaten", "ate", MistakeType.TENSE, "Past.", 0.95)
    assert [one.said for one in found(conversation(*LINES), other, GOED)] == ["goed", "have eaten"]


def test_the_rules_and_a_model_that_says_the_same_agree_on_every_place(lesson: Transcript) -> None:
    ruled = find_mistakes(lesson, ENGLISH)
    numbers = {word: line.number for line in lines_of(lesson) for word in line.words}
    starts = {word.start: word for word in numbers}
    claims = [
        MistakeClaim(numbers[starts[one.start]], one.said, one.better, one.type, one.explanation, 0.9) for one in ruled
    ]
    told = found(lesson, *claims)
    assert [(one.said, one.better, one.start, one.sentence) for one in told] == [
        (one.said, one.better, one.start, one.sentence) for one in ruled
    ]
