import json
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from studio.keys import keys_of
from studio.seed import STUDENT_USER, TUTOR

ROOT = Path(__file__).parents[2]


def studio(*argv: str, home: Path, **named: str) -> subprocess.CompletedProcess[str]:
    """Run the command in an empty folder."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "STUDIO_HOME": str(home), **named}
    command = [sys.executable, "-m", "studio", *argv]
    return subprocess.run(command, cwd=home.parent, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(("who", "person"), [("tutor", TUTOR), ("student", STUDENT_USER)])
def test_a_token_speaks_for_a_seeded_person_and_is_signed_with_the_home_s_key(
    tmp_path: Path, who: str, person: str
) -> None:
    done = studio("token", "--as", who, home=tmp_path / "home")
    claims = jwt.decode(done.stdout.strip(), OctKey.import_key(keys_of(tmp_path / "home").jwt)).claims
    assert claims["exp"] - claims["iat"] == 12 * 3600
    assert (claims["sub"], claims["role"], claims["aud"]) == (person, "authenticated", "authenticated")
    assert "iss" not in claims


def test_a_token_follows_the_settings(tmp_path: Path) -> None:
    secret = "a secret of at least thirty-two characters"
    done = studio(
        *("token", "--as", "tutor", "--json"),
        home=tmp_path,
        STUDIO_AUTH__JWT_SECRET=secret,
        STUDIO_AUTH__ISSUER="https://id.example",
        STUDIO_AUTH__AUDIENCE="studio",
    )
    told = json.loads(done.stdout)
    claims = jwt.decode(told["token"], OctKey.import_key(secret)).claims
    assert (claims["iss"], claims["aud"]) == ("https://id.example", "studio")
    assert (told["sub"], told["expires_at"]) == (claims["sub"], claims["exp"])


def test_a_command_that_cannot_go_on_says_why_in_a_sentence_and_ends_with_1(tmp_path: Path) -> None:
    done = studio("token", "--as", "tutor", home=tmp_path, STUDIO_AUTH__JWKS_URL="https://id.example/jwks")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Tokens come from whoever owns STUDIO_AUTH__JWKS_URL")
    assert done.stderr.count("\n") == 1


def test_a_wrong_setting_is_told_before_anything_is_done(tmp_path: Path) -> None:
    done = studio("token", "--as", "tutor", home=tmp_path, STUDIO_API__PORT="no", STUDIO_HOMES="x")
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["STUDIO_HOMES", "STUDIO_API__PORT"]


def test_a_word_that_is_no_verb_ends_with_2(tmp_path: Path) -> None:
    assert studio("token", "--as", "parrot", home=tmp_path).returncode == 2
