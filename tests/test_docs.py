"""What the documentation says is so."""

import re
import subprocess
from pathlib import Path

import pytest

from studio.__main__ import VERBS
from studio.configuration import names

ROOT = Path(__file__).parent.parent
CONFIGURATION = (ROOT / "docs/configuration.md").read_text()
README = (ROOT / "README.md").read_text()


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    documented = set(re.findall(r"`(STUDIO_[A-Z_]*[A-Z])`", CONFIGURATION)) - {"STUDIO_SECRETS_DIR"}
    assert documented == set(names())


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
