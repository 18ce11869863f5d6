"""The names and terms that a tutor's lessons hold, for the speech provider to expect."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import asking
from api.bodies import as_json, read_json
from api.problems import Fault, Problem
from api.services import Services
from db.people import is_tutor
from db.vocabularies import keep_terms, terms_of
from lessons.keyterms import MOST, ROOM, ROOM_FOR_NAMES, fitting

Term = Annotated[str, msgspec.Meta(pattern=r"\A[^\s\x00]([^\n\r\x00]*[^\s\x00])?\Z", max_length=60)]


class Terms(msgspec.Struct):
    """At most 100 terms of 60 characters, each a word or a phrase; fewer where they are long."""

    terms: Annotated[list[Term], msgspec.Meta(max_length=MOST)]


async def show_vocabulary(request: Request[Services]) -> Response:
    """Your own terms; people's names are expected without being listed."""
    async with asking(request) as person:
        return as_json(Terms(await terms_of(person.session, person.id)))


async def keep_vocabulary(request: Request[Services]) -> Response:
    """Make these your terms, each once; lessons that are heard from now on are heard with them."""
    asked = await read_json(request, Terms)
    terms = list(dict.fromkeys(asked.terms))
    heard = len(fitting(terms, ROOM - ROOM_FOR_NAMES))
    if heard < len(terms):
        fault = f"They are too much together: only the first {heard} would be expected. Leave out or shorten some."
        raise Problem("invalid", errors=[Fault("terms", fault)])
    async with asking(request) as person:
        if not await is_tutor(person.session, person.id):
            raise Problem("tutor_only")
    async with request.state["sessions"].begin() as session:
        await keep_terms(session, person.id, terms)
    return as_json(Terms(terms))
