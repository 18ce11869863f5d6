from collections.abc import Callable, Sequence
from typing import Any

import pytest

from lessons.evidence import find_mistakes
from lessons.languages import LanguagePair
from lessons.mistakes import Evidence, Mistake, MistakeType, Suggestion
from lessons.transcript import Speaker, Transcript

Conversation = Callable[..., Transcript]
ENGLISH = LanguagePair("en", "es")


def pairs(mistakes: Sequence[Mistake]) -> list[tuple[str, str]]:
    return [(one.said, one.better) for one in mistakes]


def found(conversation: Conversation, *lines: tuple[str, ...]) -> list[tuple[str, str]]:
    return pairs(find_mistakes(conversation(*lines), ENGLISH))


def test_the_sample_lesson_gives_its_mistakes_and_no_others(script: list[dict[str, Any]], lesson: Transcript) -> None:
    planted = [(turn["text"], mistake["wrong"]) for turn in script for mistake in turn["mistakes"]]
    mistakes = find_mistakes(lesson, ENGLISH)
    true = [one for one in mistakes if any(is_it(one, text, wrong) for text, wrong in planted)]
    told = [wrong for text, wrong in planted if any(is_it(one, text, wrong) for one in mistakes)]
    assert len(true) / len(mistakes) >= 0.95
    assert len(told) / len(planted) >= 0.9
    assert not any(one.needs_review for one in true)


def is_it(one: Mistake, text: str, wrong: str) -> bool:
    return one.sentence in text and {*one.said.lower().split()} & {*wrong.lower().split()} != set()


def test_most_mistakes_of_other_learners_are_found(
    conversation: Conversation, learner_sentences: list[dict[str, str]]
) -> None:
    hits = [
        any(is_it(one, sentence["text"], sentence["wrong"]) for one in find_mistakes(alone, ENGLISH))
        for sentence in learner_sentences
        if (alone := conversation(("student", sentence["text"])))
    ]
    assert sum(hits) / len(hits) >= 0.6


def test_right_sentences_are_left_alone(conversation: Conversation, clean_sentences: list[str]) -> None:
    assert found(conversation, *(("student", sentence) for sentence in clean_sentences)) == []


def test_nothing_that_the_tutor_says_is_a_mistake(
    conversation: Conversation, learner_sentences: list[dict[str, str]]
) -> None:
    assert found(conversation, *(("tutor", sentence["text"]) for sentence in learner_sentences)) == []


def test_nobody_unknown_makes_a_mistake(conversation: Conversation) -> None:
    assert found(conversation, ("unknown", "I am agree with you.")) == []


def test_what_was_said_stands_in_the_students_own_words(lesson: Transcript) -> None:
    own = [word for one in lesson.utterances if one.speaker is Speaker.STUDENT for word in one.words]
    for one in find_mistakes(lesson, ENGLISH):
        words = [word for word in own if one.start <= word.start and word.end <= one.end]
        assert [word.bare for word in words] == one.said.lower().split()
        assert one.corrected == one.sentence.replace(one.said, one.better, 1)


@pytest.mark.parametrize(
    "lines",
    [
        [("student", "I always say I goed, and it is wrong.")],
        [("student", "Is it goed or went?")],
        [("student", "It is information, not informations.")],
        [("student", "Can I say more cold?")],
        [("student", "The word informations is not correct.")],
        [("tutor", "Many people say I am agree."), ("student", "Yes, I am agree.")],
        [("tutor", "Please read the next sentence."), ("student", "She don't like coffee.")],
        [("tutor", "Repeat after me."), ("student", "He go to school.")],
        [("student", "It says here he go to school.")],
        [("student", "He go, he goes to school every day.")],
        [("student", "I goed, sorry, I went to the park.")],
        [("student", "We was, we were at home.")],
        [("student", "Cuando voy a casa he have.", "es")],
        [("student", "He said, me too.")],
    ],
)
def test_quoted_read_repeated_and_repaired_mistakes_are_none(
    conversation: Conversation, lines: list[tuple[str, ...]]
) -> None:
    assert found(conversation, *lines) == []


def test_a_pause_in_the_middle_of_a_sentence_is_no_missing_subject(conversation: Conversation) -> None:
    assert found(conversation, ("student", "The exam that I had"), ("student", "is very difficult.")) == []


def test_a_recast_makes_a_mistake_surer_and_words_it(conversation: Conversation) -> None:
    alone = find_mistakes(conversation(("student", "Yes, I have went to the beach.")), ENGLISH)
    heard = find_mistakes(
        conversation(("student", "Yes, I have went to the beach."), ("tutor", "Oh, you went to the beach.")),
        ENGLISH,
    )
    assert (alone[0].evidence, alone[0].better) == (Evidence.NONE, "I have gone")
    assert (heard[0].evidence, heard[0].better) == (Evidence.RECAST, "I went")
    assert heard[0].confidence > alone[0].confidence


