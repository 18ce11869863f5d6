"""E-mail by SMTP (RFC 5321), with STARTTLS (RFC 3207), TLS from the beginning (RFC 8314) and AUTH (RFC 4954)."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
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

from lessons.addresses import address_in, plain_address_in
from lessons.errors import LessonError, MailRefused, MailUnavailable, OperatorAction
from lessons.ports import Letter

WANTS_MORE = 530
"""The server wants a login, or TLS before anything else (RFC 4954, 6; RFC 3207, 4)."""

STATUS = re.compile(r"5\.(\d{1,3}\.\d{1,3})\b")
"""What an answer begins with where the server tells more than three digits (RFC 2034, 4)."""

OF_PERSON = frozenset({"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.10", "2.0", "2.1"})
"""Whom nobody can write to: no such address, or a mailbox that is closed (RFC 3463, 3.2 and 3.3; RFC 7505, 4.2)."""

PASSING = re.compile(r"2\.2|[34]\.")
"""A full mailbox, a server or a way that has trouble, a limit of what may be sent in a day (RFC 3463, 3.3 to 3.5)."""

NO_SUCH_PERSON = frozenset({501, 550, 551, 553, 556})
FULL = 552


@dataclass(frozen=True)
class SmtpMailer:
    """A Mailer that hands letters to one server, each on a connection of its own.

    `trust` says which certificates are good; without it, those that this machine trusts.
    """

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["none", "starttls", "tls"] = "starttls"
    seconds: float = 30.0
    trust: ssl.SSLContext | None = None

    async def send(self, letter: Letter) -> None:
        with well_formed():
            message = message_of(letter, self.sender)
        async with self.entered() as server:
            with well_formed():
                await server.send_message(message)

    async def look(self) -> None:
        """Do all but send a letter: log in, and see whether the sender is taken. Raises as `send` does."""
        async with self.entered() as server:
            await server.mail(sender_in(self.sender))
            await server.rset()

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[SMTP]:
        """The server, as it lets us in."""
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
                yield server
            with suppress(SMTPException, OSError):
                await server.quit(timeout=1.0)
        except (SMTPException, OSError) as error:
            raise told(error) from None
        except (ValueError, OverflowError):
            raise OperatorAction("no mail server can be there: STUDIO_MAIL__HOST, STUDIO_MAIL__PORT") from None
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


@contextmanager
def well_formed() -> Iterator[None]:
    """Raise MailRefused for a letter or an envelope that cannot be written."""
    try:
        yield
    except ValueError:
        raise MailRefused("a header holds what none may") from None


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
        case SMTPSenderRefused() | SMTPRecipientRefused() | SMTPDataError():
            return refusal(error)
        case SMTPResponseException():
            return OperatorAction("the mail server turns us away: STUDIO_MAIL__HOST, STUDIO_MAIL__USERNAME")
        case _ if distrusts(error) or distrusts(error.__cause__):
            return OperatorAction("the mail server's certificate is not trusted: STUDIO_MAIL__HOST, STUDIO_MAIL__TLS")
        case _:
            return MailUnavailable()


def refusal(error: SMTPSenderRefused | SMTPRecipientRefused | SMTPDataError) -> LessonError:
    """What a 5yz is about: trouble that passes, the person whom a letter goes to, or else whoever sends it.

    Its status tells, else what it answers does.
    """
    found = STATUS.match(error.message)
    status = found[1] if found else ""
    if PASSING.match(status) or (not status and error.code == FULL):
        return MailUnavailable()
    if status in OF_PERSON and not isinstance(error, SMTPSenderRefused):
        return MailRefused()
    if not status and isinstance(error, SMTPRecipientRefused) and error.code in NO_SUCH_PERSON:
        return MailRefused()
    return OperatorAction("the mail server refuses what we send: STUDIO_MAIL__SENDER, STUDIO_MAIL__USERNAME")


def distrusts(error: BaseException | None) -> bool:
    """Whether no certificate came that this machine trusts; a server that speaks no TLS has none."""
    return isinstance(error, ssl.SSLCertVerificationError) or (
        isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER"
    )


class UnfoldedHeader(UnstructuredHeader, BaseHeader):
    """A header of URLs: these may not be encoded or broken, however long they are (RFC 2369, 2)."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def sender_in(sender: str) -> str:
    """The address that letters come from; raises OperatorAction."""
    if not (address := plain_address_in(sender)):
        raise OperatorAction("letters come from no address that every server takes: STUDIO_MAIL__SENDER")
    return address


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The letter as multipart/alternative, plain text first. Raises OperatorAction, MailRefused."""
    sender_in(sender)
    if not address_in(letter.recipient):
        raise MailRefused("the person has no address")
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
