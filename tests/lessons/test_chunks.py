from collections.abc import Callable

from lessons.chunks import chunks_of
from lessons.transcript import Transcript

Conversation = Callable[..., Transcript]


def test_chunks_hold_the_whole_lesson_in_order(lesson: Transcript) -> None:
    chunks = chunks_of(lesson)
    lines = [line for chunk in chunks for line in chunk.text.split("\n")]
    assert lines == [f"{one.speaker}: {one.text}" for one in lesson.utterances]
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk.start < chunk.end for chunk in chunks)


def test_chunks_have_about_sixty_to_a_hundred_and_twenty_words(lesson: Transcript) -> None:
    sizes = [len(chunk.text.split()) for chunk in chunks_of(lesson)]
    assert all(50 <= size <= 140 for size in sizes[:-1])


def test_a_monologue_is_cut_at_its_sentences(conversation: Conversation) -> None:
    chunks = chunks_of(conversation(("tutor", "This is a sentence of some words. " * 60)))
    assert len(chunks) > 3
    assert all(chunk.text.endswith("words.") for chunk in chunks)
    assert sum(chunk.text.count("sentence") for chunk in chunks) == 60


def test_a_silent_lesson_has_no_chunks() -> None:
    assert chunks_of(Transcript()) == []
