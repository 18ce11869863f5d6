"""The caught letters, read in a browser without any harm."""

from email.message import EmailMessage
from pathlib import Path

import httpx2
import pytest

from api.services import Services
from tests.api.conftest import asked

EVIL = '<script>alert(1)</script><img src="https://tracker.example/x"><p id="hello">Hello "Lucía"</p>'


@pytest.fixture
def mailbox(services: Services) -> Path:
    folder = services["mailbox"]
    assert folder is not None
    folder.mkdir()
    return folder


def catch(mailbox: Path, name: str, subject: str, html: str = EVIL) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "studio@studio.example", "lucia@students.example", subject
    letter["Date"], letter["Message-ID"] = "Mon, 05 Jan 2026 10:00:00 +0000", f"<{name}@studio.example>"
    letter.set_content(f"Plain <b>{subject}</b>")
    letter.add_alternative(html, subtype="html")
    (mailbox / f"{name}.eml").write_bytes(bytes(letter))


async def test_letters_are_listed_and_read(client: httpx2.AsyncClient, mailbox: Path) -> None:
    catch(mailbox, "one", "Your lesson is ready ✓")
    listed = (await client.get("/dev/inbox")).text
    assert all(word in listed for word in ("2026-01-05 10:00", "lucia@students.example", "Your lesson is ready ✓"))
    assert 'href="/dev/inbox/one"' in listed
    letter = await client.get("/dev/inbox/one")
    assert (letter.status_code, "Plain &lt;b&gt;Your lesson is ready ✓" in letter.text) == (200, True)


async def test_what_a_letter_brings_cannot_act(client: httpx2.AsyncClient, mailbox: Path) -> None:
    catch(mailbox, "one", "<script>alert(2)</script>")
    for path in ("/dev/inbox", "/dev/inbox/one"):
        answer = await client.get(path)
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
    assert '<iframe sandbox title="HTML" srcdoc="&lt;script' in answer.text


async def test_an_empty_or_broken_mailbox_is_shown_as_it_is(client: httpx2.AsyncClient, mailbox: Path) -> None:
    assert "No letter" in (await client.get("/dev/inbox")).text
    (mailbox / "odd.eml").write_bytes(b"\xff\x00 no letter at all")
    assert (await client.get("/dev/inbox")).status_code == 200
    assert (await client.get("/dev/inbox/odd")).status_code == 200


@pytest.mark.parametrize("name", ["two", "..%2Fone", "%2e%2e", "one.eml"])
async def test_what_is_no_letter_is_not_found(name: str, client: httpx2.AsyncClient, mailbox: Path) -> None:
    catch(mailbox, "one", "Hello")
    (mailbox.parent / "one.eml").write_text("outside")
    assert (await client.get(f"/dev/inbox/{name}")).status_code == 404


async def test_where_letters_are_really_sent_there_is_no_mailbox(services: Services) -> None:
    services["mailbox"] = None
    async with asked(services) as client:
        assert (await client.get("/dev/inbox")).status_code == 404
        assert (await client.get("/dev/inbox/one")).status_code == 404
