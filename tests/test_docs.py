"""What the documentation says is so."""

import re
import subprocess
from pathlib import Path

import pytest

from studio.__main__ import VERBS
from studio.configuration import names, read_settings, required
from studio.documenting import page
from studio.livekit import HOW_TO_GET_ONE
from studio.settings import Settings
from studio.trouble import Trouble
from tests.livekit import servers

ROOT = Path(__file__).parent.parent
CONFIGURATION = (ROOT / "docs/configuration.md").read_text()
README = (ROOT / "README.md").read_text()


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    documented = set(re.findall(r"`(STUDIO_[A-Z_]*[A-Z])`", CONFIGURATION)) - {"STUDIO_SECRETS_DIR"}
    assert documented == set(names())


def test_the_page_of_settings_is_what_the_settings_say() -> None:
    assert page(CONFIGURATION) == CONFIGURATION, "run `make docs`"


def test_every_setting_says_what_it_is() -> None:
    assert re.findall(r"^\| `STUDIO_\w+` (?:\| `\w+` )?\|\s*\|.*", CONFIGURATION, re.MULTILINE) == []


def shown(mix: str, tmp_path: Path, without: str = "nothing") -> Settings:
    """The settings of the example for a mix of parts, one of its lines left out."""
    [block] = re.findall(rf"<!-- example {mix} -->\n```sh\n(.*?)```", CONFIGURATION, re.DOTALL)
    (tmp_path / ".env").write_text(re.sub(rf"^{without}=.*$", "", block, flags=re.MULTILINE))
    return read_settings(tmp_path / ".env")


def test_the_example_in_which_all_is_local_needs_nothing(tmp_path: Path) -> None:
    assert shown("local", tmp_path) == Settings()


def test_the_example_with_deepgram_keeps_files_and_language_here(tmp_path: Path) -> None:
    settings = shown("deepgram", tmp_path)
    assert settings.speech.provider == "deepgram"
    assert (settings.storage.provider, settings.language.provider) == ("disk", "rules")


def test_the_example_in_which_all_is_elsewhere_lacks_nothing(tmp_path: Path) -> None:
    settings = shown("cloud", tmp_path)
    required(settings)
    providers = [getattr(settings, part).provider for part in ("speech", "language", "embeddings", "storage", "mail")]
    assert providers == ["deepgram", "openai", "openai", "s3", "smtp"]


@pytest.mark.parametrize(
    ("mix", "key"),
    [
        ("deepgram", "STUDIO_SPEECH__API_KEY"),
        ("cloud", "STUDIO_LANGUAGE__API_KEY"),
        ("cloud", "STUDIO_EMBEDDINGS__API_KEY"),
        ("cloud", "STUDIO_STORAGE__ENDPOINT"),
        ("cloud", "STUDIO_STORAGE__ACCESS_KEY"),
        ("cloud", "STUDIO_STORAGE__SECRET_KEY"),
        ("cloud", "STUDIO_MAIL__HOST"),
        ("cloud", "STUDIO_MAIL__SENDER"),
    ],
)
def test_an_example_without_one_of_its_keys_is_refused_by_the_key_s_name(mix: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=f"^{key} is missing: set it\\.$"):
        shown(mix, tmp_path, without=key)


def test_everybody_is_told_to_install_the_livekit_server_that_the_checks_install() -> None:
    named = "cmd/server@v[0-9.]+[0-9]"
    [ours] = re.findall(named, (ROOT / ".ci/run").read_text())
    for told in (README, HOW_TO_GET_ONE, servers.HOW_TO_GET_IT):
        assert re.findall(named, told) == [ours]


@pytest.mark.parametrize("target", re.findall(r"make ([a-z]+)\b(?!,)", README))
def test_every_make_target_that_the_readme_names_exists(target: str) -> None:
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("verb", re.findall(r"(?:`|bin/)studio ([a-z]+)\b", README))
def test_every_verb_that_the_readme_names_exists(verb: str) -> None:
    assert verb in VERBS


@pytest.mark.parametrize("place", re.findall(r"\]\(([^)]+)\)", README))
def test_every_place_that_the_readme_names_exists(place: str) -> None:
    assert (ROOT / place).exists()
