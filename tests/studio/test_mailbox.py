from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from studio.children import side_by_side
from studio.embedded import mail_catcher
from studio.ports import any_port


def letter(message_id: str, text: str) -> EmailMessage:
    made = EmailMessage()
    made["Message-ID"], made["From"], made["To"] = message_id, "studio@studio.example", "lucia@students.example"
    made["Subject"] = "Tu lección está lista"
    made.set_content(text)
    return made


async def test_letters_are_kept_and_the_same_letter_twice_is_one(tmp_path: Path) -> None:
    port, inbox = any_port(), tmp_path / "inbox"
    async with side_by_side([mail_catcher(inbox, port)], tmp_path / "logs", print):
        for one in (
            letter("<a@studio>", "Hola"),
            letter("<a@studio>", "Hola otra vez"),
            letter("<b@studio>", "¿Y?"),
        ):
            await aiosmtplib.send(one, hostname="127.0.0.1", port=port)
    kept = [file.read_bytes() for file in inbox.iterdir()]
    assert len(kept) == 2
    assert any(b"Hola otra vez" in one for one in kept)
