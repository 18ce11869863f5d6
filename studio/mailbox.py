"""Catches the letters of an embedded studio: `python -m studio.mailbox FOLDER PORT`."""

import asyncio
import hashlib
import sys
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_LETTER = 10 * 2**20


class Mailbox:
    """Keeps each letter as an .eml file named by its Message-ID: the same letter twice is one file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.keep(envelope.original_content or b"")
        return "250 Kept"

    def keep(self, letter: bytes) -> None:
        name = BytesHeaderParser().parsebytes(letter).get("Message-ID", "").encode() or letter
        file = self.folder / f"{hashlib.sha256(name).hexdigest()[:32]}.eml"
        draft = file.with_suffix(".new")
        draft.write_bytes(letter)
        draft.replace(file)


async def catch_mail(folder: Path, port: int) -> None:
    """Take letters by SMTP on 127.0.0.1 for ever."""
    mailbox = Mailbox(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, data_size_limit=LARGEST_LETTER, enable_SMTPUTF8=True, hostname="studio.localhost"),
        "127.0.0.1",
        port,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(catch_mail(Path(sys.argv[1]), int(sys.argv[2])))