def test_a_tutor_who_explains_is_explicit(conversation: Conversation) -> None:
    [one] = find_mistakes(
        conversation(
            ("student", "I have too much informations."),
            ("tutor", "Too much information. Information is uncountable."),
        ),
        ENGLISH,
    )
    assert one.evidence is Evidence.EXPLICIT


def test_a_recast_that_comes_too_late_is_none(conversation: Conversation) -> None:
    filler = " ".join(["well"] * 40)
    [one] = find_mistakes(
        conversation(("student", "My brother buyed it."), ("unknown", filler), ("tutor", "Your brother bought it.")),
        ENGLISH,
    )
    assert one.evidence is Evidence.NONE


def test_in_a_language_without_patterns_a_faithful_recast_tells_the_mistake(conversation: Conversation) -> None:
    mistakes = find_mistakes(
        conversation(
            ("student", "Ayer mi hermano comió en un casa muy grande.", "es"),
            ("tutor", "Ayer tu hermano comió en una casa muy grande. Se dice una casa.", "es"),
        ),
        LanguagePair("es", "en"),
    )
    assert ("un", "una") in pairs(mistakes)


def test_another_answer_of_the_tutor_is_no_recast(conversation: Conversation) -> None:
    lines = [
        ("student", "I live in Madrid with my family."),
        ("tutor", "You live in London with your friends, I thought."),
    ]
    assert found(conversation, *lines) == []


ECHOES = [
    ("I go to the gym every Monday with my friend.", "So you went to the gym on Monday with your friend."),
    ("I have two brothers and one sister in Lima.", "You have two brothers and a sister in Lima, great."),
    ("I live in a small flat near the river.", "You lived in a small flat near the river before, right."),
    ("I like to cook Italian food at home.", "You like cooking Italian food at home. Me too."),
    ("I study English for my job in the hotel.", "You are studying English for your job in the hotel."),
    ("I think that it is a good idea for us.", "I think it is a very good idea for you."),
    ("I have a dog and a cat at home.", "You have the dog and the cat at home, remember?"),
    ("I can play the guitar but not the piano.", "You can play the guitar and the piano."),
    ("I worked in a restaurant for two years.", "You have worked in a restaurant for two years."),
    ("They are going to open a shop in my street.", "They opened a shop in your street."),
    ("The food in the hotel was good.", "The food at the hotel was good. I know that hotel."),
    ("I am happy because my exam was easy.", "You are happy because your exams were easy."),
]


@pytest.mark.parametrize(("said", "echo"), ECHOES)
def test_a_tutor_who_goes_on_talking_corrects_nothing_for_sure(
    conversation: Conversation, said: str, echo: str
) -> None:
    mistakes = find_mistakes(conversation(("student", said), ("tutor", echo)), ENGLISH)
    assert all(one.needs_review for one in mistakes)


def test_an_unsure_word_needs_review(conversation: Conversation) -> None:
    [one] = find_mistakes(conversation(("student", "I am agree with you."), confidence=0.3), ENGLISH)
    assert one.needs_review
    assert one.confidence == 0.3


def saying(suggestion: Suggestion) -> Callable[[str], list[Suggestion]]:
    return lambda sentence: [suggestion]


def test_a_checker_alone_needs_review(conversation: Conversation) -> None:
    checker = saying(Suggestion(4, 7, "cats", MistakeType.NUMBER, "A plural."))
    [one] = find_mistakes(conversation(("student", "Her cat are big.")), ENGLISH, checker)
    assert (one.said, one.needs_review) == ("cat", True)


def test_a_checker_that_agrees_makes_a_pattern_surer(conversation: Conversation) -> None:
    said = conversation(("student", "My brother buyed it."))
    checker = saying(Suggestion(11, 16, "bought", MistakeType.FORM, "Irregular."))
    assert find_mistakes(said, ENGLISH, checker)[0].confidence > find_mistakes(said, ENGLISH)[0].confidence


@pytest.mark.parametrize(("begin", "end", "better"), [(0, 5, "Their"), (6, 9, "DOG"), (0, 5, "there")])
def test_spelling_and_capitals_are_the_recognisers(
    conversation: Conversation, begin: int, end: int, better: str
) -> None:
    checker = saying(Suggestion(begin, end, better, MistakeType.FORM, "Spelling."))
    assert find_mistakes(conversation(("student", "There dog is big.")), ENGLISH, checker) == []


def test_a_silent_lesson_has_no_mistakes() -> None:
    assert find_mistakes(Transcript(), ENGLISH) == []
