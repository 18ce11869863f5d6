"""Language and vectors as the settings choose them, and what `studio doctor` says of them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.checking.finding import State
from studio.checking.language import language
from studio.ports import any_port
from studio.settings import OpenAI, OpenAIEmbeddings, Settings
from studio.wiring import analyst, embedder
from tests.ledgers import MemoryLedger
from tests.providers.test_rules import ENGLISH, LINES, conversation
from tests.vendors.openai import KEY, Fault, OpenAIStandIn, error, html, no_such_path, openai_stand_in, raw

ROOT = Path(__file__).parents[2]
Whole = Callable[..., Settings]


@pytest.fixture
def server() -> Iterator[OpenAIStandIn]:
    with openai_stand_in() as running:
        yield running


@pytest.fixture
def chosen(whole: Whole, server: OpenAIStandIn) -> Settings:
    group = {"provider": "openai", "api_key": KEY, "base_url": server.base_url}
    return whole(language=group, embeddings=group)


async def test_the_settings_alone_choose_who_reads_a_lesson(chosen: Settings, server: OpenAIStandIn) -> None:
    reader, knower = analyst(chosen.language), embedder(chosen.embeddings)
    assert (reader.model, knower.model) == ("gpt-4o", "text-embedding-3-small")
    assert len(await reader.mistakes(conversation(LINES), ENGLISH, MemoryLedger(), print)) == 3
    assert len(await knower.passages(["beach"], MemoryLedger())) == 1
    assert [asked.path for asked in server.requests] == ["/v1/responses", "/v1/embeddings"]


def test_a_temperature_is_passed_on(chosen: Settings) -> None:
    assert isinstance(chosen.language, OpenAI)
    warm = chosen.language.model_copy(update={"temperature": 0.3})
    assert "temperature=0.3" in repr(analyst(warm))


def test_who_chooses_rules_and_e5_loads_no_openai() -> None:
    program = (
        "import sys; from studio.settings import Rules, LocalEmbeddings; from studio import wiring, crewing\n"
        "wiring.analyst(Rules()); wiring.embedder(LocalEmbeddings()); assert 'openai' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


async def test_servers_that_know_their_models_are_fine_and_tell_how_quick_they_are_and_what_is_left(
    chosen: Settings, server: OpenAIStandIn
) -> None:
    found = await language(chosen)
    assert [(one.part, one.state) for one in found] == [("language", State.FINE), ("vectors", State.FINE)]
    assert found[0].said.startswith("gpt-4o answers in ")
    assert found[0].said.endswith(" ms; remaining requests: 4999")
    assert sorted(asked.path for asked in server.requests) == [
        "/v1/models/gpt-4o",
        "/v1/models/text-embedding-3-small",
    ]


async def test_a_server_that_tells_no_limits_is_fine_and_that_is_said(chosen: Settings, server: OpenAIStandIn) -> None:
    server.fault = lambda _: raw(b'{"id": "gpt-4o", "object": "model"}')
    found, _ = await language(chosen)
    assert (found.state, found.said.partition("; ")[2]) == (State.FINE, "it tells no limits")


async def test_what_runs_on_this_machine_is_asked_nothing(whole: Whole) -> None:
    assert await language(whole()) == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (error(401, "invalid_api_key"), "STUDIO_LANGUAGE__API_KEY"),
        (error(404, "model_not_found", "model"), "STUDIO_LANGUAGE__MODEL"),
        (no_such_path, "STUDIO_LANGUAGE__BASE_URL"),
        (html, "STUDIO_LANGUAGE__BASE_URL"),
        (raw(b"", 503), "STUDIO_LANGUAGE__BASE_URL"),
    ],
)
async def test_a_server_that_will_not_do_is_told_with_the_setting_to_mend(
    chosen: Settings, server: OpenAIStandIn, fault: Fault, told: str
) -> None:
    server.fault = lambda asked: fault if asked.path.endswith("gpt-4o") else None
    found, vectors = await language(chosen)
    assert (found.state, vectors.state) == (State.WRONG, State.FINE)
    assert told in found.said + found.fix
    assert "planted" not in found.said + found.fix


async def test_a_server_that_is_not_there_is_told(chosen: Settings) -> None:
    assert isinstance(chosen.embeddings, OpenAIEmbeddings)
    nowhere = chosen.embeddings.model_copy(update={"base_url": f"http://127.0.0.1:{any_port()}/v1"})
    *_, found = await language(chosen.model_copy(update={"embeddings": nowhere}))
    assert found.state is State.WRONG
    assert "STUDIO_EMBEDDINGS__BASE_URL" in found.fix


async def test_an_address_that_can_be_none_is_told_with_its_setting(chosen: Settings) -> None:
    odd = chosen.embeddings.model_copy(update={"base_url": "http://127.0.0.1:99999/v1"})
    fine, found = await language(chosen.model_copy(update={"embeddings": odd}))
    assert (fine.state, found.state, "STUDIO_EMBEDDINGS__BASE_URL" in found.said) == (State.FINE, State.WRONG, True)
