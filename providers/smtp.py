"""E-mail by SMTP (RFC 5321), with STARTTLS (RFC 3207), TLS from the beginning (RFC 8314) and AUTH (RFC 4954)."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime, localtime
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from lessons.errors import LessonError, MailRefused, MailUnavailable, OperatorAction
from lessons.ports import Letter

WANTS_MORE = 530
"""The server wants a login, or TLS before anything else (RFC 4954, 6; RFC 3207, 4)."""

POLICY = "5.7."
"""What an answer begins with that is about who sends, not about the letter (RFC 3463, 3.8)."""


@dataclass(frozen=True)
class SmtpMailer:
    """A Mailer that hands letters to one server, each on a connection of its own.

    `trust` says which certificates are good; without it, those that this machine trusts.
    """

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = ""
    tls: Literal["none", "starttls", "tls"] = "starttls"
    seconds: float = 30.0
    trust: ssl.SSLContext | None = None

    async def send(self, letter: Letter) -> None:
        server = SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "tls",
            start_tls=False,
            tls_context=self.trust,
            timeout=self.seconds,
        )
        try:
            async with asyncio.timeout(self.seconds):
                await server.connect()
                await self.enter(server)
                await server.send_message(message_of(letter, self.sender))
            with suppress(SMTPException, OSError):
                await server.quit(timeout=1.0)
        except (SMTPException, OSError) as error:
            raise told(error) from None
        except ValueError:
            raise MailRefused("a header holds what none may") from None
        finally:
            server.close()

    async def enter(self, server: SMTP) -> None:
        """Protect the connection and log in, as far as that is asked for; raises OperatorAction."""
        if self.tls == "starttls":
            await offered(server, "starttls", "STUDIO_MAIL__TLS")
            await server.starttls()
        if self.username:
            await offered(server, "auth", "STUDIO_MAIL__TLS, STUDIO_MAIL__USERNAME")
            await server.login(self.username, self.password)


async def offered(server: SMTP, extension: str, settings: str) -> None:
    """Raise OperatorAction with the settings to look at if the server does not offer this now."""
    await server.ehlo()
    if not server.supports_extension(extension):
        raise OperatorAction(f"the mail server offers no {extension.upper()}: {settings}")


def told(error: Exception) -> LessonError:
    """What a mail server's answer means: 4yz passes, 5yz does not (RFC 5321, 4.2.1)."""
    match error:
        case SMTPRecipientsRefused(recipients=[SMTPRecipientRefused() as refused, *_]):
            return told(refused)
        case SMTPNotSupported():
            return MailRefused("the mail server takes no such address")
        case SMTPResponseException(code=code) if code < 500:
            return MailUnavailable()
        case SMTPAuthenticationError():
            return OperatorAction("the mail server refuses this login: STUDIO_MAIL__USERNAME, STUDIO_MAIL__PASSWORD")
        case SMTPResponseException(code=code) if code == WANTS_MORE:
            return OperatorAction("the mail server wants a login or TLS: STUDIO_MAIL__USERNAME, STUDIO_MAIL__TLS")
        case SMTPSenderRefused():
            return OperatorAction("the mail server refuses the sender: STUDIO_MAIL__SENDER")
        case SMTPRecipientRefused(message=said) | SMTPDataError(message=said) if not said.startswith(POLICY):
            return MailRefused()
        case SMTPResponseException():
            return OperatorAction("the mail server turns us away: STUDIO_MAIL__SENDER, STUDIO_MAIL__USERNAME")
        case _ if distrusts(error) or distrusts(error.__cause__):
            return OperatorAction("the mail server's certificate is not trusted: STUDIO_MAIL__HOST, STUDIO_MAIL__TLS")
        case _:
            return MailUnavailable()


def distrusts(error: BaseException | None) -> bool:
    """Whether no certificate came that this machine trusts; a server that speaks no TLS has none."""
    return isinstance(error, ssl.SSLCertVerificationError) or (
        isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER"
    )


class UnfoldedHeader(UnstructuredHeader, BaseHeader):
    """A header of URLs: these may not be encoded or broken, however long they are (RFC 2369, 2)."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The letter as multipart/alternative, plain text first."""
    headers = HeaderRegistry()
    headers.map_to_type("list-unsubscribe", UnfoldedHeader)
    message = EmailMessage(EmailPolicy(header_factory=headers))
    message["Message-ID"] = letter.message_id
    message["Date"] = format_datetime(localtime())
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    if letter.unsubscribe.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.plain)
    message.add_alternative(letter.html, subtype="html")
    return message
