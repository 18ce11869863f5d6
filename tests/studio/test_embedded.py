import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import asyncpg
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from studio.embedded import servers
from studio.running import announced, find_running, held
from studio.settings import Settings
from studio.temporal import SEARCH_ATTRIBUTES
from studio.trouble import Trouble
from tests.processes import lives, tree_of, until
from workflows.showing import SEARCH_ATTRIBUTES as NEEDED

Own = Callable[..., Settings]

HOLD = """
    import asyncio, sys
    from pathlib import Path
    from studio.embedded import servers
    from studio.running import announced
    from studio.settings import Settings

    async def hold():
        async with servers(Settings(home=Path(sys.argv[1])), print) as (running, _):
            with announced(running):
                print("ready", flush=True)
                await asyncio.sleep(600)

    asyncio.run(hold())
"""


async def test_what_was_stored_and_where_it_was_found_outlives_a_stop(whole: Own) -> None:
    async with servers(whole(), print) as (first, complete):
        await store_seven(complete)
    async with servers(whole(), print) as (second, complete):
        assert await stored_in(complete) == 7
    assert second == first


async def test_temporal_knows_our_search_attributes_and_keeps_histories_for_thirty_days(
    temporal_server: str,
) -> None:
    client = await Client.connect(temporal_server)
    known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    space = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="default"))
    assert set(SEARCH_ATTRIBUTES) == {key.name for key in NEEDED} <= set(known.custom_attributes)
    assert space.config.workflow_execution_retention_ttl.ToTimedelta().days == 30


async def test_a_postgres_that_is_killed_is_started_again_and_said(own: Own) -> None:
    told: list[str] = []
    async with servers(own(), told.append) as (_, complete):
        os.kill(postmaster_in(complete.home), signal.SIGKILL)
        await until(lambda: len(told) == 2)
        await store_seven(complete)
    assert "postgres ended by itself (SIGKILL)" in told[0]
    assert told[1] == "postgres runs again"


async def test_a_killed_stack_leaves_no_process_and_the_next_start_goes_on(own: Own) -> None:
    settings = own()
    with holding(settings.home) as holder:
        tree = tree_of(holder.pid)
        before = find_running(settings.home)
        holder.kill()
        await until(lambda: not any(lives(one) for one in tree))
    assert before is not None
    assert find_running(settings.home) is None
    async with servers(settings, print) as (running, _):
        assert running.database == before.database


async def test_a_lock_file_that_names_a_stranger_does_not_stop_postgres(own: Own) -> None:
    async with servers(own(), print) as (_, complete):
        data = (complete.home / "postgres").resolve() / "data"
    (data / "postmaster.pid").write_text(f"1\n{data}\n")
    async with servers(own(), print) as (_, complete):
        assert postmaster_in(complete.home) != 1


async def test_a_second_stack_in_the_same_home_is_refused_and_told_who_has_it(own: Own) -> None:
    settings = own()
    with held(settings.home), pytest.raises(Trouble, match=f"process {os.getpid()}"):
        async with servers(settings, print):
            raise AssertionError("it started")


async def test_what_a_setting_points_elsewhere_is_not_started(own: Own, postgres_url: str) -> None:
    settings = own(database={"url": postgres_url})
    async with servers(settings, print) as (running, complete):
        assert {one.name for one in (settings.home / "logs").iterdir()} - {"livekit.log"} == {"mail.log"}
    assert complete.database.plain_url == postgres_url
    assert ":***@" in running.database


async def test_ports_that_are_taken_are_passed_by(whole: Own) -> None:
    settings = whole()
    with listening() as taken:
        settings.home.mkdir()
        (settings.home / "ports.json").write_text(json.dumps({"database": taken, "temporal": taken}))
        async with servers(settings, print) as (running, _):
            ports = json.loads((settings.home / "ports.json").read_text())
    assert taken not in ports.values()
    assert running.temporal == f"127.0.0.1:{ports['temporal']}"


async def test_a_chosen_port_that_is_taken_is_told_with_its_setting(own: Own) -> None:
    with listening() as taken, pytest.raises(Trouble, match=f"Port {taken} is taken.*STUDIO_API__PORT"):
        async with servers(own(api={"port": taken}), print):
            raise AssertionError("it started")


async def test_a_running_stack_is_found_by_its_owner_alone_until_it_stops(own: Own) -> None:
    settings = own()
    async with servers(settings, print) as (running, _):
        with announced(running):
            assert find_running(settings.home) == running
            modes = {(settings.home / name).stat().st_mode & 0o777 for name in ("run.json", "keys.json")}
        assert find_running(settings.home) is None
    assert modes == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's home is closed to its Postgres")
async def test_a_clone_in_roots_home_has_its_data_where_postgres_can_enter(own: Own) -> None:
    settings = own()
    settings.home.parent.chmod(0o700)
    link = settings.home / "postgres"
    async with servers(settings, print) as (_, complete):
        await store_seven(complete)
        outside = link.readlink()
    link.unlink()
    async with servers(settings, print) as (_, complete):
        assert link.readlink() == outside
        with pytest.raises(asyncpg.UndefinedTableError):
            await stored_in(complete)
    shutil.rmtree(outside)


async def store_seven(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database.plain_url)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    await connection.close()


async def stored_in(settings: Settings) -> int | None:
    connection = await asyncpg.connect(settings.database.plain_url)
    try:
        return cast(int, await connection.fetchval("SELECT number FROM kept"))
    finally:
        await connection.close()


def postmaster_in(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def holding(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a running stack."""
    argv = [sys.executable, "-c", textwrap.dedent(HOLD), str(home)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        try:
            yield holder
        finally:
            holder.kill()


@contextmanager
def listening() -> Iterator[int]:
    """A port that someone else has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]
