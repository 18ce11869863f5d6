"""The letters that an embedded studio has caught instead of sending."""

import asyncio
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from api.pages import link, page, table
from api.problems import Problem
from api.services import Services

MOST = 200
NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class Caught:
    """A letter and the name under which it lies in the folder."""

    id: str
    letter: EmailMessage

    def header(self, name: str) -> str:
        return str(self.letter.get(name, ""))

    def part(self, kind: str) -> str:
        """Its plain or html part, as text."""
        body = self.letter.get_body((kind,))
        return str(body.get_content()) if body else ""


async def list_letters(request: Request[Services]) -> Response:
    """The newest letters."""
    caught = await asyncio.to_thread(letters_in, folder_of(request))
    rows = [
        (escape(when(one)), escape(one.header("to")), link(f"/dev/inbox/{one.id}", one.header("subject") or "…"))
        for one in caught
    ]
    return page("Inbox", table(("date", "to", "subject"), rows) or "<p>No letter was sent yet.</p>")


async def show_letter(request: Request[Services]) -> Response:
    """One letter; its HTML is shown in a frame that can neither run nor load anything."""
    name = request.path_params["letter_id"]
    path = folder_of(request) / f"{name}.eml"
    if not NAME.fullmatch(name) or not await asyncio.to_thread(path.is_file):
        raise Problem("not_found")
    one = await asyncio.to_thread(letter_at, path)
    about = table(("", ""), [(key, escape(one.header(key))) for key in ("from", "to", "date", "message-id")])
    plain = f"<h2>Plain</h2><pre>{escape(one.part('plain'))}</pre>"
    frame = f'<h2>HTML</h2><iframe sandbox title="HTML" srcdoc="{escape(one.part("html"), quote=True)}"></iframe>'
    return page(one.header("subject"), about + plain + frame + f"<p>{link('/dev/inbox', 'All letters')}</p>")


def folder_of(request: Request[Services]) -> Path:
    folder = request.state["mailbox"]
    if folder is None:
        raise Problem("not_found")
    return folder


def letters_in(folder: Path) -> list[Caught]:
    newest = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [letter_at(path) for path in newest[:MOST]]


def letter_at(path: Path) -> Caught:
    with path.open("rb") as file:
        letter = BytesParser(EmailMessage, policy=policy.default).parse(file)
    return Caught(path.stem, letter)


def when(one: Caught) -> str:
    try:
        return parsedate_to_datetime(one.header("date")).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return ""
