"""What every Analyst and every Embedder promises, whoever does the work: the same tests over rules, e5 and OpenAI."""

import itertools
import math
from collections.abc import Iterator

import pytest

from lessons.drills import is_playable
from lessons.highlights import clips_wanted, snippet_of
from lessons.languages import LanguagePair
from lessons.ports import Analyst, Embedder
from lessons.transcript import Speaker, Transcript
from providers.e5 import E5Embedder
from providers.openai import OpenAIAnalyst
from providers.openai_server import OpenAIServer
from providers.openai_vectors import OpenAIEmbedder
from providers.rules import RulesAnalyst
from tests.ledgers import MemoryLedger
from tests.providers.test_rules import conversation
from tests.vendors.openai import CHAT, EMBEDDING, KEY, OpenAIStandIn, openai_stand_in

ENGLISH = LanguagePair("en", "es")
LESSON = conversation(
    [
        (Speaker.TUTOR, "What did you do at the weekend? Imagine that I know nothing."),
        (Speaker.STUDENT, "We was at the beach and my brother buyed ice cream for everybody."),
        (Speaker.TUTOR, "Your brother bought ice cream. Great! And was the weather good?"),
        (Speaker.STUDENT, "Yes, but the water was more cold than last year. He is responsible of the boat."),
        (Speaker.TUTOR, "Colder than last year, we say colder. And he is responsible for the boat."),
        (Speaker.STUDENT, "The water was colder than last year. He is responsible for the boat."),
        (Speaker.TUTOR, "Perfect, that was excellent. I love your story about the beach!"),
    ]
    * 3
)


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIStandIn]:
    with openai_stand_in() as running:
        yield running


@pytest.fixture(params=["rules", "openai"])
def analyst(request: pytest.FixtureRequest, server: OpenAIStandIn) -> Analyst:
    if request.param == "rules":
        return RulesAnalyst()
    return OpenAIAnalyst(OpenAIServer(server.base_url, KEY), CHAT)


@pytest.fixture(params=["e5", "openai"])
def embedder(request: pytest.FixtureRequest, server: OpenAIStandIn) -> Embedder:
    if request.param == "e5":
        return E5Embedder()
    return OpenAIEmbedder(OpenAIServer(server.base_url, KEY), EMBEDDING)


async def test_a_mistake_quotes_the_students_own_words_at_their_time(analyst: Analyst) -> None:
    found = await analyst.mistakes(LESSON, ENGLISH, MemoryLedger(), print)
    own = [word for one in LESSON.utterances if one.speaker is Speaker.STUDENT for word in one.words]
    assert len({one.said for one in found}) >= 3
    for one in found:
        said = " ".join(word.text for word in own if one.start <= word.start and word.end <= one.end)
        assert one.said in said
        assert one.corrected == one.sentence.replace(one.said, one.better, 1)
        assert one.better != one.said
        assert 0 <= one.confidence <= 0.9
    assert [one.start for one in found] == sorted(one.start for one in found)


async def test_drills_are_of_these_mistakes_and_can_be_played(analyst: Analyst) -> None:
    ledger = MemoryLedger()
    found = await analyst.mistakes(LESSON, ENGLISH, ledger, print)
    drills = await analyst.drills(found, ENGLISH, ledger, print)
    assert drills
    assert all(is_playable(drill.content) for drill in drills)
    assert {drill.seconds for drill in drills} <= {one.start for one in found}


async def test_highlights_are_of_a_clips_length_and_their_text_is_what_is_said(analyst: Analyst) -> None:
    best = await analyst.highlights(LESSON, clips_wanted(LESSON), MemoryLedger(), print)
    assert best
    for one in best:
        assert 15 <= one.end - one.start <= 60
        assert 0 <= one.viral_score <= 1
        assert one.snippet == snippet_of(LESSON, one.start, one.end)
        assert 0 < len(one.title) <= 60
    spans = sorted((one.start, one.end) for one in best)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


async def test_a_summary_has_a_text_and_points(analyst: Analyst) -> None:
    ledger = MemoryLedger()
    found = await analyst.mistakes(LESSON, ENGLISH, ledger, print)
    summary = await analyst.summary(LESSON, found, ledger, print)
    assert summary.text.startswith("A conversation of about")
    assert summary.key_points
    assert all(summary.key_points)


async def test_silence_and_strangers_teach_nothing(analyst: Analyst) -> None:
    ledger = MemoryLedger()
    for said in (Transcript(), conversation([(Speaker.UNKNOWN, "We was buyed.")])):
        assert await analyst.mistakes(said, ENGLISH, ledger, print) == []
    assert await analyst.highlights(Transcript(), 2, ledger, print) == []
    assert (await analyst.summary(Transcript(), [], ledger, print)).text


async def test_nothing_is_flagged_of_a_lesson_that_was_read_whole(analyst: Analyst) -> None:
    flags = set[str]()
    await analyst.mistakes(LESSON, ENGLISH, MemoryLedger(), flags.add)
    await analyst.highlights(LESSON, 2, MemoryLedger(), flags.add)
    assert flags == set()


async def test_vectors_have_384_numbers_and_tell_what_texts_share(embedder: Embedder) -> None:
    texts = ["We went to the beach in the summer.", "The exam is in March.", ""]
    vectors = await embedder.passages(texts, MemoryLedger())
    [asked] = await embedder.passages(["the beach in summer"], MemoryLedger())
    near = [sum(a * b for a, b in zip(asked, vector, strict=True)) for vector in vectors]
    assert [len(vector) for vector in vectors] == [384] * 3
    assert all(math.isfinite(number) for vector in vectors for number in vector)
    assert near[0] == max(near)
    assert await embedder.passages([], MemoryLedger()) == []
    assert embedder.model
