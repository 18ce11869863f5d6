from itertools import product

import pytest

from lessons.consent import TEXTS, Consents, Purpose, may_record, texts_in

ANSWERS = (None, False, True)


def said(record: bool | None) -> Consents:
    return Consents({} if record is None else {Purpose.RECORD: record})


@pytest.mark.parametrize(("tutor", "student"), list(product(ANSWERS, ANSWERS)))
def test_only_what_both_agreed_to_is_recorded(tutor: bool | None, student: bool | None) -> None:
    assert may_record(said(tutor), said(student)) is (tutor is True and student is True)


def test_agreeing_to_something_else_is_not_agreeing_to_be_recorded() -> None:
    other = Consents({Purpose.AI: True, Purpose.MARKETING: True})
    assert not may_record(other, other)
    assert other.given(Purpose.AI)


def test_every_language_asks_for_every_purpose() -> None:
    for language, texts in TEXTS.items():
        assert texts.keys() == set(Purpose), language
        assert len({text for text in texts.values() if text}) == len(Purpose)


@pytest.mark.parametrize(
    ("language", "chosen"), [("es", "es"), ("ES-mx,es;q=0.9", "es"), ("fr", "en"), ("", "en"), ("*", "en")]
)
def test_people_are_asked_in_their_language_else_in_english(language: str, chosen: str) -> None:
    assert texts_in(language) == TEXTS[chosen]
