import json
import sys
import time
from enum import StrEnum
from typing import Annotated

import typer
from joserfc import jwt
from joserfc.jwk import OctKey

from studio.configuration import read_settings
from studio.keys import keys_of
from studio.seed import STUDENT_USER, TUTOR
from studio.settings import Auth, Settings
from studio.trouble import Trouble

VALID_FOR = 12 * 3600


class Who(StrEnum):
    TUTOR = "tutor"
    STUDENT = "student"


PEOPLE = {Who.TUTOR: TUTOR, Who.STUDENT: STUDENT_USER}


def token(
    who: Annotated[Who, typer.Option("--as", help="In whose name: the tutor or the student an embedded studio has.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print a token for the API, valid for twelve hours."""
    settings = read_settings()
    claims = claims_of(PEOPLE[who], settings.auth, int(time.time()))
    minted = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret_of(settings)))
    said = json.dumps({"token": minted, "sub": claims["sub"], "expires_at": claims["exp"]}) if as_json else minted
    sys.stdout.write(said + "\n")


def claims_of(person: str, auth: Auth, now: int) -> dict[str, str | int]:
    """What Supabase writes into a signed-in person's token."""
    claims: dict[str, str | int] = {
        "sub": person,
        "role": "authenticated",
        "aud": auth.audience,
        "iat": now,
        "exp": now + VALID_FOR,
    }
    return claims | ({"iss": auth.issuer} if auth.issuer else {})


def secret_of(settings: Settings) -> str:
    if settings.auth.jwt_secret:
        return settings.auth.jwt_secret.get_secret_value()
    if settings.auth.jwks_url:
        raise Trouble(
            "Tokens come from whoever owns STUDIO_AUTH__JWKS_URL: to make them here, set STUDIO_AUTH__JWT_SECRET."
        )
    return keys_of(settings.home).jwt
