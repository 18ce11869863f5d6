"""Letters over a real SMTP server."""

import asyncio
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Literal

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from lessons.errors import MailRefused, MailUnavailable, OperatorAction
from lessons.ports import Letter, Mailer
from providers.smtp import SmtpMailer
from tests.vendors.certificates import Certificate, certificate_in
from tests.vendors.smtp import Post, guarded, guarded_otherwise, plain, serving

SENDER = "TutorLingua Studio <studio@studio.example>"
LETTER = Letter(
    "<one@studio.example>", "lucia@students.example", "Your lesson is ready ✓", "Hello Lucía,\n", "<p>Hello</p>"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_in(tmp_path_factory.mktemp("certificate"))


def mailer(port: int) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, SENDER, tls="none", seconds=10)


async def test_a_letter_arrives_as_plain_text_and_html_with_its_own_id() -> None:
    post = Post()
    async with serving(lambda: plain(post)) as port:
        port_of_lessons: Mailer = mailer(port)
        await port_of_lessons.send(LETTER)
    (message,) = post.taken
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    body, html = message.get_body(("plain",)), message.get_body(("html",))
    assert body is not None
    assert html is not None
    assert (body.get_content().strip(), html.get_content().strip()) == (LETTER.plain.strip(), LETTER.html)
    assert (message["Message-ID"], message["Subject"]) == (LETTER.message_id, LETTER.subject)
    assert (message["From"], message["To"]) == (SENDER, LETTER.recipient)
    assert parsedate_to_datetime(message["Date"]).tzinfo is not None


@pytest.mark.parametrize(
    "post",
    [
        Post(to_recipient="550 No such person"),
        Post(to_recipient="553 Bad mailbox"),
        Post(to_recipient="550 5.1.1 The account does not exist"),
        Post(to_recipient="556 5.1.10 The domain takes no mail"),
        Post(to_recipient="550 5.2.1 The mailbox is closed"),
        Post(to_data="550 5.1.1 User unknown"),
    ],
)
async def test_an_address_that_is_refused_for_good_is_told_as_such(post: Post) -> None:
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(MailRefused) as refused:
            await mailer(port).send(LETTER)
    assert LETTER.recipient not in str(refused.value)


@pytest.mark.parametrize("address", ["", "lucia", "lucia@", "lucia@a.example, all@b.example", "a@b.example\nTo: c@d"])
async def test_who_has_no_address_is_refused_before_any_server_is_asked(address: str) -> None:
    with pytest.raises(MailRefused):
        await SmtpMailer("127.0.0.1", 1, SENDER).send(replace(LETTER, recipient=address))


@pytest.mark.parametrize("sender", ["", "TutorLingua Studio", "studio@", "Studio <josé@studio.example>"])
async def test_a_sender_without_an_address_is_for_the_operator(sender: str) -> None:
    with pytest.raises(OperatorAction, match="STUDIO_MAIL__SENDER"):
        await SmtpMailer("127.0.0.1", 1, sender).send(LETTER)


@pytest.mark.parametrize(
    "post",
    [
        Post(to_recipient="450 Greylisted"),
        Post(to_data="452 Full"),
        Post(to_data="550 5.4.5 Daily user sending limit exceeded"),
        Post(to_sender="550 5.4.5 Daily user sending limit exceeded"),
        Post(to_recipient="550 5.4.4 The domain is not found"),
        Post(to_recipient="554 5.3.0 The server is in trouble"),
        Post(to_recipient="552 5.2.2 The mailbox is full"),
        Post(to_recipient="552 Storage exceeded"),
    ],
)
async def test_what_is_refused_for_now_may_be_tried_again(post: Post) -> None:
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(MailUnavailable):
            await mailer(port).send(LETTER)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with serving(lambda: plain(Post())) as port:
        pass
    with pytest.raises(MailUnavailable):
        await mailer(port).send(LETTER)


@pytest.mark.parametrize(
    ("host", "port"), [("smtp..resend.com", 25), ("a" * 64, 25), ("a\0b", 25), ("127.0.0.1", 99999)]
)
@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
async def test_a_host_that_can_be_none_is_for_the_operator_and_no_refusal_of_the_letter(
    host: str, port: int, tls: Literal["none", "starttls", "tls"]
) -> None:
    nowhere = SmtpMailer(host, port, SENDER, tls=tls, seconds=10)
    with pytest.raises(OperatorAction, match="STUDIO_MAIL__HOST"):
        await nowhere.send(LETTER)
    with pytest.raises(OperatorAction, match="STUDIO_MAIL__HOST"):
        await nowhere.look()


async def test_a_server_that_says_nothing_is_unavailable() -> None:
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        left.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(MailUnavailable):
            await SmtpMailer("127.0.0.1", port, SENDER, tls="none", seconds=0.1).send(LETTER)
        await left.wait()


async def test_a_subject_cannot_smuggle_a_header() -> None:
    post = Post()
    letter = Letter("<one@studio.example>", "a@b.example", "Hi\r\nBcc: all@b.example", "", "")
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(MailRefused):
            await mailer(port).send(letter)
    assert post.taken == []


async def test_a_login_is_made_behind_starttls(certificate: Certificate) -> None:
    post = Post()
    async with serving(lambda: guarded(post, certificate)) as port:
        await replace(
            mailer(port), username="resend", password="right", tls="starttls", trust=certificate.trusting
        ).send(LETTER)
    assert (len(post.taken), set(post.logins)) == (1, {b"resend"})


async def test_a_login_is_made_behind_tls(certificate: Certificate) -> None:
    post = Post()
    async with serving(lambda: guarded_otherwise(post), certificate.server) as port:
        await replace(mailer(port), username="resend", password="right", tls="tls", trust=certificate.trusting).send(
            LETTER
        )
    assert (len(post.taken), set(post.logins)) == (1, {b"resend"})


