"""Whether the mail server lets us in, and takes our sender."""

import time
from dataclasses import replace

from lessons.errors import LessonError, OperatorAction
from studio.checking.finding import Finding, fine, off, wrong
from studio.settings import Settings
from studio.wiring import mailer_of

PATIENCE = 10.0
UNREACHED = "Correct STUDIO_MAIL__HOST and STUDIO_MAIL__PORT, or start the mail server."


async def mail(settings: Settings) -> Finding:
    """What the server answers until a letter would begin: to TLS, to the login and to the sender; none is sent."""
    if settings.mail.port is None:
        return off("mail", "letters are caught when `studio up` runs")
    server, begun = f"{settings.mail.host}:{settings.mail.port}", time.monotonic()
    try:
        await replace(mailer_of(settings.mail), seconds=PATIENCE).look()
    except OperatorAction as error:
        said, _, named = error.detail.partition(": ")
        return wrong("mail", f"{server} cannot be used ({said})", f"Correct {named}.")
    except LessonError:
        return wrong("mail", f"{server} does not answer, or not now", UNREACHED)
    return fine("mail", f"{server} lets us in, in {(time.monotonic() - begun) * 1000:.0f} ms")
