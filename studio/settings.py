"""Every knob of the studio, read once; what is not set belongs to the embedded stack."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from studio.database_urls import masked
from studio.kinds import (
    AtOnce,
    Host,
    HostAndPort,
    Keys,
    LiveKitUrl,
    Password,
    PayloadKey,
    Port,
    Postgres,
    Prices,
    Secret,
    Sender,
    Web,
    WebHost,
)


def provider(default: str) -> BeforeValidator:
    """A group whose provider is not named has the default one."""
    return BeforeValidator(lambda given: {"provider": default} | given if isinstance(given, dict) else given)


class Group(BaseModel):
    """The text below a field describes it; what follows `; else` is its default where the default is a part of ours."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)


class Database(Group):
    """Any form of Postgres' URL is taken."""

    url: Postgres | None = None
    """`postgresql://user:password@host:port/name`, Postgres 15 or newer; else own Postgres 18 with pgvector"""

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
        return masked(self._given) if self.url else ""

    @property
    def _given(self) -> str:
        return self.url.get_secret_value() if self.url else ""


class Temporal(Group):
    address: HostAndPort | None = None
    """`host:port` of the cluster; else own server"""
    ui_url: Web | None = None
    """where its Web UI is, for links; else own Web UI"""
    namespace: str = "default"
    """the namespace"""
    api_key: Secret | None = None
    """a key, which turns TLS on"""
    tls_cert: Path | None = None
    """the file with a client's certificate"""
    tls_key: Path | None = None
    """the file with the key of that certificate"""
    payload_key: PayloadKey | None = None
    """32 bytes in base64 that seal what Temporal keeps; the same for the API and all workers; else nothing is sealed"""


class LocalSpeech(Group):
    """Whisper's base model, on this machine."""

    provider: Literal["local"] = "local"


class Deepgram(Group):
    """Deepgram's transcription of recordings."""

    provider: Literal["deepgram"] = "deepgram"
    api_key: Secret
    """the key of a Deepgram project"""
    base_url: WebHost = "https://api.deepgram.com"
    """the host, without a path; `https://api.eu.deepgram.com` keeps speech in the EU"""
    model: str = "nova-3"
    """the model"""
    delivery: Literal["url", "upload", "callback"] | None = None
    """`url`, `upload` or, with a call back, `callback`; else `url` from an S3 with an outer address, or `upload`"""
    at_once: AtOnce = 10
    """how many recordings a worker has transcribed at a time"""


class Rules(Group):
    """Rules, a grammar checker and the tutor's own corrections, on this machine."""

    provider: Literal["rules"] = "rules"


class OpenAI(Group):
    """Any server that speaks OpenAI's Responses API."""

    provider: Literal["openai"] = "openai"
    api_key: Secret
    """the key"""
    base_url: Web = "https://api.openai.com/v1"
    """the server, with `/v1`"""
    model: str = "gpt-4o"
    """a model that knows structured outputs"""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """sent only when it is set; else the model's own"""
    at_once: AtOnce = 8
    """how many questions a worker asks at a time"""


class LocalEmbeddings(Group):
    """Multilingual e5-small on this machine."""

    provider: Literal["local"] = "local"


class OpenAIEmbeddings(Group):
    """Any server that speaks OpenAI's embeddings API."""

    provider: Literal["openai"] = "openai"
    api_key: Secret
    """the key"""
    base_url: Web = "https://api.openai.com/v1"
    """the server, with `/v1`"""
    model: str = "text-embedding-3-small"
    """a model that gives 384 dimensions when asked to"""
    at_once: AtOnce = 8
    """how many questions a worker asks at a time"""


class Disk(Group):
    """The buckets `recordings` (private) and `marketing-clips` (public) are folders in `STUDIO_HOME/files`."""

    provider: Literal["disk"] = "disk"
    secret_key: Secret | None = None
    """what signs the URLs of files; else made once"""


class S3(Group):
    """Any S3-compatible storage that has these two buckets; Supabase's too."""

    provider: Literal["s3"] = "s3"
    endpoint: Web
    """the server, as this service reaches it"""
    sign_endpoint: Web | None = None
    """the server, as browsers and vendors reach it; else the endpoint"""
    region: str = "us-east-1"
    """the region"""
    access_key: Secret
    """the id of the key"""
    secret_key: Secret
    """the key; it signs the URLs of files too"""
    public_url: Web | None = None
    """where the public bucket's objects are; else the endpoint and the bucket"""


