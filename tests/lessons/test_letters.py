"""What letters say, in every language there is, to people in every time zone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from gettext import c2py
from string import Formatter
from typing import Any

import pytest

from lessons.languages import language_code
from lessons.letters import Held, Message, Reader, message_id_of, message_to_student, message_to_tutor
from lessons.letters.wording import FALLBACK, wording_in, wordings
from lessons.messages import Failure, LessonReport, Nothing, Stage

HELD = Held(datetime(2026, 11, 3, 16, tzinfo=UTC), "Europe/Madrid")
MIRA = Reader("Mira", "en", "Europe/Madrid")
LUCIA = Reader("Lucía", "es", "Europe/Madrid", unsubscribe="https://studio.example/api/unsubscribe?token=a&b")
MADE = LessonReport(mistakes=3, drills=1, clips=0)
SIZES = {"weekdays": 7, "months": 12}


def phrases(file: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a file by its place; forms of one noun share theirs."""
    for key, value in file.items():
        if isinstance(value, Mapping):
            yield from phrases(value, f"{place}{key}.")
        else:
            yield from ((place + key, text) for text in (value if isinstance(value, list) else [value]))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def asked_of(file: Mapping[str, Any]) -> dict[str, set[str]]:
    """The placeholders of every place; of a noun's forms, those of any."""
    found: dict[str, set[str]] = {}
    for place, text in phrases(file):
        found.setdefault(place, set()).update(placeholders(text))
    return found


def a_letter(language: str, report: LessonReport = MADE) -> Message:
    return message_to_tutor(replace(MIRA, language=language), "Lucía", HELD, report)


@pytest.mark.parametrize("code", wordings())
def test_every_language_has_the_same_phrases_with_the_same_placeholders(code: str) -> None:
    assert asked_of(wordings()[code].file) == asked_of(wordings()[FALLBACK].file)
    assert all(text.strip() for _, text in phrases(wordings()[code].file))


@pytest.mark.parametrize("code", wordings())
def test_every_language_has_all_days_months_and_plural_forms(code: str) -> None:
    file = wordings()[code].file
    assert {name: len(set(file[name])) for name in SIZES} == SIZES
    forms = {1 + c2py(file["plural"])(number) for number in range(1, 1000)} | {0}
    for noun, texts in file["count"].items():
        assert forms == set(range(len(texts))), noun


@pytest.mark.parametrize("code", wordings())
def test_every_stage_that_can_fail_alone_and_every_way_to_have_nothing_has_words(code: str) -> None:
    file = wordings()[code].file
    assert set(file["missing"]) == {Stage.EXTRACT, Stage.CLIP, Stage.INDEX}
    assert set(Nothing) <= set(file["tutor"])


@pytest.mark.parametrize("code", wordings())
def test_every_language_is_named_by_its_code(code: str) -> None:
    assert language_code(code) == code


@pytest.mark.parametrize(
    ("told", "code"),
    [("es", "es"), ("ES-mx", "es"), ("es_AR", "es"), (" Español (Chile)", "es"), ("Spanish", "es"), ("English", "en")],
)
def test_a_language_is_known_however_it_is_named(told: str, code: str) -> None:
    assert wording_in(told).code == code


@pytest.mark.parametrize("told", ["", "ja", "Klingon", "-", "../es", "123", "esperanto"])
def test_who_speaks_a_language_without_words_is_written_to_in_english(told: str) -> None:
    assert wording_in(told).code == "en"


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        *[("en", 0, "no mistakes"), ("en", 1, "1 mistake"), ("en", 2, "2 mistakes"), ("en", 21, "21 mistakes")],
        *[("es", 0, "ningún error"), ("es", 1, "1 error"), ("es", 2, "2 errores"), ("es", 101, "101 errores")],
    ],
)
def test_things_are_counted_as_the_language_does(language: str, number: int, said: str) -> None:
    assert wording_in(language).count("mistakes", number) == said
    assert f": {said}, " in a_letter(language, LessonReport(mistakes=number)).plain


def test_things_are_listed_as_the_language_does() -> None:
    assert [wording_in("en").join(some) for some in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]
    assert wording_in("es").join(["a", "b", "c"]) == "a, b y c"


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", "Europe/Madrid", "Tuesday 3 November, 17:00"),
        ("es", "Europe/Madrid", "martes 3 de noviembre, 17:00"),
        ("en", "Asia/Tokyo", "Wednesday 4 November, 01:00"),
        ("es", "America/Mexico_City", "martes 3 de noviembre, 10:00"),
        ("en", "UTC", "Tuesday 3 November, 16:00 UTC"),
        ("en", "Etc/UTC", "Tuesday 3 November, 16:00 UTC"),
    ],
)
def test_the_lesson_was_held_when_the_readers_clock_says(language: str, zone: str, said: str) -> None:
    tutor, student = (replace(one, language=language, timezone=zone) for one in (MIRA, LUCIA))
    assert f"({said})" in message_to_tutor(tutor, "Lucía", HELD, MADE).plain
    assert f"({said})" in message_to_student(student, "Mira", HELD, MADE).plain


def test_summer_time_counts() -> None:
    assert wording_in("en").when(datetime(2026, 7, 6, 15, tzinfo=UTC), "Europe/Madrid") == "Monday 6 July, 17:00"


@pytest.mark.parametrize("zone", ["", "Mars/Phobos", "America", "../etc/passwd", "/etc/localtime", "GMT+25", "a\0b"])
def test_where_the_readers_zone_is_unknown_the_bookings_is_taken_and_else_utc(zone: str) -> None:
    assert wording_in("en").when(HELD.at, zone, "Europe/Madrid") == "Tuesday 3 November, 17:00"
    assert wording_in("en").when(HELD.at, zone, zone) == "Tuesday 3 November, 16:00 UTC"


