import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from studio.configuration import read_settings
from studio.seed import STUDENT_USER, TUTOR
from studio.tokens import minted


class Who(StrEnum):
    TUTOR = "tutor"
    STUDENT = "student"


PEOPLE = {Who.TUTOR: TUTOR, Who.STUDENT: STUDENT_USER}


def token(
    who: Annotated[Who, typer.Option("--as", help="In whose name: the tutor or the student an embedded studio has.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print a token for the API, valid for twelve hours."""
    made, claims = minted(PEOPLE[who], read_settings())
    said = json.dumps({"token": made, "sub": claims["sub"], "expires_at": claims["exp"]}) if as_json else made
    sys.stdout.write(said + "\n")
