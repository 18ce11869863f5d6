"""What shows itself shows no secret: a dataclass may stand in a traceback, a log, or a failed assertion."""

import ast
import re
from pathlib import Path

from lessons.opt_out import OptOutLinks
from providers.disk import DiskFileStore
from providers.smtp import SmtpMailer
from studio.keys import Keys
from tests.test_structure import PACKAGES, ROOT, sources

SECRET = re.compile(r"(^|_)(secret|secrets|password)$")
PLANTED = "planted-secret"


def shown() -> list[str]:
    """Every field of a dataclass that is named like a secret and not hidden."""
    return [
        f"{path.relative_to(ROOT)}: {node.name}.{field.target.id}"
        for path in sources(*PACKAGES, "bench")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and "dataclass" in "".join(map(ast.unparse, node.decorator_list))
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and SECRET.search(field.target.id)
        if "repr=False" not in ast.unparse(field)
    ]


def test_no_dataclass_shows_a_field_that_is_named_like_a_secret() -> None:
    assert shown() == []


def test_what_signs_or_logs_in_does_not_show_with_what() -> None:
    holders = [
        SmtpMailer("mail.example", 587, "me@studio.example", "me", PLANTED),
        OptOutLinks("https://studio.example", PLANTED),
        DiskFileStore(Path("/"), "recordings", "https://studio.example", PLANTED),
        Keys(PLANTED, PLANTED, PLANTED, PLANTED),
    ]
    assert [one for one in map(repr, holders) if PLANTED in one] == []