@pytest.mark.parametrize("language", wordings())
@pytest.mark.parametrize("name", ['<b>Lu & "cía"</b>', "{when} {0} {student.name} {", "%s $name `*_#"])
def test_a_name_is_neither_markup_nor_a_placeholder(language: str, name: str) -> None:
    told = [
        message_to_tutor(Reader(name, language, ""), name, HELD, MADE),
        message_to_student(Reader(name, language, ""), name, HELD, MADE),
        *[message_to_tutor(Reader(name, language, ""), name, HELD, LessonReport(nothing=one)) for one in Nothing],
    ]
    for message in told:
        assert name in message.subject
        assert message.plain.count(name) >= 2
        assert "<b>" not in message.html


def test_a_name_cannot_begin_a_line_of_its_own_and_a_long_one_is_cut() -> None:
    message = message_to_tutor(replace(MIRA, name=" Mira\r\nX: 1\u2028 "), "Lucía\nBcc: all@b.example", HELD, MADE)
    assert message.subject == "Your lesson with Lucía Bcc: all@b.example is ready"
    assert message.greeting == "Hello Mira X: 1,"
    assert len(message_to_tutor(MIRA, "L" * 1000, HELD, MADE).subject) < 200


@pytest.mark.parametrize(
    ("language", "hello", "student", "tutor"),
    [("en", "Hello,", "your student", "your tutor"), ("es", "Hola:", "tu estudiante", "tu tutor")],
)
def test_who_has_no_name_is_written_to_all_the_same(language: str, hello: str, student: str, tutor: str) -> None:
    reader = Reader(" ", language, "")
    to_tutor = message_to_tutor(reader, "", HELD, MADE)
    assert (to_tutor.greeting, student in to_tutor.subject, student in to_tutor.plain) == (hello, True, True)
    assert tutor in message_to_student(reader, "", HELD, MADE).plain


def test_approval_is_asked_for_only_where_there_is_something_to_approve() -> None:
    assert "before you approve it" in a_letter("en", LessonReport(clips=1)).plain
    assert "approve" not in a_letter("en", LessonReport(mistakes=1)).plain


def test_the_tutor_hears_of_what_could_not_be_made() -> None:
    failed = tuple(
        Failure(stage, "part_crashed", "") for stage in (Stage.INDEX, Stage.EXTRACT, Stage.INDEX, Stage.NOTIFY)
    )
    report = replace(MADE, degraded=failed)
    assert "trouble with the drills and the search index, so" in a_letter("en", report).plain
    assert "problemas con los ejercicios y el índice de búsqueda, así" in a_letter("es", report).plain
    assert "trouble" not in a_letter("en").plain


def test_the_tutor_hears_what_is_missing_because_somebody_no_longer_agrees_to_it() -> None:
    withdrawn = tuple(Failure(stage, "consent_withdrawn", "") for stage in (Stage.INDEX, Stage.CLIP))
    report = replace(MADE, degraded=withdrawn)
    assert "stopped making the clips and the search index, because" in a_letter("en", report).plain
    assert "dejado de preparar los clips y el índice de búsqueda, porque" in a_letter("es", report).plain
    assert "trouble" not in a_letter("en", report).plain
    both = replace(MADE, degraded=(Failure(Stage.EXTRACT, "part_crashed", ""), *withdrawn))
    assert "trouble with the drills, so" in a_letter("en", both).plain


@pytest.mark.parametrize("nothing", Nothing)
def test_of_nothing_no_more_is_said_than_why(nothing: Nothing) -> None:
    message = a_letter("en", LessonReport(nothing=nothing))
    assert message.subject == "Your lesson with Lucía"
    assert "Lucía" in message.paragraphs[0]
    assert len(message.paragraphs) == 1


def test_a_student_is_promised_drills_only_where_there_are_some() -> None:
    assert "ejercicios" in message_to_student(LUCIA, "Mira", HELD, MADE).plain
    assert "ejercicios" not in message_to_student(LUCIA, "Mira", HELD, LessonReport(mistakes=1)).plain


def test_only_who_has_an_account_is_asked_to_sign_in() -> None:
    assert "Inicia sesión" in message_to_student(LUCIA, "Mira", HELD, MADE).plain
    assert "Inicia sesión" not in message_to_student(replace(LUCIA, signs_in=False), "Mira", HELD, MADE).plain


def test_the_only_link_in_a_letter_stops_such_letters() -> None:
    message = message_to_student(LUCIA, "Mira", HELD, MADE)
    assert re.findall(r"https?://\S+", message.plain) == [LUCIA.unsubscribe]
    assert re.findall(r'href="(.*?)"', message.html) == [LUCIA.unsubscribe.replace("&", "&amp;")]
    assert "://" not in a_letter("es").plain + a_letter("es").html


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_html_says_the_same_in_its_own_language_and_loads_nothing(language: str) -> None:
    message = a_letter(language)
    assert f'<html lang="{language}">' in message.html
    assert f"<title>{message.subject}</title>" in message.html
    assert re.findall("<p>(.*?)</p>", message.html) == [message.greeting, *message.paragraphs]
    assert not re.search("<(img|link|script|style|iframe)|src=|url\\(", message.html)


def test_the_same_letter_has_the_same_id_and_another_one_another() -> None:
    ids = [
        message_id_of(*about, "studio.example")
        for about in (("1", "2", "ready"), ("1", "2", "ready"), ("1", "3", "ready"))
    ]
    assert ids[0] == ids[1] != ids[2]
    assert re.fullmatch(r"<[0-9a-f]{32}@studio\.example>", ids[0])
