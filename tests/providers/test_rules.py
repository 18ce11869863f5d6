import pytest

from lessons.languages import LanguagePair
from lessons.mistakes import Evidence
from lessons.ports import Analyst
from lessons.transcript import Speaker, Transcript, Utterance, Word, in_order
from providers.rules import RulesAnalyst
from tests.ledgers import MemoryLedger

ENGLISH = LanguagePair("en", "es")
LINES = [
    (Speaker.TUTOR, "What did you do at the weekend?"),
    (Speaker.STUDENT, "We was at the beach and my brother buyed ice cream for everybody."),
    (Speaker.TUTOR, "Your brother bought ice cream. Great! And was the weather good?"),
    (Speaker.STUDENT, "Yes, it was sunny, and I am agree that it was a perfect day."),
    (Speaker.TUTOR, "Fantastic, that was wonderful. I love your story about the beach!"),
]


def conversation(lines: list[tuple[Speaker, str]], language: str = "en") -> Transcript:
    said, now = [], 0.0
    for speaker, text in lines:
        words = [Word(word, now + n / 2, now + n / 2 + 0.4, 0.9) for n, word in enumerate(text.split())]
        said.append(Utterance(speaker, tuple(words), language))
        now = words[-1].end + 0.6
    return in_order(said)


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return RulesAnalyst()


async def test_mistakes_are_found_by_patterns_recasts_and_the_checker(analyst: Analyst) -> None:
    found = await analyst.mistakes(conversation(LINES), ENGLISH, MemoryLedger(), print)
    assert [(one.said, one.better, one.needs_review) for one in found] == [
        ("We was", "We were", False),
        ("buyed", "bought", False),
        ("I am agree", "I agree", False),
    ]
    assert found[1].evidence is Evidence.RECAST
    assert found[1].confidence == 0.9


async def test_what_only_the_checker_holds_against_a_sentence_needs_review(analyst: Analyst) -> None:
    found = await analyst.mistakes(
        conversation([(Speaker.STUDENT, "He could of told me about it.")]), ENGLISH, MemoryLedger(), print
    )
    assert all(one.needs_review for one in found)


async def test_other_languages_are_not_judged_by_english(analyst: Analyst) -> None:
    lines = [(Speaker.STUDENT, "La cocina es demasiado pequeña para los clientes.")]
    assert await analyst.mistakes(conversation(lines, "es"), LanguagePair("es", "en"), MemoryLedger(), print) == []
    assert await analyst.mistakes(conversation(lines, "es"), ENGLISH, MemoryLedger(), print) == []


async def test_long_lessons_are_judged_whole(analyst: Analyst) -> None:
    found = await analyst.mistakes(conversation(LINES * 30), ENGLISH, MemoryLedger(), print)
    assert len(found) == 90
    assert [one.start for one in found] == sorted(one.start for one in found)


async def test_the_happy_end_is_the_best_moment(analyst: Analyst) -> None:
    [best] = await analyst.highlights(conversation(LINES), 1, MemoryLedger(), print)
    assert best.snippet.endswith(("wonderful.", "beach!"))
    assert 15 <= best.end - best.start <= 60


async def test_a_summary_is_made_of_what_was_found(analyst: Analyst) -> None:
    said = conversation(LINES)
    summary = await analyst.summary(
        said, await analyst.mistakes(said, ENGLISH, MemoryLedger(), print), MemoryLedger(), print
    )
    assert "3 mistakes" in summary.text


async def test_a_silent_lesson_is_no_trouble(analyst: Analyst) -> None:
    assert await analyst.mistakes(Transcript(), ENGLISH, MemoryLedger(), print) == []
    assert await analyst.highlights(Transcript(), 2, MemoryLedger(), print) == []
