"""Work that would block us, or die with its input, is done by child processes.

Our own children are modules: `python -m providers.xyz_child` takes its question as a line of JSON by stdin and
writes JSON lines to stdout: any number of `{"told": value}`, then `{"answer": value}` or
`{"error": code, "detail": text}` with a code of lessons/errors.py.
"""

import asyncio
import ctypes
import errno
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from lessons.errors import LessonError, NoDiskSpace, PartCrashed

ROOT = Path(__file__).parent.parent
PR_SET_PDEATHSIG = 1
LONGEST_LINE = 1 << 24
TIE = f"""
import ctypes, os, sys
ctypes.CDLL(None).prctl({PR_SET_PDEATHSIG}, {int(signal.SIGKILL)})
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""

Say = Callable[[Any], None]
"""How a child tells its parent a JSON value on the way."""


@asynccontextmanager
async def running(argv: Sequence[str | Path], *, quiet: bool = False, patience: float = 5.0) -> AsyncIterator[Process]:
    """Run a program, its stdin and stdout being ours, that is gone when the block is left.

    It is sent SIGTERM then, and `patience` seconds later SIGKILL; SIGKILL also when we die. `quiet` throws its
    stderr away.
    """
    process = await asyncio.create_subprocess_exec(
        *tying(argv),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL if quiet else None,
        cwd=ROOT,
        limit=LONGEST_LINE,
    )
    try:
        yield process
    finally:
        await end(process, patience)


async def ask(module: str, question: Any, told: Callable[[Any], Awaitable[None]]) -> Any:
    """Return what one of our modules answers as a child; `told` hears what it says on the way.

    Raises the LessonError that the child ends with, PartCrashed if it ends without a word.
    """
    async with running([sys.executable, "-m", module]) as child:
        await write(child, json.dumps(question).encode())
        async for line in reader_of(child):
            said = json.loads(line)
            if "told" not in said:
                return answer_in(said)
            await told(said["told"])
        raise PartCrashed(f"{module} ended with {await child.wait()}")


def answering(work: Callable[[Any, Say], Any]) -> None:
    """The whole life of a child of ours: hear the question, do the work, tell how it went."""
    wire = only_for_us()

    def write_line(**said: Any) -> None:
        print(json.dumps(said), file=wire, flush=True)

    try:
        write_line(answer=work(json.loads(sys.stdin.readline()), lambda value: write_line(told=value)))
    except LessonError as error:
        write_line(error=error.code, detail=error.detail)
    except Exception as error:
        write_line(error=code_of(error), detail=type(error).__name__)


def only_for_us() -> TextIO:
    """The real stdout; what a library prints from now on goes to stderr."""
    wire = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return wire


def code_of(error: Exception) -> str:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return (NoDiskSpace if full else PartCrashed).code


def answer_in(said: dict[str, Any]) -> Any:
    if "error" in said:
        known = {kind.code: kind for kind in kinds_of(LessonError)}
        raise known[said["error"]](said["detail"])
    return said["answer"]


def kinds_of(kind: type[LessonError]) -> list[type[LessonError]]:
    return [kind, *(below for one in kind.__subclasses__() for below in kinds_of(one))]


def reader_of(process: Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise PartCrashed
    return process.stdout


async def write(process: Process, said: bytes) -> None:
    """Give a process all its input; one that has died already is found out by what it answers."""
    if process.stdin is None:
        raise PartCrashed
    with suppress(ConnectionError):
        process.stdin.write(said)
        await process.stdin.drain()
    process.stdin.close()


async def end(process: Process, patience: float) -> None:
    if process.returncode is not None:
        return
    try:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def tying(argv: Sequence[str | Path]) -> list[str | Path]:
    """The command by which a program has itself killed when we die, and then takes the command's place.

    Unlike `tied_to` it is safe beside foreign threads, such as Temporal's and LiveKit's: between fork and exec Python
    may wait for ever for a lock that one of them held, and we with it (docs of subprocess, `preexec_fn`).
    """
    return [sys.executable, "-I", "-S", "-c", TIE, str(os.getpid()), *argv]


def tied_to(parent: int, by: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """Make, for the moment between fork and exec, what has the kernel send the child a signal when its parent dies.

    prctl(2); it is the death of the thread that forked which counts, so fork in the main one.
    """
    libc = ctypes.CDLL(None)

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, by)
        if os.getppid() != parent:
            os._exit(1)

    return tie
