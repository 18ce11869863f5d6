"""The production shape, as far as it can be proved without a Docker engine."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import typer
import yaml
from typer.core import TyperGroup

from lessons.errors import OperatorAction
from studio.__main__ import VERBS, command
from studio.children import side_by_side
from studio.commands.worker import QUEUES
from studio.configuration import SECRETS_DIR, names, read_settings, required
from studio.ports import any_port
from studio.postgres import packaged
from studio.settings import Settings
from studio.temporal import temporal_server as temporal_program
from studio.wiring import BUCKETS
from tests.conftest import tell
from tests.test_structure import EMBEDDED_ONLY
from tests.vendors.seaweed import Seaweed, made, seaweed_server
from workers.connecting import NotReady, check_search_attributes, connect
from workers.roster import Staff, roster

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, one in SERVICES.items() if "build" in one]
ONCE = [name for name, one in SERVICES.items() if one["restart"] == "on-failure"]
LASTING = [name for name in SERVICES if name not in ONCE]
WORKERS = [name for name in OURS if name.startswith("worker-")]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
FINAL_STAGE = DOCKERFILE.rpartition("FROM ")[2]
IN_IMAGE = dict(re.findall(r"\b(STUDIO_\w+)=(\S+)", FINAL_STAGE))
PAGE = (ROOT / "docs/deploy.md").read_text()
OVERRIDES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
LISTENING = {
    "postgres": {"5432"},
    "temporal": {"7233"},
    "temporal-ui": {"8080"},
    "redis": {"6379"},
    "mail": {"1025", "8025"},
}
"""The ports of images whose ports nobody here chooses."""

Reads = Callable[[Mapping[str, Any]], Settings]


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What make_secrets.sh makes, in a copy of the folder it works in."""
    folder = tmp_path_factory.mktemp("compose") / "deploy"
    shutil.copytree(DEPLOY, folder, ignore=shutil.ignore_patterns("secrets"))
    make_secrets(folder, DEEPGRAM_API_KEY="deepgram's", OPENAI_API_KEY="openai's")
    return folder / "secrets"


