"""Every knob of the studio, read once; what is not set belongs to the embedded stack."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError, from_json
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

Text = TypeVar("Text", str, SecretStr)


def beginning_with(*schemes: str) -> AfterValidator:
    """The value is a URL with one of these schemes; a slash at its end is dropped."""

    def check(url: Text) -> Text:
        plain = url.get_secret_value() if isinstance(url, SecretStr) else url
        scheme, _, rest = plain.partition("://")
        if scheme not in schemes or not rest:
            raise PydanticCustomError("url", "should begin with {schemes}", {"schemes": " or ".join(schemes)})
        return type(url)(plain.rstrip("/"))

    return AfterValidator(check)


def with_port(address: str) -> str:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise PydanticCustomError("address", "should be host:port")
    return address


def provider(default: str, *later: str) -> BeforeValidator:
    """A group whose provider is not named has the default one; a later one is known, but not built yet."""

    def name_it(given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if given.get("provider") in later:
            raise PydanticCustomError("later", "is not built yet, use {default}", {"default": default})
        return {"provider": default} | given

    return BeforeValidator(name_it)


def read_json(given: Any) -> Any:
    try:
        return from_json(given) if isinstance(given, str) else given
    except ValueError:
        raise PydanticCustomError(
            "json", "should be JSON such as {example}", {"example": '{"key": "secret"}'}
        ) from None


Port = Annotated[int, Field(ge=1, le=65535)]
Web = Annotated[str, beginning_with("http", "https")]
LiveKitUrl = Annotated[str, beginning_with("ws", "wss", "http", "https")]
Keys = Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(read_json)]
Postgres = Annotated[SecretStr, beginning_with("postgresql", "postgres", "postgresql+asyncpg")]


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Database(Group):
    """Any form of Postgres' URL is taken."""

    url: Postgres | None = None

    @property
    def plain_url(self) -> str:
        """The URL as libpq and asyncpg read it."""
        _, _, rest = self._given.partition("://")
        head, mark, query = rest.partition("?")
        return f"postgresql://{head}{mark}{query.replace('ssl=', 'sslmode=')}"

    @property
    def sqlalchemy_url(self) -> str:
        """The URL as SQLAlchemy reads it for asyncpg, whose word for `sslmode` is `ssl`."""
        head, mark, query = self.plain_url.removeprefix("postgresql").partition("?")
        return f"postgresql+asyncpg{head}{mark}{query.replace('sslmode=', 'ssl=')}"

    @property
    def safe_url(self) -> str:
        """The URL without its password, to be shown."""
        return re.sub(r"(://[^/@:]*:)[^@]*@", r"\1***@", self._given)

    @property
    def _given(self) -> str:
        return self.url.get_secret_value() if self.url else ""


class Temporal(Group):
    address: Annotated[str, AfterValidator(with_port)] | None = None
    ui_url: Web | None = None
    namespace: str = "default"
    api_key: SecretStr | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None


class LocalSpeech(Group):
    provider: Literal["local"] = "local"
    model: str = "base"


class Rules(Group):
    provider: Literal["rules"] = "rules"


class LocalEmbeddings(Group):
    provider: Literal["local"] = "local"


class Disk(Group):
    """`secret_key` signs the URLs of files."""

    provider: Literal["disk"] = "disk"
    secret_key: SecretStr | None = None


class Inbox(Group):
    """Letters are caught, not sent; they can be read at /dev/inbox."""

    provider: Literal["inbox"] = "inbox"
    host: str = "127.0.0.1"
    port: Port | None = None
    sender: str = "TutorLingua Studio <studio@studio.localhost>"


class Smtp(Group):
    provider: Literal["smtp"] = "smtp"
    host: str
    port: Port = 587
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["none", "starttls", "tls"] = "starttls"
    sender: str


class LiveKit(Group):
    """`older_keys` maps API keys that are on their way out to their secrets."""

    url: LiveKitUrl | None = None
    public_url: LiveKitUrl | None = None
    api_key: str = "devkey"
    api_secret: SecretStr | None = None
    older_keys: Keys = Field(default_factory=dict)
    recorder: Literal["participant", "egress"] = "participant"


class Auth(Group):
    jwt_secret: SecretStr | None = None
    jwks_url: Web | None = None
    issuer: str | None = None
    audience: str = "authenticated"


class Api(Group):
    host: str = "127.0.0.1"
    port: Port | None = None
    public_url: Web | None = None


class Media(Group):
    """`ffmpeg` names a program to use instead of the packaged one."""

    ffmpeg: Path | None = None


Speech = Annotated[LocalSpeech, provider("local", "deepgram")]
Language = Annotated[Rules, provider("rules", "openai")]
Embeddings = Annotated[LocalEmbeddings, provider("local", "openai")]
Storage = Annotated[Disk, provider("disk", "s3")]
Mail = Annotated[Inbox | Smtp, Field(discriminator="provider"), provider("inbox")]


class Settings(BaseSettings):
    """Foreign names are left alone here; `studio.configuration` refuses mistyped ones of ours."""

    model_config = SettingsConfigDict(
        env_prefix="STUDIO_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        secrets_dir_missing="error",
    )

    database: Database = Database()
    temporal: Temporal = Temporal()
    speech: Speech = LocalSpeech()
    language: Language = Rules()
    embeddings: Embeddings = LocalEmbeddings()
    storage: Storage = Disk()
    mail: Mail = Inbox()
    livekit: LiveKit = LiveKit()
    auth: Auth = Auth()
    api: Api = Api()
    media: Media = Media()
    home: Annotated[Path, AfterValidator(Path.absolute)] = Path(".studio")
    fix_drills_as: Literal["fix", "gap-fill"] = "fix"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        secrets = NestedSecretsSettingsSource(file_secret_settings)
        return init_settings, env_settings, dotenv_settings, secrets
