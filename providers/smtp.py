"""E-mail by SMTP (RFC 5321)."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from typing import Literal

import aiosmtplib
from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)

from lessons.errors import MailRefused, MailUnavailable
from lessons.ports import Letter


@dataclass(frozen=True)
class SmtpMailer:
    """A Mailer that hands letters to one server, each on a connection of its own."""

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = ""
    tls: Literal["none", "starttls", "tls"] = "starttls"
    seconds: float = 30.0

    async def send(self, letter: Letter) -> None:
        try:
            async with asyncio.timeout(self.seconds):
                await aiosmtplib.send(
                    message_of(letter, self.sender),
                    hostname=self.host,
                    port=self.port,
                    username=self.username or None,
                    password=self.password or None,
                    use_tls=self.tls == "tls",
                    start_tls=self.tls == "starttls",
                    timeout=self.seconds,
                )
        except (SMTPException, OSError) as error:
            raise (MailRefused if is_final(error) else MailUnavailable) from None
        except ValueError:
            raise MailRefused("a header holds what none may") from None


def is_final(error: Exception) -> bool:
    """Whether the server will never take this letter: it answered 5yz to a part of it (RFC 5321, 4.2.1)."""
    match error:
        case SMTPRecipientsRefused(recipients=refused):
            return all(is_final(one) for one in refused)
        case SMTPSenderRefused(code=code) | SMTPRecipientRefused(code=code) | SMTPDataError(code=code):
            return code >= 500
        case _:
            return False


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The letter as multipart/alternative, plain text first."""
    message = EmailMessage()
    message["Message-ID"] = letter.message_id
    message["Date"] = format_datetime(localtime())
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message.set_content(letter.plain)
    message.add_alternative(letter.html, subtype="html")
    return message
