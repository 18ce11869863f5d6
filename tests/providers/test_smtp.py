"""Letters over a real SMTP server."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lessons.errors import MailRefused, MailUnavailable
from lessons.ports import Letter, Mailer
from providers.smtp import SmtpMailer

SENDER = "TutorLingua Studio <studio@studio.example>"
LETTER = Letter(
    "<one@studio.example>", "lucia@students.example", "Your lesson is ready ✓", "Hello Lucía,\n", "<p>Hello</p>"
)


@dataclass
class Post:
    """What a mail server does: it keeps letters, or answers as it is told to."""

    to_recipient: str = "250 OK"
    to_data: str = "250 Kept"
    taken: list[EmailMessage] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        self.taken.append(email.message_from_bytes(content, EmailMessage, policy=email.policy.default))
        return self.to_data

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"right", handled=False)


@asynccontextmanager
async def serving(make: Callable[[], SMTP], tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run a server; its port."""
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


def plain(post: Post) -> SMTP:
    return SMTP(post, hostname="mail.example", enable_SMTPUTF8=True)


def mailer(port: int) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, SENDER, tls="none", seconds=10)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate that this process trusts."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mail.pem"
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none)
    file.write_bytes(made.public_bytes(pem) + private)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


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


@pytest.mark.parametrize("answer", ["550 No such person", "553 Bad mailbox"])
async def test_an_address_that_is_refused_for_good_is_told_as_such(answer: str) -> None:
    post = Post(to_recipient=answer)
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(MailRefused) as refused:
            await mailer(port).send(LETTER)
    assert LETTER.recipient not in str(refused.value)


async def test_a_letter_that_is_refused_for_good_is_told_as_such() -> None:
    post = Post(to_data="554 Spam")
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(MailRefused):
            await mailer(port).send(LETTER)


@pytest.mark.parametrize("post", [Post(to_recipient="450 Greylisted"), Post(to_data="452 Full")])
async def test_what_is_refused_for_now_may_be_tried_again(post: Post) -> None:
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(MailUnavailable):
            await mailer(port).send(LETTER)


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with serving(lambda: plain(Post())) as port:
        pass
    with pytest.raises(MailUnavailable):
        await mailer(port).send(LETTER)


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


async def test_a_login_is_made_over_starttls(certificate: ssl.SSLContext) -> None:
    post = Post()

    def guarded() -> SMTP:
        return SMTP(
            post, hostname="mail.example", tls_context=certificate, authenticator=post.login, auth_required=True
        )

    async with serving(guarded) as port:
        await SmtpMailer("127.0.0.1", port, SENDER, "studio", "right", "starttls").send(LETTER)
        with pytest.raises(MailUnavailable):
            await SmtpMailer("127.0.0.1", port, SENDER, "studio", "wrong", "starttls").send(LETTER)
    assert (len(post.taken), set(post.logins)) == (1, {b"studio"})


async def test_a_letter_goes_over_tls(certificate: ssl.SSLContext) -> None:
    post = Post()
    async with serving(lambda: plain(post), certificate) as port:
        await SmtpMailer("127.0.0.1", port, SENDER, tls="tls").send(LETTER)
    assert len(post.taken) == 1


async def test_no_letter_goes_unprotected_where_protection_is_asked_for() -> None:
    post = Post()
    async with serving(lambda: plain(post)) as port:
        with pytest.raises(MailUnavailable):
            await SmtpMailer("127.0.0.1", port, SENDER, tls="starttls", seconds=5).send(LETTER)
    assert post.taken == []


async def test_a_certificate_that_nobody_trusts_is_refused(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    post = Post()
    async with serving(lambda: plain(post), certificate) as port:
        with pytest.raises(MailUnavailable):
            await SmtpMailer("127.0.0.1", port, SENDER, tls="tls", seconds=5).send(LETTER)
    assert post.taken == []
