"""A tutor's own terms: hers alone, few and short."""

import re

import httpx2
import pytest

from tests.api.conftest import School
from tests.api.signing import as_

PATH = "/api/vocabulary"


async def test_a_tutor_keeps_her_terms_each_once(school: School, visitor: httpx2.AsyncClient) -> None:
    tutor = as_(school.people.tutor)
    assert (await visitor.get(PATH, headers=tutor)).json() == {"terms": []}
    for terms in (["gerund"], ["present perfect", "Lucía", "present perfect"]):
        kept = await visitor.put(PATH, headers=tutor, json={"terms": terms})
        assert (kept.status_code, kept.json()["terms"]) == (200, list(dict.fromkeys(terms)))
    assert (await visitor.get(PATH, headers=tutor)).json() == {"terms": ["present perfect", "Lucía"]}
    assert (await visitor.get(PATH, headers=as_(school.strangers.tutor))).json() == {"terms": []}


async def test_only_a_tutor_has_terms(school: School, visitor: httpx2.AsyncClient) -> None:
    student = as_(school.people.student_user)
    refused = await visitor.put(PATH, headers=student, json={"terms": ["gerund"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "tutor_only")
    assert (await visitor.put(PATH, json={"terms": []})).status_code == 401


@pytest.mark.parametrize(
    "terms", [["x"] * 101, ["x" * 61], [""], [" x"], ["a\nb"], ["a\x00b"], [7], "gerund", None], ids=repr
)
async def test_terms_that_are_too_many_too_long_or_no_text_are_refused(
    school: School, visitor: httpx2.AsyncClient, terms: object
) -> None:
    answer = await visitor.put(PATH, headers=as_(school.people.tutor), json={"terms": terms})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "terms")


async def test_terms_that_are_too_much_together_are_refused_and_say_how_many_would_be_expected(
    school: School, visitor: httpx2.AsyncClient
) -> None:
    tutor, terms = as_(school.people.tutor), [f"the {at}th conditional" for at in range(100)]
    refused = await visitor.put(PATH, headers=tutor, json={"terms": terms})
    [fault] = refused.json()["errors"]
    assert (refused.status_code, fault["field"]) == (422, "terms")
    [fitting] = re.findall(r"only the first (\d+)", fault["problem"])
    kept = await visitor.put(PATH, headers=tutor, json={"terms": terms[: int(fitting)]})
    assert (kept.status_code, len(kept.json()["terms"])) == (200, int(fitting))
