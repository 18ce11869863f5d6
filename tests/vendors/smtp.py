"""A mail server for the tests: it keeps letters, or answers as it is told to, with STARTTLS, TLS and logins."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.vendors.certificates import Certificate


@dataclass
class Post:
    """What a mail server does: it keeps letters, or answers as it is told to."""

    to_sender: str = "250 OK"
    to_recipient: str = "250 OK"
    to_data: str = "250 Kept"
    to_login: AuthResult | None = None
    of_known_only: bool = False
    taken: list[EmailMessage] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        unknown = self.of_known_only and not session.authenticated
        return "530 5.7.0 Authentication required" if unknown else self.to_sender

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
        return self.to_login or AuthResult(success=data.password == b"right", handled=False)


@asynccontextmanager
async def serving(make: Callable[[], SMTP], tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run a server; its port."""
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


def plain(post: Post) -> SMTP:
    return SMTP(post, hostname="mail.example", enable_SMTPUTF8=True)


def guarded(post: Post, certificate: Certificate) -> SMTP:
    """A server that takes letters only from who has logged in, and logins only behind STARTTLS."""
    tls = certificate.server
    return SMTP(post, hostname="mail.example", tls_context=tls, authenticator=post.login, auth_required=True)


def guarded_otherwise(post: Post) -> SMTP:
    """A server that takes letters only from who has logged in, and leaves the protection of logins to others."""
    post.of_known_only = True
    return SMTP(post, hostname="mail.example", authenticator=post.login, auth_require_tls=False)
