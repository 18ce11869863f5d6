"""The pages to which a problem's `type` leads."""

from html import escape

from starlette.requests import Request
from starlette.responses import Response

from api.pages import link, page, table
from api.problems import Kind, Problem, documented
from api.services import Services


async def list_problems(request: Request[Services]) -> Response:
    """Every code that an answer or a lesson can carry."""
    rows = [(link(f"/problems/{code}", code), status_of(kind), escape(kind.sentence)) for code, kind in rows_of()]
    return page("What can go wrong", table(("code", "status", "what it means"), rows))


async def show_problem(request: Request[Services]) -> Response:
    """One code: what it means, what to do, and whether trying again can help."""
    code = request.path_params["code"]
    kind = documented().get(code)
    if kind is None:
        raise Problem("not_found")
    again = "Trying again can help." if kind.retryable else "Trying again without a change does not help."
    body = f"<p>{escape(kind.sentence)} {escape(kind.remedy)}</p><p>{again}</p><p>Status: {status_of(kind)}.</p>"
    return page(code, body + f"<p>{link('/problems', 'All codes')}</p>")


def rows_of() -> list[tuple[str, Kind]]:
    return sorted(documented().items(), key=lambda row: (row[1].status or 600, row[0]))


def status_of(kind: Kind) -> str:
    return str(kind.status) if kind.status else "stands on a lesson"
