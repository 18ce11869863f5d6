import pytest

from lessons.english.forms import Form
from lessons.english.grammar import ENGLISH, lemma
from lessons.patterns import suggestions


@pytest.mark.parametrize(
    ("word", "form", "expected"),
    [
        ("swim", "ing", "swimming"),
        ("die", "ing", "dying"),
        ("make", "ing", "making"),
        ("see", "ing", "seeing"),
        ("carry", "past", "carried"),
        ("stop", "past", "stopped"),
        ("buyed", "past", "bought"),
        ("goed", "participle", "gone"),
        ("went", "base", "go"),
        ("watch", "third", "watches"),
        ("study", "third", "studies"),
        ("hot", "comparative", "hotter"),
        ("easy", "superlative", "easiest"),
        ("good", "comparative", "better"),
        ("worrying", "felt", "worried"),
        ("bored", "causing", "boring"),
        ("childs", "plural", "children"),
        ("city", "plural", "cities"),
        ("engineer", "article", "an"),
    ],
)
def test_words_are_brought_into_other_forms(word: str, form: str, expected: str) -> None:
    assert getattr(Form(word), form) == expected


def test_another_verb_takes_the_same_form() -> None:
    assert [f"{Form(said):tell}" for said in ("say", "says", "said", "saying")] == ["tell", "tells", "told", "telling"]


def test_a_word_that_is_not_known_has_no_other_form() -> None:
    with pytest.raises(LookupError):
        _ = Form("blorked").base


def test_forms_of_a_verb_have_one_lemma() -> None:
    assert {lemma(word) for word in ("teach", "teaches", "taught", "teached", "teaching")} == {"teach"}


def test_every_pattern_is_told_in_short_plain_sentences() -> None:
    for pattern in ENGLISH.patterns:
        assert pattern.explanation.endswith((".", "?"))
        assert len(pattern.explanation) <= 100


def test_real_words_are_not_taken_for_wrong_pasts() -> None:
    assert not list(suggestions(ENGLISH.patterns, "The seed cost little, and he putted from his bed.", ENGLISH.form))
