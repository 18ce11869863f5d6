import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.drills import (
    Drill,
    DrillType,
    as_fix,
    as_gap_fill,
    drill_key,
    drills_from,
    is_playable,
    source_of,
    table_type_of,
)
from lessons.evidence import find_mistakes
from lessons.languages import LanguagePair
from lessons.mistakes import Evidence, Mistake, MistakeType
from lessons.transcript import Transcript

Conversation = Callable[..., Transcript]
ENGLISH = LanguagePair()


def mistake(
    said: str,
    better: str,
    sentence: str,
    start: float = 1.0,
    type: MistakeType = MistakeType.FORM,
    needs_review: bool = False,
) -> Mistake:
    corrected = sentence.replace(said, better, 1)
    return Mistake(
        said, better, start, start + 1, type, Evidence.RECAST, 0.9, needs_review, "A rule.", sentence, corrected
    )


@pytest.fixture(scope="module")
def mistakes(lesson: Transcript) -> list[Mistake]:
    return find_mistakes(lesson, ENGLISH)


@pytest.fixture(scope="module")
def drills(mistakes: list[Mistake]) -> list[Drill]:
    return drills_from(mistakes)


def of_type(drills: list[Drill], type: DrillType) -> list[Drill]:
    return [drill for drill in drills if drill.type is type]


def test_a_lesson_gives_drills_of_all_types_and_all_can_be_played(drills: list[Drill]) -> None:
    assert {drill.type for drill in drills} == {*DrillType}
    assert all(is_playable(drill.content) for drill in drills)
    assert all(is_playable(as_gap_fill(drill)) for drill in drills)
    assert all(
        {"type", "prompt", "data", "target", "correction", "explanation"} == drill.content.keys() for drill in drills
    )


def test_no_mistakes_give_no_drills() -> None:
    assert drills_from([]) == []


def test_what_needs_review_gives_no_drills_and_nothing_in_its_sentence_does() -> None:
    doubtful = mistake("am agree", "agree", "I am agree that we was late.", needs_review=True)
    sure = mistake("we was", "we were", "I am agree that we was late.")
    assert drills_from([doubtful, sure]) == []


def test_a_fix_has_one_gap_and_one_mistake(drills: list[Drill]) -> None:
    fixes = [drill.content["data"] for drill in of_type(drills, DrillType.FIX)]
    assert len(fixes) == len({data["sentence"] for data in fixes}) <= 10
    for data in fixes:
        assert data["sentence"].replace("___", data["answer"]) == data["correction"]
        [wrong] = [option for option in data["options"] if option != data["answer"]]
        assert data["sentence"].replace("___", wrong) == data["original"]


def test_the_other_mistakes_of_a_sentence_are_put_right_in_a_fix() -> None:
    sentence = "We was at home and my brother buyed a cake."
    both = [mistake("We was", "We were", sentence), mistake("buyed", "bought", sentence, start=3.0)]
    data = [drill.content["data"] for drill in of_type(drills_from(both), DrillType.FIX)]
    assert [(one["sentence"], one["original"]) for one in data] == [
        ("We ___ at home and my brother bought a cake.", "We was at home and my brother bought a cake."),
        ("We were at home and my brother ___ a cake.", "We were at home and my brother buyed a cake."),
    ]


def test_a_sentence_that_stays_wrong_is_not_taught() -> None:
    assert drills_from([mistake("buyed", "bought", "She don't know who buyed it.")]) == []


def test_the_right_option_has_no_place_of_its_own(drills: list[Drill]) -> None:
    data = [drill.content["data"] for drill in of_type(drills, DrillType.FIX)]
    assert {one["options"].index(one["answer"]) for one in data} == {0, 1}


def test_a_scramble_is_a_permutation_that_is_not_solved_yet(drills: list[Drill]) -> None:
    scrambles = [drill.content["data"] for drill in of_type(drills, DrillType.SCRAMBLE)]
    assert scrambles
    for data in scrambles:
        assert sorted(data["words"]) == sorted(data["solution"])
        assert data["words"] != data["solution"]
        assert 4 <= len(data["words"]) <= 14
        assert data["solution"][0][0].isupper()
        assert data["solution"][-1][-1] in ".?!"