def make_secrets(folder: Path, **keys: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **keys}
    return subprocess.run(
        [folder / "make_secrets.sh"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


@pytest.fixture
def reads(secrets: Path, tmp_path: Path) -> Reads:
    """The settings of a service, read as its container reads them."""

    def read(service: Mapping[str, Any]) -> Settings:
        mounted = tmp_path / "mounted"
        mounted.mkdir()
        for name in service["secrets"]:
            made = (secrets / name).read_text() if name in COMPOSE["secrets"] else "typed in by hand"
            (mounted / name).write_text(made)
        given = {**IN_IMAGE, **service["environment"], SECRETS_DIR: str(mounted)}
        (tmp_path / "env").write_text("".join(f"{name}='{value}'\n" for name, value in given.items()))
        return read_settings(tmp_path / "env")

    return read


def arguments(name: str) -> list[str]:
    """What a service of ours asks of the command `studio`."""
    program, *arguments = map(str, SERVICES[name]["command"])
    assert program == "studio"
    return arguments


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    assert {*SERVICES[name]["environment"], *IN_IMAGE} <= {*names(), SECRETS_DIR}


@pytest.mark.parametrize("name", [*WORKERS, "api"])
def test_with_its_variables_and_secrets_a_service_lacks_nothing(name: str, reads: Reads) -> None:
    settings = reads(SERVICES[name])
    required(settings)
    providers = [getattr(settings, part).provider for part in ("speech", "language", "embeddings", "storage", "mail")]
    assert providers == ["deepgram", "openai", "openai", "s3", "smtp"]


def test_who_migrates_knows_the_database_and_no_other_secret(reads: Reads) -> None:
    settings = reads(SERVICES["migrate"])
    assert settings.database.plain_url.startswith("postgresql://studio:")
    assert SERVICES["migrate"]["secrets"] == ["STUDIO_DATABASE__URL"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_the_studio(name: str) -> None:
    group = typer.main.get_command(command(VERBS))
    assert isinstance(group, TyperGroup)
    with group.make_context("studio", arguments(name)) as context:
        _, verb, rest = group.resolve_command(context, arguments(name))
        assert verb is not None
        assert verb.make_context(verb.name, rest, parent=context).params.keys() <= {"queues", "as_json"}


def test_every_queue_has_workers_of_its_own() -> None:
    assert sorted(arguments(name)[1] for name in WORKERS) == sorted(QUEUES)
    assert all(len(arguments(name)) == 2 for name in WORKERS)


def test_what_lasts_has_a_health_check_and_comes_back() -> None:
    assert {name: SERVICES[name]["restart"] for name in LASTING} == dict.fromkeys(LASTING, "unless-stopped")
    assert [name for name in LASTING if not SERVICES[name].get("healthcheck", {}).get("test")] == []
    assert [name for name in ONCE if "healthcheck" in SERVICES[name]] == []


def test_whoever_waits_waits_for_a_service_that_can_become_so() -> None:
    able = {"service_healthy": LASTING, "service_completed_successfully": ONCE}
    waits = [
        (name, other, how["condition"])
        for name, one in SERVICES.items()
        for other, how in one.get("depends_on", {}).items()
    ]
    assert [wait for wait in waits if wait[1] not in able[wait[2]]] == []
    assert {other for _, other, _ in waits} >= set(ONCE)


def test_nothing_waits_for_itself() -> None:
    order = list(TopologicalSorter({name: one.get("depends_on", {}) for name, one in SERVICES.items()}).static_order())
    assert order.index("postgres") < order.index("migrate") < order.index("api")
    assert order.index("temporal-namespace") < order.index("worker-ai")


def test_every_secret_is_made_and_used_and_none_else() -> None:
    used = {secret for one in SERVICES.values() for secret in one.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    assert all(one == {"file": f"deploy/secrets/{name}"} for name, one in COMPOSE["secrets"].items())


def test_the_script_makes_every_secret_in_a_closed_folder(secrets: Path) -> None:
    assert {file.name for file in secrets.glob("[!.]*")} == set(COMPOSE["secrets"])
    assert all(file.read_text() for file in secrets.iterdir())
    assert secrets.stat().st_mode & 0o077 == 0
    open_ones = {file.name for file in secrets.iterdir() if file.stat().st_mode & 0o004}
    assert open_ones == set(COMPOSE["secrets"]) - {"livekit_keys"}


def test_the_script_keeps_what_is_there(secrets: Path) -> None:
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    assert make_secrets(secrets.parent).returncode == 0
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before


@pytest.mark.parametrize(
    "secret", ["wJalrXUtn/K7MDENG+bPxRfi/CY=", "a&b", r"back\slash", '"quoted"', "@LIVEKIT@ | $HOME"]
)
def test_a_secret_of_any_signs_arrives_as_it_is_wherever_it_is_written(
    secrets: Path, tmp_path: Path, secret: str
) -> None:
    folder = Path(shutil.copytree(secrets.parent, tmp_path / "deploy"))
    for name in ("STUDIO_STORAGE__SECRET_KEY", "STUDIO_LIVEKIT__API_SECRET"):
        (folder / "secrets" / name).write_text(f"{secret}\n")
    done = make_secrets(folder)
    assert (done.returncode, done.stderr) == (0, "")
    egress = yaml.safe_load((folder / "secrets/egress.yaml").read_text())
    [own, _] = json.loads((folder / "secrets/s3.json").read_text())["identities"]
    assert (egress["api_secret"], egress["storage"]["s3"]["secret"]) == (secret, secret)
    assert own["credentials"][0]["secretKey"] == secret
    assert yaml.safe_load((folder / "secrets/livekit_keys").read_text()) == {"studio": secret}


def test_a_made_file_that_somebody_has_edited_is_kept_and_told_of(secrets: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(secrets.parent, tmp_path / "deploy"))
    egress = folder / "secrets/egress.yaml"
    edited = egress.read_text().replace("http://storage:8333", "https://s3.example")
    egress.write_text(edited)
    (folder / "secrets/STUDIO_STORAGE__SECRET_KEY").write_text("another")
    done = make_secrets(folder)
    assert (done.returncode, egress.read_text()) == (0, edited)
    assert "egress.yaml has been edited and is kept" in done.stderr
    assert "another" in (folder / "secrets/s3.json").read_text()
    egress.unlink()
    assert (make_secrets(folder).stderr, "another" in egress.read_text()) == ("", True)


def test_without_a_vendors_key_the_script_says_which_one_is_missing(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets")))
    done = make_secrets(folder, DEEPGRAM_API_KEY="deepgram's")
    assert done.returncode == 1
    assert "a key of OpenAI" in done.stderr


def test_no_secret_stands_in_the_repository() -> None:
    ids = {"STUDIO_STORAGE__ACCESS_KEY", "STUDIO_LIVEKIT__API_KEY"}
    given = {name for one in SERVICES.values() for name in one.get("environment", {})} | set(IN_IMAGE)
    assert {name for name in given if re.search(r"(SECRET|KEY|KEYS|PASSWORD|PWD|DATABASE__URL)$", name)} == ids
    listed = [ROOT / "docker-compose.yml", ROOT / "Dockerfile", *(one for one in DEPLOY.iterdir() if one.is_file())]
    assert [one.name for one in listed if re.search(r"[0-9a-f]{32}|://[^\s/:@]+:[^$\s@]+@", one.read_text())] == []


def test_neither_git_nor_an_image_takes_the_secrets() -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/secrets/s3.json"], cwd=ROOT)
    assert ignored.returncode == 0
    assert (ROOT / ".dockerignore").read_text().startswith("*\n")


def listening() -> dict[str, set[str]]:
    """The ports each service listens on, from its own configuration."""
    livekit = yaml.safe_load((DEPLOY / "livekit.yaml").read_text())
    return LISTENING | {
        "api": {SERVICES["api"]["environment"]["STUDIO_API__PORT"]},
        "storage": set(re.findall(r"-(?:s3|master)\.port=(\d+)", TEXT)),
        "livekit": {str(livekit["port"]), str(livekit["rtc"]["tcp_port"]), str(livekit["rtc"]["udp_port"])},
    }


def test_what_is_published_is_listened_on_and_published_to_this_machine_only() -> None:
    published = [(name, *port.split(":")) for name, one in SERVICES.items() for port in one.get("ports", [])]
    assert {host for _, host, _, _ in published} == {"127.0.0.1"}
    outside = [port for _, _, port, _ in published]
    assert len(outside) == len(set(outside))
    assert [one for one in published if one[3].removesuffix("/udp") not in listening()[one[0]]] == []


def test_every_address_names_a_service_and_a_port_it_listens_on(secrets: Path) -> None:
    environment = {name: value for one in SERVICES.values() for name, value in one.get("environment", {}).items()}
    texts = [*environment.values(), *(one.read_text() for one in DEPLOY.iterdir() if one.is_file())]
    texts += [(secrets / "STUDIO_DATABASE__URL").read_text()]
    found = set(re.findall(r"\b([a-z][a-z-]+):(\d{4,5})\b", "\n".join(texts)))
    assert {host for host, _ in found} == {"temporal", "storage", "livekit", "redis", "api", "postgres"}
    assert [(host, port) for host, port in found if port not in listening()[host]] == []
    assert environment["STUDIO_MAIL__PORT"] in listening()[environment["STUDIO_MAIL__HOST"]]


def test_the_addresses_that_browsers_are_given_are_published() -> None:
    published = {port.rpartition(":")[0] for one in SERVICES.values() for port in one.get("ports", [])}
    given = [value for name, value in SERVICES["api"]["environment"].items() if "127.0.0.1" in value]
    assert len(given) == 5
    assert {re.sub(r"^\w+://([^/]+).*", r"\1", value) for value in given} <= published


@pytest.mark.parametrize("name", [*WORKERS, "api"])
def test_what_others_fetch_is_signed_for_an_address_that_is_open(name: str, reads: Reads) -> None:
    storage = reads(SERVICES[name]).storage
    assert storage.provider == "s3"
    assert storage.sign_endpoint == "http://127.0.0.1:8333"


def test_every_volume_is_declared_and_every_file_is_there() -> None:
    sources = {volume.split(":")[0] for one in SERVICES.values() for volume in one.get("volumes", [])}
    files = {one for one in sources if one.startswith("./")}
    assert sources - files == set(COMPOSE["volumes"])
    assert [one for one in files if not (ROOT / one).is_file()] == []


def test_images_are_pinned() -> None:
    images = [one["image"] for one in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert [one for one in images if not re.search(r":v?\d+\.\d+(\.\d+)?[\w.-]*$", one)] == []
    servers = {one["image"] for name, one in SERVICES.items() if name in ("temporal", "temporal-schema")}
    assert len({one.partition(":")[2] for one in servers}) == 1


def test_compose_replaces_nothing_in_the_file() -> None:
    assert "$" not in TEXT.replace("$$", "")


def test_the_image_takes_what_production_runs_and_what_git_has() -> None:
    taken = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    let_in = set((ROOT / ".dockerignore").read_text().split())
    packages = {"lessons", "workflows", "activities", "providers", "db", "api", "workers", "studio"}
    assert {*packages, "web", "alembic.ini", "requirements/core.lock"} == set(taken)
    assert [one for one in taken if f"!{one}" not in let_in] == []
    kept = subprocess.run(["git", "ls-files", "--error-unmatch", *taken], cwd=ROOT, capture_output=True)
    assert kept.returncode == 0


def test_the_image_has_the_core_alone_by_hash_and_no_root() -> None:
    assert re.findall(r"requirements/(\w+)\.lock", DOCKERFILE) == ["core"]
    [install] = re.findall(r"pip .*install .*", DOCKERFILE)
    assert "--require-hashes -r /core.lock" in install
    assert re.findall(r"^USER (\S+)", FINAL_STAGE, re.MULTILINE) == ["studio"]
    assert "pip" not in FINAL_STAGE
    assert IN_IMAGE.keys() == {"STUDIO_HOME", "STUDIO_MEDIA__FFMPEG"}


def test_livekit_signs_with_the_key_that_the_api_knows(secrets: Path, reads: Reads) -> None:
    livekit = yaml.safe_load((DEPLOY / "livekit.yaml").read_text())
    keys = yaml.safe_load((secrets / "livekit_keys").read_text())
    egress = yaml.safe_load((secrets / "egress.yaml").read_text())
    chosen = reads(SERVICES["api"]).livekit
    secret = chosen.api_secret.get_secret_value() if chosen.api_secret else ""
    assert keys == {chosen.api_key: secret}
    assert (egress["api_key"], egress["api_secret"]) == (chosen.api_key, secret)
    assert livekit["webhook"]["api_key"] == chosen.api_key
    assert livekit["webhook"]["urls"] == ["http://api:8000/api/webhooks/livekit"]


def test_storage_knows_the_key_of_the_studio_and_shows_strangers_the_public_bucket_alone(
    secrets: Path, reads: Reads
) -> None:
    own, anonymous = json.loads((secrets / "s3.json").read_text())["identities"]
    egress = yaml.safe_load((secrets / "egress.yaml").read_text())["storage"]["s3"]
    settings = reads(SERVICES["worker-ai"])
    assert settings.storage.provider == "s3"
    key = (settings.storage.access_key.get_secret_value(), settings.storage.secret_key.get_secret_value())
    assert own["credentials"] == [{"accessKey": key[0], "secretKey": key[1]}]
    assert (egress["access_key"], egress["secret"], egress["bucket"]) == (*key, "recordings")
    assert anonymous["actions"] == [f"Read:{name}" for name, is_public in BUCKETS.items() if is_public]


def test_every_bucket_is_made() -> None:
    [made] = re.findall(r"for bucket in (.*);", (DEPLOY / "buckets.sh").read_text())
    assert made.split() == list(BUCKETS)


def test_temporal_shares_the_workers_among_tutors_as_the_embedded_server_does() -> None:
    told = yaml.safe_load((DEPLOY / "temporal.yaml").read_text())
    assert told == {"matching.enableFairness": [{"value": True}]}


@pytest.mark.parametrize("script", sorted(DEPLOY.glob("*.sh")), ids=lambda one: one.stem)
def test_every_script_is_one_that_a_shell_can_read(script: Path) -> None:
    assert subprocess.run(["sh", "-n", script]).returncode == 0
    assert os.access(script, os.X_OK)


def test_the_page_tells_of_every_service_and_of_nothing_else() -> None:
    listed = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert sorted(re.findall(r"[a-z-]+", " ".join(listed))) == sorted(SERVICES)
    assert set(re.findall(r"STUDIO_[A-Z_]*[A-Z]", PAGE)) <= set(names())
    assert [one for one in re.findall(r"\]\(([^):]+)\)", PAGE) if not (ROOT / "docs" / one).exists()] == []


DOES = {
    "recordings": "fetches recordings",
    "notifications": "letters",
    "speech": "Deepgram",
    "insights": "OpenAI",
    "clips": "clips",
    "capture": "classrooms",
}
"""What those who answer do, in the words of the page."""


def test_the_page_tells_of_each_worker_what_it_does() -> None:
    rows = dict(re.findall(r"^\| `worker-(\w+)` \| (.+?) \|", PAGE, re.MULTILINE))
    staff: Any = {one.name: one.name for one in fields(Staff)}
    does = {
        name: {DOES[str(one)] for one in post.answers if one in DOES} for name, post in roster(Staff(**staff)).items()
    }
    assert {name: {what for what in DOES.values() if what in rows[name]} for name in rows} == does


@pytest.mark.parametrize("text", OVERRIDES)
def test_what_the_page_says_about_other_parts_is_readable_by_every_service(text: str, reads: Reads) -> None:
    services = yaml.safe_load(text)["services"]
    assert set(services) == {*WORKERS, "api"}
    own, other = SERVICES["api"], services["api"]
    settings = reads(
        {
            "environment": {**own["environment"], **other.get("environment", {})},
            "secrets": [*own["secrets"], *other.get("secrets", [])],
        }
    )
    required(settings)
    assert all(one == other for one in services.values())


def checked(name: str, replaced: Mapping[str, str]) -> int:
    """What a service's health check says here, where some places are others; as the shell's code."""
    kind, *test = SERVICES[name]["healthcheck"]["test"]
    test = [one.replace("$$", "$") for one in test]
    for old, new in replaced.items():
        test = [one.replace(old, new) for one in test]
    return subprocess.run(["sh", "-c", *test] if kind == "CMD-SHELL" else test, capture_output=True).returncode


def test_a_worker_is_healthy_while_it_says_so(tmp_path: Path) -> None:
    alive = tmp_path / "worker.alive"
    replaced = {f"{IN_IMAGE['STUDIO_HOME']}/worker.alive": str(alive)}
    assert checked("worker-ai", replaced) != 0
    alive.touch()
    assert checked("worker-ai", replaced) == 0
    os.utime(alive, (time.time() - 120,) * 2)
    assert checked("worker-ai", replaced) != 0


def run(script: Path, **environment: str) -> None:
    path = f"{Path(sys.executable).parent}:{packaged()}:{os.environ['PATH']}"
    done = subprocess.run(["sh", script], env={"PATH": path, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


async def test_a_new_temporal_is_made_ready_for_lessons_and_twice_is_once(open_folder: Path) -> None:
    address = f"127.0.0.1:{any_port()}"
    server = temporal_program(open_folder / "new", int(address.rpartition(":")[2]), any_port())
    ignorant = replace(server, argv=[one for one in server.argv if not str(one).startswith("--search-attribute")])
    async with side_by_side([ignorant], open_folder / "logs", tell):
        client = await connect(address)
        with pytest.raises(NotReady):
            await check_search_attributes(client)
        for _ in range(2):
            await asyncio.to_thread(run, DEPLOY / "temporal_namespace.sh", TEMPORAL_ADDRESS=address)
        await check_search_attributes(client)


async def test_the_buckets_are_made_beside_others_and_twice_is_once(open_folder: Path) -> None:
    seaweed = Seaweed(f"http://127.0.0.1:{any_port()}")
    server = replace(seaweed_server(seaweed, open_folder), ready=partial(made, seaweed, "recordings-old"))
    async with side_by_side([server], open_folder / "logs", tell):
        with pytest.raises(OperatorAction):
            await seaweed.store("recordings").check()
        for _ in range(2):
            await asyncio.to_thread(run, DEPLOY / "buckets.sh", MASTER=seaweed.master)
        for bucket in BUCKETS:
            await seaweed.store(bucket).check()


def test_storage_that_does_not_answer_is_not_waited_for_without_end() -> None:
    with pytest.raises(AssertionError, match="Storage does not answer"):
        run(DEPLOY / "buckets.sh", MASTER=f"127.0.0.1:{any_port()}", PATIENCE="1")


async def test_temporal_has_a_role_and_databases_of_its_own(postgres_url: str, secrets: Path, tmp_path: Path) -> None:
    script = tmp_path / "temporal_database.sh"
    script.write_text((DEPLOY / script.name).read_text().replace("/run/secrets", str(secrets)))
    server = urlsplit(postgres_url)
    place = {"PGHOST": server.hostname or "", "PGPORT": str(server.port), "PGPASSWORD": server.password or ""}
    run(script, POSTGRES_USER=server.username or "", POSTGRES_DB="postgres", **place)
    password = (secrets / "temporal_password").read_text()
    temporal = f"postgresql://temporal:{password}@{server.hostname}:{server.port}"
    for database in ("temporal", "temporal_visibility"):
        connection = await asyncpg.connect(f"{temporal}/{database}")
        await connection.execute("CREATE TABLE its_own ()")
        await connection.close()
    owner = await asyncpg.connect(postgres_url)
    for statement in ("DATABASE temporal", "DATABASE temporal_visibility", "ROLE temporal"):
        await owner.execute(f"DROP {statement}")
    await owner.close()


CORE_ALONE = f"""
import sys
sys.modules.update(dict.fromkeys({EMBEDDED_ONLY!r}))
from studio.__main__ import main
main()
"""


@pytest.mark.parametrize("name", ["api", "worker-ai"])
def test_a_service_starts_on_the_core_alone_and_becomes_healthy(
    name: str, secrets: Path, tmp_path: Path, database_url: str, temporal_server: str
) -> None:
    """The process, its settings and its health check are those of the container; only addresses are this machine's."""
    mounted, home, port = tmp_path / "mounted", tmp_path / "home", str(any_port())
    shutil.copytree(secrets, mounted, ignore=shutil.ignore_patterns("[a-z]*"))
    (mounted / "STUDIO_DATABASE__URL").write_text(database_url.replace("+asyncpg", ""))
    home.mkdir()
    here = {
        "STUDIO_SECRETS_DIR": str(mounted),
        "STUDIO_HOME": str(home),
        "STUDIO_TEMPORAL__ADDRESS": temporal_server,
        "STUDIO_API__HOST": "127.0.0.1",
        "STUDIO_API__PORT": port,
    }
    replaced = {IN_IMAGE["STUDIO_HOME"]: str(home), ":8000": f":{port}", "python": sys.executable}
    environment = {**IN_IMAGE, **SERVICES[name]["environment"], **here, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-c", CORE_ALONE, *arguments(name)]
    process = subprocess.Popen(program, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        while not (healthy := checked(name, replaced) == 0) and process.poll() is None:
            time.sleep(0.2)
    finally:
        process.terminate()
        _, said = process.communicate()
    assert healthy, said
