"""What a model may say in its own words: plain text, and nothing that leads elsewhere or looks like something else."""

import pytest

from lessons.wording import fit

LINKS = (
    "https://evil.example", "HTTP://evil.example", "//evil.example/x", "www.evil.example", "evil.example", "bit.ly/x",
    "t.co/x", "203.0.113.7", "javascript:alert(1)", "mailto: a", "tel:+34600", "data:text/html,x", "a@evil.example",
    "evil．example", "пример.рф",
)  # fmt: skip
MARKUP = (
    "<b>", "<script>alert(1)</script>", "＜b＞", "&lt;b&gt;", "&#60;b", "[here](x)", "![x](y)", "`code`", "**now**",
    "__now__", "*now*", "_now_", "~~now~~", "# Now", "{{ x }}", "a \\ b",
)  # fmt: skip
PLAIN = (
    "It is went.", "p.ej. «fui»", "at 9 a.m., i.e. early", "3.5 hours", "I ___ to the beach.", "*goed is no word.",
    "Number #1", "Wait... and go", "10:30", "Piensa en el pasado: ¿qué hiciste?", "e.g. U.S. or Ph.D.", "z.B. gehen",
    "昨日 は 行きました。", "A & B", "one_two", "2 * 3 * 4",
)  # fmt: skip


@pytest.mark.parametrize("text", [*LINKS, *MARKUP, "zero\0", "turned \u202e round", "x" * 99])
def test_what_leads_elsewhere_or_is_more_than_text_is_not_fit(text: str) -> None:
    assert fit(text, 60) == ""


@pytest.mark.parametrize("text", LINKS)
def test_an_address_is_found_in_a_sentence(text: str) -> None:
    assert [fit(said, 60) for said in (f"Look at {text} now", f"See {text}!", f"({text})")] == [""] * 3


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_is_fit_in_any_language(text: str) -> None:
    assert fit(f"  {text}\n", 60) == text
