"""What `studio demo` may empty, and how it signs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from studio.commands.demo import at_home
from studio.configuration import read_settings
from studio.emptying import empty
from studio.keys import keys_of
from studio.livekit_events import Sender, sender_of
from studio.locating import completed, placed
from studio.ports import USUAL
from studio.running import held
from studio.settings import Settings
from studio.trouble import Trouble


def test_a_folder_with_files_of_somebody_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Trouble, match="set STUDIO_HOME"):
        empty(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_home_that_holds_lessons_is_left_as_it_is(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    with pytest.raises(Trouble, match="what no demo made"):
        empty(tmp_path)
    assert keys_of(tmp_path) == keys


def test_what_an_earlier_demo_left_is_removed_and_what_its_links_lead_to_is_not(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    empty(home)
    keys_of(home)
    (home / "files").mkdir()
    (home / "postgres").symlink_to(elsewhere)
    empty(home)
    assert {one.name for one in home.iterdir()} == {"made-by-studio-demo", "lock"}
    assert (elsewhere / "kept").exists()


def test_a_demo_that_still_runs_keeps_its_files(tmp_path: Path) -> None:
    home = tmp_path / "home"
    empty(home)
    keys_of(home)
    with held(home), pytest.raises(Trouble, match="already runs"):
        empty(home)
    assert (home / "keys.json").exists()


def test_without_a_home_of_its_own_the_demo_is_not_where_up_keeps_lessons(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    assert at_home(read_settings(env)).home == Path(".studio/demo").absolute()
    env.write_text("STUDIO_HOME=/somewhere/else\n")
    assert at_home(read_settings(env)).home == Path("/somewhere/else")


@pytest.mark.parametrize("chosen", [None, "a secret of the environment"])
def test_events_are_signed_with_the_secret_that_the_api_knows(
    whole: Callable[..., Settings], home: Path, chosen: str | None
) -> None:
    settings = whole(livekit={"api_key": "ours", "api_secret": SecretStr(chosen) if chosen else None})
    keys = keys_of(home)
    complete = completed(settings, placed(settings, USUAL, keys), keys)
    assert sender_of(complete.livekit) == Sender("ours", chosen or keys.livekit)
