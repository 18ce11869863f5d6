import pytest

from lessons.drills import DrillType, drill_key, drills_from, is_playable
from lessons.evidence import find_mistakes
from lessons.languages import LanguagePair
from lessons.retelling import DrillClaim, retold, true_summary
from lessons.summaries import Summary, summary_of
from tests.lessons.conftest import Conversation

ENGLISH = LanguagePair("en", "es")
LINES = (
    ("tutor", "What did you do at the weekend?"),
    ("student", "I goed to the beach. It was nice."),
    ("tutor", "You went to the beach. Great!"),
)


def test_a_summary_is_told_between_what_we_know(conversation: Conversation) -> None:
    talk = conversation(*LINES)
    [made] = find_mistakes(talk, ENGLISH)
    told = true_summary(talk, [made], [Summary("They talked about a beach.", ("Go, went, gone.", " ", "A\0point."))])
    assert told.text.startswith("A conversation of about 1 minute;")
    assert "They talked about a beach. 1 mistake to practise" in told.text
    assert told.key_points == ("Go, went, gone.",)


def test_the_accounts_of_windows_are_one_of_bounded_length(conversation: Conversation) -> None:
    talk = conversation(*LINES)
    windows = [Summary("They spoke. " * 99, ("The same.", f"Point {at}.", "The Same.")) for at in range(20)]
    told = true_summary(talk, [], windows)
    assert len(told.text) < 1300
    assert len(told.key_points) == 6
    assert len({point.lower() for point in told.key_points}) == 6


@pytest.mark.parametrize("text", ["", "See https://evil.example now.", "word " * 900])
def test_an_account_of_no_use_is_replaced_by_ours(conversation: Conversation, text: str) -> None:
    talk = conversation(*LINES)
    assert true_summary(talk, [], [Summary(text, ())]) == summary_of(talk, [])


def test_drills_take_a_models_texts_where_they_make_an_exercise(conversation: Conversation) -> None:
    drills = drills_from(find_mistakes(conversation(*LINES), ENGLISH))
    told = retold(drills, [DrillClaim(1, "Piensa en el pasado.", ["gone", "going", "goes"])])
    [fix] = [one for one in told if one.type is DrillType.FIX]
    assert fix.content["prompt"] == "Piensa en el pasado."
    assert sorted(fix.content["data"]["options"]) == ["goed", "going", "gone", "went"]
    assert is_playable(fix.content)
    assert [drill_key(one) for one in told] == [drill_key(one) for one in drills]


@pytest.mark.parametrize(
    "claim",
    [
        DrillClaim(0, "Think.", ["gone"]),
        DrillClaim(9, "Think.", ["gone"]),
        DrillClaim(1, "It is went.", ["Went", "GOED"]),
        DrillClaim(1, "Visit www.evil.example", ["<b>", "@you", "", "пошла", "gone " * 20]),
        DrillClaim(1, "word " * 50, []),
    ],
)
def test_texts_that_spoil_an_exercise_leave_it_as_it_was(conversation: Conversation, claim: DrillClaim) -> None:
    drills = drills_from(find_mistakes(conversation(*LINES), ENGLISH))
    before = [(one.content["prompt"], sorted(one.content["data"].get("options", []))) for one in drills]
    after = [(one.content["prompt"], sorted(one.content["data"].get("options", []))) for one in retold(drills, [claim])]
    assert after == before