@pytest.mark.parametrize(
    "sentence", ["I goed yesterday to the park.", "I goed to the park and the lake.", "I goed home."]
)
def test_a_sentence_with_two_orders_or_too_few_words_is_not_scrambled(sentence: str) -> None:
    assert of_type(drills_from([mistake("goed", "went", sentence)]), DrillType.SCRAMBLE) == []


def test_a_match_needs_four_different_pairs() -> None:
    pairs = [("buyed", "bought"), ("teached", "taught"), ("goed", "went"), ("catched", "caught")]
    made = [mistake(said, better, f"She {said} it.", start=float(at)) for at, (said, better) in enumerate(pairs)]
    [drill] = of_type(drills_from(made), DrillType.MATCH)
    assert [(one["left"], one["right"]) for one in drill.content["data"]["pairs"]] == pairs
    assert of_type(drills_from(made[:3] + made[:1]), DrillType.MATCH) == []


def test_the_same_mistakes_give_the_same_drills(mistakes: list[Mistake], drills: list[Drill]) -> None:
    assert json.dumps([one.content for one in drills_from(mistakes[::-1])]) == json.dumps(
        [one.content for one in drills]
    )


def test_keys_tell_drills_apart_and_not_their_renderings(drills: list[Drill]) -> None:
    assert len({drill_key(drill) for drill in drills}) == len(drills)
    for drill in drills:
        reworded = replace(drill, content=as_gap_fill(drill) | {"prompt": "Other words."})
        assert drill_key(reworded) == drill_key(drill)


def test_a_fix_is_a_gap_fill_for_other_players() -> None:
    [drill] = of_type(drills_from([mistake("goed", "went", "I goed home.")]), DrillType.FIX)
    assert as_gap_fill(drill) == as_fix(drill) | {"type": "gap-fill"}


def test_words_are_vocabulary_and_the_rest_is_grammar() -> None:
    [word] = of_type(drills_from([mistake("do", "make", "I do a cake.", type=MistakeType.WORD_CHOICE)]), DrillType.FIX)
    [form] = of_type(drills_from([mistake("goed", "went", "I goed home.")]), DrillType.FIX)
    assert (table_type_of(word), source_of(word)) == ("vocabulary", "auto_vocabulary")
    assert (table_type_of(form), source_of(form)) == ("grammar", "auto_grammar")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"type": "scramble", "data": {"words": ["a", "b", "c", "d"], "solution": ["a", "b", "c", "d"]}},
        {"type": "scramble", "data": {"words": ["b", "a", "c", "d"], "solution": ["a", "b", "c", "e"]}},
        {"type": "scramble", "data": {"words": ["b", "a"], "solution": ["a", "b"]}},
        {"type": "match", "data": {"pairs": [{"id": str(n), "left": "a", "right": str(n)} for n in range(4)]}},
        {"type": "fix", "data": {"sentence": "no gap", "answer": "a", "options": ["a", "b"]}},
        {"type": "quiz", "data": {}},
    ],
)
def test_what_cannot_be_played_is_refused(content: dict[str, object]) -> None:
    assert not is_playable(content)


@pytest.mark.parametrize("text", ["<b>went</b>", "https://example.org", "went ___ out"])
def test_markup_links_and_second_gaps_are_refused(text: str) -> None:
    assert drills_from([mistake("goed", text, "I goed to the park with her.")]) == []


words = st.lists(st.text("abcd'-é", min_size=1, max_size=5), min_size=1, max_size=9)


@given(words, words, words, words)
def test_whatever_was_said_only_playable_drills_are_made(
    before: list[str], said: list[str], better: list[str], after: list[str]
) -> None:
    sentence = " ".join([*before, *said, *after]) + "."
    right = " ".join([*before, *better, *after]) + "."
    one = replace(mistake(" ".join(said), " ".join(better), sentence), corrected=right)
    assert all(is_playable(drill.content) for drill in drills_from([one]))
