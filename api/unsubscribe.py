"""Stopping letters by the link that stands in them: nobody has to sign in (RFC 8058)."""

from html import escape

from starlette.requests import Request
from starlette.responses import Response

from api.pages import POLICY, page
from api.problems import Problem
from api.services import Services
from db.people import language_of_student, stop_letters
from lessons.letters.wording import Wording, wording_in

WITH_BUTTON = POLICY.replace("form-action 'none'", "form-action 'self'")


async def ask_to_unsubscribe(request: Request[Services]) -> Response:
    """A page with a button: what only looks at links, as mail scanners do, stops no letters."""
    words = await wording_for(request, student_in(request))
    question, button = (escape(words.say("unsubscribe", name)) for name in ("question", "button"))
    form = f'<p>{question}</p><form method="post"><button>{button}</button></form>'
    return page(words.say("unsubscribe", "title"), form, words.code, content_security_policy=WITH_BUTTON)


async def unsubscribe(request: Request[Services]) -> Response:
    """Stop letters about lessons to the student whose link it is, at once; twice is once."""
    student_id = student_in(request)
    async with request.state["sessions"].begin() as session:
        await stop_letters(session, student_id)
    words = await wording_for(request, student_id)
    return page(words.say("unsubscribe", "title"), f"<p>{escape(words.say('unsubscribe', 'done'))}</p>", words.code)


def student_in(request: Request[Services]) -> str:
    """The student for whom the link was made; raises Problem."""
    match request.state["opt_out"].person_of(request.query_params.get("token", "")):
        case ("student", student_id):
            return student_id
        case _:
            raise Problem("bad_link")


async def wording_for(request: Request[Services], student_id: str) -> Wording:
    async with request.state["sessions"]() as session:
        return wording_in(await language_of_student(session, student_id))
