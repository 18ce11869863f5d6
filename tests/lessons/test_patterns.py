import pytest

from lessons.mistakes import MistakeType
from lessons.patterns import Pattern, compiled, suggestions

VOCABULARY = {"WHO": "i|he|<PERSON>", "PERSON": "anna|bob", "GO": "go(?:es)?"}


def pattern(shape: str, better: str) -> Pattern:
    return Pattern(shape, VOCABULARY, better, MistakeType.FORM, "Because.")


def test_names_stand_for_words_of_the_vocabulary() -> None:
    shape = compiled("<who:WHO|nobody> <GO>", VOCABULARY)
    found = shape.search("today Bob goes")
    assert found is not None
    assert found["who"] == "Bob"
    assert shape.search("today nobody goes")
    assert not shape.search("today Zoe goes")


def test_only_whole_words_match() -> None:
    shape = compiled("he <GO>", VOCABULARY)
    assert not any(shape.search(text) for text in ("she goes", "he going", "he-go", "he go-between", "he go's"))


def test_marked_words_alone_are_suggested() -> None:
    [one] = suggestions([pattern("yesterday «<who:WHO> <verb:GO>»", "{who} {verb.loud}")], "Yesterday he go.", Shouted)
    assert ("Yesterday he go."[one.start : one.end], one.better) == ("he go", "he GO")


class Shouted(str):
    @property
    def loud(self) -> str:
        return self.upper()


def test_a_sentence_begins_with_a_capital() -> None:
    [one] = suggestions([pattern("he <verb:GO>", "she {verb}")], "He go.", str)
    assert one.better == "She go"


def test_curly_apostrophes_are_apostrophes() -> None:
    assert list(suggestions([pattern("he don't", "he doesn't")], "Now he don’t.", str))


def test_a_name_that_is_not_in_the_vocabulary_is_told_at_once() -> None:
    with pytest.raises(KeyError):
        compiled("<NOBODY>", VOCABULARY)
