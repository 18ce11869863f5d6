from lessons.english.grammar import ENGLISH
from lessons.mistakes import Evidence
from lessons.recasts import aligned, echoes_of, recast_of, recasts
from lessons.sentences import Sentence
from lessons.transcript import Word


def sentence(text: str) -> Sentence:
    return Sentence(tuple(Word(word, n, n + 0.5, 1.0) for n, word in enumerate(text.split())))


def tutor_says(said: str, *heard: str) -> list[tuple[str, str]]:
    student = sentence(said)
    return [
        (" ".join(student.bare[one.begin : one.end]), one.better)
        for one in recasts(echoes_of(student, [sentence(text) for text in heard], ENGLISH))
        if one.faithful
    ]


def test_i_and_you_are_aligned() -> None:
    pairs = aligned(sentence("I work in my shop.").bare, sentence("So you work in your shop.").bare, ENGLISH)
    assert [(one.student, one.tutor) for one in pairs] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]


def test_a_recast_is_told_as_the_student_would_say_it() -> None:
    assert tutor_says("I go to my office with car every day.", "You go to your office by car every day.") == [
        ("with", "by")
    ]


def test_a_left_out_word_comes_with_its_neighbour() -> None:
    assert tutor_says("Yesterday I listened music in my room.", "Yesterday you listened to music in your room.") == [
        ("listened", "listened to")
    ]


def test_a_question_of_the_tutor_is_a_question() -> None:
    assert tutor_says("I went to the beach with my friends.", "Did you go to the beach with your friends?") == []


def test_another_article_is_no_correction() -> None:
    assert tutor_says("I bought a new car last week.", "You bought the new car last week.") == []


def test_other_content_is_no_correction() -> None:
    assert tutor_says("My brother lives in a small town.", "My sister lives in a big town.") == []


def test_a_word_is_swapped_only_where_the_tutor_explains() -> None:
    said = "I want to do a cake for my mother."
    assert tutor_says(said, "You want to make a cake for your mother.") == []
    assert tutor_says(said, "You want to make a cake for your mother, we say make.") == [("do", "make")]


def test_the_tutors_words_for_a_known_mistake_are_found() -> None:
    heard = [sentence("So you have worked in a bank for five years.")]
    found = recast_of(echoes_of(sentence("I am work in a bank."), heard, ENGLISH), 0, 3, "I work")
    assert found is not None
    assert (found.better, found.evidence) == ("I have worked", Evidence.RECAST)


def test_a_tutor_who_talks_of_something_else_recasts_nothing() -> None:
    echoes = echoes_of(sentence("I am agree."), [sentence("What about your work?")], ENGLISH)
    assert recast_of(echoes, 0, 3, "I agree") is None


def test_talk_without_full_stops_is_not_compared() -> None:
    assert echoes_of(sentence("well " * 200), [sentence("well " * 200)], ENGLISH) == []
