"""Mistakes of every day are told in a sentence with what to do, and never as something that should not happen."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.keys import keys_of
from studio.running import Running, announced, find_running, held
from studio.trouble import Trouble

ROOT = Path(__file__).parents[2]
LAUNCHER = Path(sys.executable).with_name("studio")
NOBODY = 65534
FIX = "set STUDIO_HOME to a folder of yours"


def studio(*words: str, home: Path, here: Path, **named: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "STUDIO_HOME": str(home), **named}
    command = [sys.executable, "-m", "studio", *words]
    return subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True)


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A home that nobody can make, not even root: a file lies where its folder would be."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "home"


@pytest.fixture
def foreign(open_folder: Path) -> Iterator[Path]:
    """A home that root has used, for somebody who is not root."""
    home = open_folder / "foreign"
    keys_of(home)
    with held(home):
        pass
    (home / "run.json").write_text("{}")
    (home / "run.json").chmod(0o600)
    if os.geteuid() != 0:
        pytest.skip("only root can make a home that is not ours")
    os.seteuid(NOBODY)
    yield home
    os.seteuid(0)
    shutil.rmtree(home)


@pytest.mark.parametrize("words", [("up",), ("lessons",), ("demo",), ("token", "--as", "tutor")])
def test_a_home_that_cannot_be_used_is_told_in_one_sentence(
    blocked: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = studio(*words, home=blocked, here=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{blocked} cannot be used (Not a directory): {FIX}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["file", "file/home"])
def test_the_doctor_names_the_fix_of_a_home_that_cannot_be_used(blocked: Path, tmp_path: Path, name: str) -> None:
    done = studio("doctor", "--json", home=tmp_path / name, here=tmp_path)
    [found] = [one for one in json.loads(done.stdout)["findings"] if one["part"] == "storage"]
    assert (done.returncode, found["state"]) == (1, "wrong")
    assert found["fix"].startswith(FIX.capitalize().replace("studio_home", "STUDIO_HOME"))


def test_a_home_that_root_has_used_is_told_to_whoever_comes_after(foreign: Path) -> None:
    for used in (find_running, keys_of, lambda home: held(home).__enter__()):
        with pytest.raises(Trouble, match=f"Permission denied.*{FIX}"):
            used(foreign)


def test_a_recording_that_is_no_file_is_told(tmp_path: Path) -> None:
    done = studio("process", str(tmp_path), home=tmp_path / "home", here=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"There is no file {tmp_path} that you may read.\n")


def test_what_a_killed_studio_left_does_not_count_while_the_next_one_starts(tmp_path: Path) -> None:
    left = Running(1, str(tmp_path), "api", "docs", "temporal", None, None, None, "database")
    with held(tmp_path), announced(left):
        kept = (tmp_path / "run.json").read_text()
    (tmp_path / "run.json").write_text(kept)
    with held(tmp_path):
        assert find_running(tmp_path) is None
        with announced(left):
            assert find_running(tmp_path) == left


@pytest.mark.skipif(not LAUNCHER.exists(), reason="made by make")
def test_the_command_works_in_a_folder_that_has_packages_named_like_ours(tmp_path: Path) -> None:
    for package in ("db", "studio", "lessons"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('not ours')")
    environment = {"PATH": "/usr/bin:/bin", "STUDIO_HOME": str(tmp_path / "home")}
    done = subprocess.run([LAUNCHER, "doctor"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
