"""Writes what the settings say of themselves into docs/configuration.md: its tables and its examples."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from studio.configuration import PREFIX, is_group
from studio.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
FILLED_IN = re.compile(r"(<!-- (table|example) ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
ELSE = "; else "

ELSEWHERE = {
    "STUDIO_DATABASE__URL": "postgresql://postgres.PROJECT:PASSWORD@aws-0-REGION.pooler.supabase.com:5432/postgres",
    "STUDIO_TEMPORAL__ADDRESS": "REGION.aws.api.temporal.io:7233",
    "STUDIO_TEMPORAL__UI_URL": "https://cloud.temporal.io",
    "STUDIO_TEMPORAL__NAMESPACE": "NAMESPACE.ACCOUNT",
    "STUDIO_TEMPORAL__API_KEY": "TEMPORAL-KEY",
    "STUDIO_SPEECH__PROVIDER": "deepgram",
    "STUDIO_SPEECH__API_KEY": "DEEPGRAM-KEY",
    "STUDIO_LANGUAGE__PROVIDER": "openai",
    "STUDIO_LANGUAGE__API_KEY": "OPENAI-KEY",
    "STUDIO_LANGUAGE__MODEL": "gpt-4o",
    "STUDIO_EMBEDDINGS__PROVIDER": "openai",
    "STUDIO_EMBEDDINGS__API_KEY": "OPENAI-KEY",
    "STUDIO_STORAGE__PROVIDER": "s3",
    "STUDIO_STORAGE__ENDPOINT": "https://PROJECT.supabase.co/storage/v1/s3",
    "STUDIO_STORAGE__REGION": "eu-central-1",
    "STUDIO_STORAGE__ACCESS_KEY": "S3-KEY-ID",
    "STUDIO_STORAGE__SECRET_KEY": "S3-KEY",
    "STUDIO_STORAGE__PUBLIC_URL": "https://PROJECT.supabase.co/storage/v1/object/public/marketing-clips",
    "STUDIO_MAIL__PROVIDER": "smtp",
    "STUDIO_MAIL__HOST": "smtp.resend.com",
    "STUDIO_MAIL__USERNAME": "resend",
    "STUDIO_MAIL__PASSWORD": "RESEND-KEY",
    "STUDIO_MAIL__SENDER": "TutorLingua Studio <studio@YOUR.DOMAIN>",
    "STUDIO_LIVEKIT__URL": "wss://PROJECT.livekit.cloud",
    "STUDIO_LIVEKIT__PUBLIC_URL": "wss://PROJECT.livekit.cloud",
    "STUDIO_LIVEKIT__API_KEY": "LIVEKIT-KEY-ID",
    "STUDIO_LIVEKIT__API_SECRET": "LIVEKIT-KEY",
    "STUDIO_LIVEKIT__RECORDER": "egress",
    "STUDIO_LIVEKIT__EGRESS_STORAGE": "sent",
    "STUDIO_AUTH__JWKS_URL": "https://PROJECT.supabase.co/auth/v1/.well-known/jwks.json",
    "STUDIO_AUTH__ISSUER": "https://PROJECT.supabase.co/auth/v1",
    "STUDIO_API__PUBLIC_URL": "https://studio.YOUR.DOMAIN",
}
"""A value for each setting that names a part elsewhere; what is in capitals is to be filled in."""

MIXES = {
    "local": {},
    "deepgram": {name: value for name, value in ELSEWHERE.items() if "SPEECH" in name},
    "cloud": ELSEWHERE,
}
"""Which parts are elsewhere."""


@dataclass(frozen=True)
class Knob:
    """A setting: its variable, what it is, and its default, in Markdown."""

    name: str
    said: str
    default: str


def page(text: str) -> str:
    """The page with every marked part made anew; the rest is left as it is."""

    def fill(part: re.Match[str]) -> str:
        head, kind, name, end = part.groups()
        return f"{head}{table(name) if kind == 'table' else example(name)}{end}"

    return FILLED_IN.sub(fill, text)


def table(group: str) -> str:
    """The Markdown table of a group's settings; `studio` is what stands in no group."""
    field = Settings.model_fields.get(group)
    if field is None:
        return table_of(Settings, PREFIX)
    choices = [one for one in (field.annotation, *get_args(field.annotation)) if is_group(one)]
    prefix = f"{PREFIX}{group.upper()}__"
    return table_of(choices[0], prefix) if len(choices) == 1 else table_of_providers(choices, prefix)


def table_of(group: type[BaseModel], prefix: str) -> str:
    rows = [f"| `{knob.name}` | {knob.said} | {knob.default} |" for knob in knobs(group, prefix)]
    return "\n".join(["| variable | what it is | default |", "| --- | --- | --- |", *rows, ""])


def table_of_providers(providers: list[type[BaseModel]], prefix: str) -> str:
    """The table of a group with several providers, the default one first; whose a setting is stands beside it."""
    rows = [
        f"| `{knob.name}` | `{one.model_fields['provider'].default}` | {knob.said} | {knob.default} |"
        for one in providers
        for knob in knobs(one, prefix)
    ]
    return "\n".join(["| variable | of | what it is | default |", "| --- | --- | --- | --- |", *rows, ""])


def knobs(group: type[BaseModel], prefix: str) -> Iterator[Knob]:
    """The settings of a group itself, without those of groups inside of it."""
    for field, info in group.model_fields.items():
        said, _, default = (info.description or "").partition(ELSE)
        if field == "provider":
            yield Knob(f"{prefix}PROVIDER", (group.__doc__ or "").rstrip("."), default_of(info))
        elif not any(is_group(one) for one in (info.annotation, *get_args(info.annotation))):
            yield Knob(prefix + field.upper(), said, default or default_of(info))


def default_of(info: FieldInfo) -> str:
    if info.is_required():
        return "needed"
    value = info.get_default(call_default_factory=True)
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    return f"`{plain}`" if plain else "none"


def example(mix: str) -> str:
    """A `.env` in which the parts of a mix are elsewhere, as a block of Markdown."""
    lines = [f"{name}='{value}'" if " " in value else f"{name}={value}" for name, value in MIXES[mix].items()]
    return "\n".join(["```sh", *(lines or ["# nothing is needed"]), "```", ""])


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(PAGE.read_text()))


if __name__ == "__main__":
    main()
