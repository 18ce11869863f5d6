from itertools import product

import pytest

from lessons.consent import TEXTS, Consents, Purpose, may_analyse, may_record, texts_in

ANSWERS = (None, False, True)


def said(given: bool | None, purpose: Purpose = Purpose.RECORD) -> Consents:
    return Consents({} if given is None else {purpose: given})


@pytest.mark.parametrize(("tutor", "student"), list(product(ANSWERS, ANSWERS)))
def test_only_what_both_agreed_to_is_recorded(tutor: bool | None, student: bool | None) -> None:
    assert may_record(said(tutor), said(student)) is (tutor is True and student is True)


def test_agreeing_to_something_else_is_not_agreeing_to_be_recorded() -> None:
    other = Consents({Purpose.AI: True, Purpose.MARKETING: True})
    assert not may_record(other, other)
    assert other.given(Purpose.AI)


@pytest.mark.parametrize(("tutor", "student"), list(product(ANSWERS, ANSWERS)))
def test_a_computer_works_on_a_lesson_of_our_classroom_where_both_agreed_to_it(
    tutor: bool | None, student: bool | None
) -> None:
    both = said(tutor, Purpose.AI), said(student, Purpose.AI)
    assert may_analyse(*both, were_asked=True) is (tutor is True and student is True)


@pytest.mark.parametrize(("tutor", "student"), list(product(ANSWERS, ANSWERS)))
def test_a_computer_works_on_a_lesson_from_elsewhere_unless_somebody_declined(
    tutor: bool | None, student: bool | None
) -> None:
    both = said(tutor, Purpose.AI), said(student, Purpose.AI)
    assert may_analyse(*both, were_asked=False) is (False not in (tutor, student))


def test_agreeing_to_be_recorded_is_not_agreeing_to_a_computers_work() -> None:
    recorded = Consents({Purpose.RECORD: True, Purpose.MARKETING: True})
    assert not may_analyse(recorded, recorded, were_asked=True)


def test_every_language_asks_for_every_purpose() -> None:
    for language, texts in TEXTS.items():
        assert texts.keys() == set(Purpose), language
        assert len({text for text in texts.values() if text}) == len(Purpose)


@pytest.mark.parametrize(
    ("language", "chosen"), [("es", "es"), ("ES-mx,es;q=0.9", "es"), ("fr", "en"), ("", "en"), ("*", "en")]
)
def test_people_are_asked_in_their_language_else_in_english(language: str, chosen: str) -> None:
    assert texts_in(language) == TEXTS[chosen]
