from collections.abc import Callable

from lessons.sentences import Sentence, turns
from lessons.transcript import Speaker, Transcript, Utterance, Word, in_order

Conversation = Callable[..., Transcript]
SENTENCE = Sentence(tuple(Word(text, n, n + 1, 1.0) for n, text in enumerate(["Yes,", "I", "goed", "home."])))


def test_characters_and_words_are_found_from_each_other() -> None:
    assert SENTENCE.numbers(5, 11) == (1, 3)
    assert SENTENCE.place(1, 4) == (5, 16)
    assert SENTENCE.text[slice(*SENTENCE.place(1, 4))] == "I goed home"


def test_a_pause_to_think_ends_no_turn(conversation: Conversation) -> None:
    spoken = turns(conversation(("student", "The exam"), ("tutor", "mhm"), ("student", "is difficult.")))
    assert [one.text for one in spoken] == ["The exam is difficult.", "mhm"]


def test_another_speaker_or_language_or_a_long_silence_does(conversation: Conversation) -> None:
    assert len(turns(conversation(("student", "Hi."), ("tutor", "How are you now?"), ("student", "Fine.")))) == 3
    assert len(turns(conversation(("student", "Hi."), ("student", "Hola.", "es")))) == 2
    words = [(Word(str(at), at, at + 1, 1.0),) for at in (0.0, 9.0)]
    assert len(turns(in_order(Utterance(Speaker.STUDENT, one) for one in words))) == 2
