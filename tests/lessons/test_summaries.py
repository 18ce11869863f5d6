from collections.abc import Callable

from lessons.evidence import find_mistakes
from lessons.languages import LanguagePair
from lessons.summaries import Summary, markdown_of, summary_of
from lessons.transcript import Transcript

Conversation = Callable[..., Transcript]
ENGLISH = LanguagePair()


def test_a_summary_counts_and_quotes(conversation: Conversation) -> None:
    said = conversation(("tutor", "Do you agree?"), ("student", "I am agree."))
    summary = summary_of(said, find_mistakes(said, ENGLISH))
    assert summary.text == (
        "A conversation of about 1 minute; the student spoke 50% of the words. 1 mistake to practise, mostly form."
    )
    assert summary.key_points == ("“I agree” instead of “I am agree”",)


def test_a_lesson_without_sure_mistakes_says_so(conversation: Conversation) -> None:
    said = conversation(("student", "I am agree."), confidence=0.2)
    summary = summary_of(said, find_mistakes(said, ENGLISH))
    assert summary.text.endswith("No mistake was sure enough to make a drill of.")
    assert summary.key_points == ()


def test_where_it_is_not_known_who_spoke_no_share_and_no_mistake_is_told(conversation: Conversation) -> None:
    said = conversation(("unknown", "I am agree."), ("unknown", "Do you?"))
    summary = summary_of(said, [])
    assert summary.text == "A recording of about 1 minute, in which it is not known who spoke."
    assert summary.key_points == ()


def test_a_silent_lesson_has_a_summary() -> None:
    assert "0%" in summary_of(Transcript(), []).text


def test_what_was_said_is_no_markup(conversation: Conversation) -> None:
    said = conversation(("student", "I have a lot of *works* <b>!"))
    mistakes = find_mistakes(conversation(("student", "I am agree.")), ENGLISH)
    shown = markdown_of(summary_of(said, mistakes), mistakes)
    assert shown.startswith("## Lesson\n\n")
    assert "- **I agree** instead of *I am agree*: Agree is a verb" in shown


def test_the_account_of_a_lesson_is_no_markup_either() -> None:
    shown = markdown_of(Summary("They *spoke* of [x](y) & <b>."), [])
    assert shown == "## Lesson\n\nThey \\*spoke\\* of \\[x\\](y) &amp; &lt;b>.\n"
