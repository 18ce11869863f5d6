"""Links that stop letters stand for one person, and nobody can make them up."""

from urllib.parse import parse_qs, urlsplit

import pytest

from lessons.opt_out import OptOutLinks

LINKS = OptOutLinks("https://studio.example", "secret")
PERSON = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def token_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


def test_a_link_stands_for_the_person_it_was_made_for() -> None:
    link = LINKS.link_for("student", PERSON)
    assert link.startswith("https://studio.example/api/unsubscribe?token=")
    assert LINKS.person_of(token_of(link)) == ("student", PERSON)
    assert link == LINKS.link_for("student", PERSON)


@pytest.mark.parametrize("forged", ["", ".", "..", "student", f"student.{PERSON}", f"student.{PERSON}.", "é.ü.ß"])
def test_what_is_not_signed_stands_for_nobody(forged: str) -> None:
    assert LINKS.person_of(forged) is None


def test_a_changed_person_role_or_signature_and_another_secret_stand_for_nobody() -> None:
    token = token_of(LINKS.link_for("student", PERSON))
    for changed in (token.replace("3f25", "3f26"), token.replace("student", "tutor"), token[:-1], token + "0"):
        assert LINKS.person_of(changed) is None
    assert OptOutLinks("https://studio.example", "another").person_of(token) is None