async def test_a_wrong_password_is_for_the_operator_and_names_its_setting(certificate: Certificate) -> None:
    post = Post()
    async with serving(lambda: guarded(post, certificate)) as port:
        with pytest.raises(OperatorAction, match="STUDIO_MAIL__PASSWORD") as raised:
            await replace(
                mailer(port), username="studio", password="wrong", tls="starttls", trust=certificate.trusting
            ).send(LETTER)
    assert post.taken == []
    assert "wrong" not in str(raised.value)


async def test_a_login_that_cannot_be_checked_just_now_may_be_tried_again() -> None:
    post = Post(to_login=AuthResult(success=False, handled=False, message="454 4.7.0 Temporary failure"))
    async with serving(lambda: guarded_otherwise(post)) as port:
        with pytest.raises(MailUnavailable):
            await replace(mailer(port), username="studio", password="right").send(LETTER)


async def test_a_server_that_wants_a_login_is_for_the_operator_who_set_none() -> None:
    post = Post()
    async with serving(lambda: guarded_otherwise(post)) as port:
        with pytest.raises(OperatorAction, match="STUDIO_MAIL__USERNAME"):
            await mailer(port).send(LETTER)


async def test_no_password_is_told_to_a_server_that_asks_for_none() -> None:
    post = Post()
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(OperatorAction, match=r"no AUTH.*STUDIO_MAIL__TLS"):
            await replace(mailer(port), username="studio", password="right").send(LETTER)
    assert (post.taken, post.logins) == ([], [])


async def test_a_letter_goes_over_tls(certificate: Certificate) -> None:
    post = Post()
    async with serving(lambda: plain(post), certificate.server) as port:
        await replace(mailer(port), tls="tls", trust=certificate.trusting).send(LETTER)
    assert len(post.taken) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_no_letter_goes_unprotected_where_protection_is_asked_for(tls: Literal["starttls", "tls"]) -> None:
    post = Post()
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(OperatorAction, match="STUDIO_MAIL__TLS"):
            await replace(mailer(port), tls=tls).send(LETTER)
    assert post.taken == []


async def test_a_certificate_that_nobody_trusts_is_for_the_operator(certificate: Certificate) -> None:
    post = Post()
    async with serving(lambda: plain(post), certificate.server) as port:
        with pytest.raises(OperatorAction, match="certificate"):
            await replace(mailer(port), tls="tls").send(LETTER)
    async with serving(lambda: guarded(post, certificate)) as port:
        with pytest.raises(OperatorAction, match="certificate"):
            await replace(mailer(port), tls="starttls").send(LETTER)
    assert post.taken == []


@pytest.mark.parametrize(
    "post",
    [
        Post(to_sender="550 5.1.8 Bad sender"),
        Post(to_sender="553 The domain is not verified"),
        Post(to_recipient="554 5.7.1 Relay access denied"),
        Post(to_recipient="550 5.1.8 Bad sender"),
        Post(to_data="550 5.7.26 Unauthenticated mail from this domain"),
        Post(to_data="554 Spam"),
    ],
)
async def test_a_server_that_minds_who_sends_is_for_the_operator(post: Post) -> None:
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(OperatorAction, match="STUDIO_MAIL__SENDER"):
            await mailer(port).send(LETTER)


async def test_a_look_at_the_server_logs_in_and_sends_nothing(certificate: Certificate) -> None:
    post = Post()
    async with serving(lambda: guarded(post, certificate)) as port:
        entering = replace(mailer(port), username="resend", tls="starttls", trust=certificate.trusting)
        await replace(entering, password="right").look()
        with pytest.raises(OperatorAction, match="STUDIO_MAIL__PASSWORD"):
            await replace(entering, password="wrong").look()
    assert post.taken == []


async def test_a_server_that_turns_everyone_away_is_for_the_operator_or_for_later() -> None:
    async def sends(greeting: bytes) -> None:
        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(greeting)
            await reader.read()
            writer.close()

        async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
            await mailer(server.sockets[0].getsockname()[1]).send(LETTER)

    with pytest.raises(OperatorAction):
        await sends(b"554 No mail for you\r\n")
    with pytest.raises(MailUnavailable):
        await sends(b"421 Too many connections\r\n")


async def test_an_address_that_the_server_cannot_write_is_refused() -> None:
    post = Post()
    async with serving(lambda: SMTP(post, hostname="mail.example")) as port:
        with pytest.raises(MailRefused):
            await mailer(port).send(replace(LETTER, recipient="lucía@students.example"))
    assert post.taken == []


@pytest.mark.parametrize("host", ["https://studio.example", "http://127.0.0.1:8000"])
async def test_an_address_to_unsubscribe_at_arrives_whole_and_by_one_click_where_it_is_safe(host: str) -> None:
    post, url = Post(), f"{host}/api/unsubscribe?token=student.{'3f2504e0' * 20}"
    async with serving(lambda: plain(post)) as port:
        await mailer(port).send(replace(LETTER, unsubscribe=url))
    (headers,) = [dict(message.raw_items()) for message in post.taken]
    assert headers["List-Unsubscribe"] == f"<{url}>"
    one_click = headers.get("List-Unsubscribe-Post")
    assert one_click == ("List-Unsubscribe=One-Click" if host.startswith("https:") else None)


async def test_a_letter_without_such_an_address_has_no_such_header() -> None:
    post = Post()
    async with serving(lambda: plain(post)) as port:
        await mailer(port).send(LETTER)
    assert [name for name in post.taken[0] if name.lower().startswith("list-")] == []