class Inbox(Group):
    """Letters are caught, not sent; they can be read at `/dev/inbox`."""

    provider: Literal["inbox"] = "inbox"
    host: Host = "127.0.0.1"
    """the catcher"""
    port: Port | None = None
    """its port; else own catcher"""
    sender: Sender = "TutorLingua Studio <studio@studio.localhost>"
    """`Name <address>` that letters come from"""


class Smtp(Group):
    """Any SMTP server; Resend's too."""

    provider: Literal["smtp"] = "smtp"
    host: Host
    """the server"""
    port: Port = 587
    """its port"""
    username: Annotated[str, StringConstraints(strip_whitespace=True)] = ""
    """who logs in; else nobody"""
    password: Password = None
    """that one's password"""
    tls: Literal["none", "starttls", "tls"] = "starttls"
    """`none`, `starttls` or `tls`"""
    sender: Sender
    """`Name <address>` that letters come from"""


class LiveKit(Group):
    url: LiveKitUrl | None = None
    """the server, as this service reaches it"""
    public_url: LiveKitUrl | None = None
    """the server, as browsers reach it; else the same"""
    api_key: str = "devkey"
    """the id of the key that signs webhooks and tokens"""
    api_secret: Secret | None = None
    """the key; else made once"""
    older_keys: Keys = Field(default_factory=dict)
    """JSON `{"key": "secret"}` of keys that still may sign, for rotation"""
    recorder: Literal["participant", "egress"] = "participant"
    """who records: `participant` or `egress`"""
    egress_storage: Literal["configured", "sent"] = "configured"
    """where egress puts files: `configured` in its own `storage:`, or `sent`: in ours, its keys in every request"""


class Classroom(Group):
    """When people may enter a booking's room."""

    minutes_before: Annotated[int, Field(ge=0)] = 15
    """how long before the lesson"""
    minutes_after: Annotated[int, Field(ge=0)] = 60
    """how long after it"""


class Auth(Group):
    jwt_secret: Secret | None = None
    """the HS256 secret of people's tokens (Supabase: the project's JWT secret); else made once"""
    jwks_url: Web | None = None
    """where the public keys of people's tokens are told instead"""
    issuer: str | None = None
    """what tokens must say in `iss`; else anything"""
    audience: str = "authenticated"
    """what tokens must say in `aud`"""


class Api(Group):
    host: Host = "127.0.0.1"
    """where the API listens"""
    port: Port | None = None
    """its port; else 8000 or a free one"""
    public_url: Web | None = None
    """where people reach it; signed URLs of files on disk begin with it; else the same"""


class Workers(Group):
    """How many steps one worker takes at once, and how many `ai` steps all workers together begin in a second."""

    ai_at_once: AtOnce = 2
    """steps of the queue `ai` that one worker takes at once; raise it where providers do the work"""
    media_at_once: AtOnce = 1
    """clips that one worker cuts at once"""
    capture_at_once: AtOnce = 20
    """classrooms that one worker watches at once; one that it records itself takes half a core"""
    ai_per_second: Annotated[float, Field(gt=0)] = 20.0
    """steps of the queue `ai` that all workers together begin in a second"""


class Media(Group):
    ffmpeg: Path | None = None
    """an ffmpeg 5 or newer with libx264 and libass; else the packaged one"""


Speech = Annotated[LocalSpeech | Deepgram, Field(discriminator="provider"), provider("local")]
Language = Annotated[Rules | OpenAI, Field(discriminator="provider"), provider("rules")]
Embeddings = Annotated[LocalEmbeddings | OpenAIEmbeddings, Field(discriminator="provider"), provider("local")]
Storage = Annotated[Disk | S3, Field(discriminator="provider"), provider("disk")]
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
        use_attribute_docstrings=True,
    )

    database: Database = Database()
    temporal: Temporal = Temporal()
    speech: Speech = LocalSpeech()
    language: Language = Rules()
    embeddings: Embeddings = LocalEmbeddings()
    storage: Storage = Disk()
    mail: Mail = Inbox()
    livekit: LiveKit = LiveKit()
    classroom: Classroom = Classroom()
    auth: Auth = Auth()
    api: Api = Api()
    media: Media = Media()
    workers: Workers = Workers()
    home: Annotated[Path, AfterValidator(Path.absolute)] = Path(".studio")
    """the folder of everything that embedded parts keep: data, files, mail, keys, logs"""
    prices: Prices = Field(default_factory=dict)
    """JSON of what models cost, such as `{"openai/gpt-4o": {"input": 2.5}}`; else the table in `lessons/calls.py`"""
    fix_drills_as: Literal["fix", "gap-fill"] = "fix"
    """`fix`, or `gap-fill` for players that know no `fix`"""

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
