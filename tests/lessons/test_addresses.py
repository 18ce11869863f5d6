import pytest

from lessons.addresses import address_in, plain_address_in


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("studio@studio.example", "studio@studio.example"),
        ("TutorLingua Studio <studio@studio.localhost>", "studio@studio.localhost"),
        ('"Studio, the one" <a@b.example>', "a@b.example"),
        ("José Müller <a@b.example>", "a@b.example"),
        (" a@b ", "a@b"),
    ],
)
def test_an_address_is_found_with_and_without_a_name(said: str, address: str) -> None:
    assert (address_in(said), plain_address_in(said)) == (address, address)


@pytest.mark.parametrize(
    "said",
    [
        *("", "TutorLingua Studio", "studio@", "@b.example", "<a@b.example", "a@b@c", "a b@c.example", "<>"),
        *("a@b.example, c@d.example", "Studio, the one <a@b.example>", "a@b.example\nBcc: c@d.example"),
    ],
)
def test_what_is_no_address_or_more_than_one_has_none(said: str) -> None:
    assert address_in(said) == ""


def test_an_address_with_an_accent_is_not_plain() -> None:
    assert address_in("josé@b.example") == "josé@b.example"
    assert plain_address_in("josé@b.example") == plain_address_in("studio@bücher.example") == ""
