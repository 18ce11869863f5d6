"""Whether the servers of language and vectors answer, and know the models."""

import asyncio
from collections.abc import Mapping

from lessons.errors import LessonError, OperatorAction, Unavailable
from studio.checking.finding import Finding, fine, wrong
from studio.settings import OpenAI, OpenAIEmbeddings, Settings
from studio.wiring import group_of, openai_server

PATIENCE = 10.0


async def language(settings: Settings) -> list[Finding]:
    """What each server says of its model, which costs nothing; what runs on this machine is looked at with it."""
    chosen = {"language": settings.language, "vectors": settings.embeddings}
    servers = {part: one for part, one in chosen.items() if isinstance(one, OpenAI | OpenAIEmbeddings)}
    return await asyncio.gather(*(seen(part, one) for part, one in servers.items()))


async def seen(part: str, chosen: OpenAI | OpenAIEmbeddings) -> Finding:
    try:
        server = openai_server(chosen)
        server.deadline = PATIENCE
        told = await server.look(chosen.model)
    except LessonError as error:
        return wrong(part, f"{chosen.base_url} is of no use ({error.detail})", fix_of(error, group_of(chosen)))
    return fine(part, f"{chosen.model} answers in {told.seconds * 1000:.0f} ms{limits(told.limits)}")


def limits(told: Mapping[str, str]) -> str:
    """What is left, where the server tells; to a question that costs nothing many tell none."""
    named = [f"{name.removeprefix('x-ratelimit-').replace('-', ' ')}: {value}" for name, value in told.items()]
    return "".join(f"; {one}" for one in named or ["it tells no limits"])


def fix_of(error: LessonError, group: str) -> str:
    match error:
        case Unavailable():
            return f"See that the server is up and can be reached, or correct {group}__BASE_URL."
        case OperatorAction():
            return "Correct the setting that is named."
        case _:
            return f"Correct {group}__BASE_URL and {group}__MODEL."
