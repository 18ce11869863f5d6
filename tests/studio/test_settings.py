import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lessons.calls import Price
from studio.configuration import environment_of, names, read_settings, required
from studio.settings import Inbox, Settings, Smtp
from studio.trouble import Trouble

Reading = Callable[..., Settings]
Problems = Callable[..., list[str]]

SMTP = {
    "STUDIO_MAIL__PROVIDER": "smtp",
    "STUDIO_MAIL__HOST": "mail.example",
    "STUDIO_MAIL__SENDER": "me@studio.example",
}
S3_KEYS = {
    "STUDIO_STORAGE__PROVIDER": "s3",
    "STUDIO_STORAGE__ACCESS_KEY": "id",
    "STUDIO_STORAGE__SECRET_KEY": "key",
}


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    """Reads settings from a `.env` of the given names and values."""

    def read_given(**named: str) -> Settings:
        file = tmp_path / ".env"
        file.write_text("".join(f"{name}='{value}'\n" for name, value in named.items()))
        return read_settings(file)

    return read_given


@pytest.fixture
def problems(read: Reading) -> Problems:
    """What is told about the given names and values, a sentence a line."""

    def told(**named: str) -> list[str]:
        with pytest.raises(Trouble) as trouble:
            read(**named)
        return str(trouble.value).split("\n")

    return told


def test_without_any_setting_everything_is_embedded(read: Reading) -> None:
    settings = read()
    assert settings.database.url is None
    assert settings.temporal.address is None
    assert isinstance(settings.mail, Inbox)
    assert settings.livekit.api_key == "devkey"
    assert settings.home == Path(".studio").absolute()


def test_a_group_whose_provider_is_not_named_has_the_default_one(read: Reading) -> None:
    settings = read(STUDIO_STORAGE__SECRET_KEY="key", STUDIO_MAIL__SENDER="me@studio.example")
    assert settings.storage.provider == "disk"
    assert (settings.mail.provider, settings.mail.sender) == ("inbox", "me@studio.example")


def test_a_named_provider_is_taken(read: Reading) -> None:
    mail = read(
        STUDIO_MAIL__PROVIDER="smtp", STUDIO_MAIL__HOST="mail.example", STUDIO_MAIL__SENDER="me@studio.example"
    ).mail
    assert isinstance(mail, Smtp)
    assert (mail.host, mail.port, mail.tls) == ("mail.example", 587, "starttls")


def test_all_problems_are_told_at_once_each_with_its_variable(problems: Problems) -> None:
    told = problems(
        STUDIO_API__PORT="99999",
        STUDIO_MAIL__PROVIDER="smtp",
        STUDIO_MAIL__TLS="perhaps",
        STUDIO_DATABASE__URL="mysql://somewhere",
        STUDIO_LIVEKIT__OLDER_KEYS="not json",
        STUDIO_SPEACH__MODEL="base",
    )
    assert [line.split()[0] for line in told] == [
        "STUDIO_SPEACH__MODEL",
        "STUDIO_DATABASE__URL",
        "STUDIO_MAIL__HOST",
        "STUDIO_MAIL__TLS",
        "STUDIO_MAIL__SENDER",
        "STUDIO_LIVEKIT__OLDER_KEYS",
        "STUDIO_API__PORT",
    ]
    assert all(line.endswith((".", "?")) for line in told)


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("STUDIO_SPEACH__MODEL", "STUDIO_SPEECH__MODEL"),
        ("STUDIO_LIVEKIT__APIKEY", "STUDIO_LIVEKIT__API_KEY"),
        ("STUDIO_DATABASE_URL", "STUDIO_DATABASE__URL"),
        ("STUDIO_HOMES", "STUDIO_HOME"),
    ],
)
def test_an_unknown_name_is_refused_and_the_nearest_one_suggested(
    problems: Problems, mistyped: str, meant: str
) -> None:
    assert problems(**{mistyped: "x"}) == [f"{mistyped} is not a setting: did you mean {meant}?"]


def test_foreign_names_are_none_of_ours(read: Reading) -> None:
    assert read(OPENAI_API_KEY="sk", POSTGRES_URL="x", MY_STUDIO_HOME="y") == read()


def test_an_empty_value_counts_as_not_set(read: Reading) -> None:
    assert read(STUDIO_DATABASE__URL="", STUDIO_API__PORT="") == read()


@pytest.mark.parametrize(
    ("provider", "missing"),
    [
        ("STUDIO_SPEECH__PROVIDER=deepgram", ["STUDIO_SPEECH__API_KEY"]),
        ("STUDIO_LANGUAGE__PROVIDER=openai", ["STUDIO_LANGUAGE__API_KEY"]),
        ("STUDIO_EMBEDDINGS__PROVIDER=openai", ["STUDIO_EMBEDDINGS__API_KEY"]),
        (
            "STUDIO_STORAGE__PROVIDER=s3",
            ["STUDIO_STORAGE__ENDPOINT", "STUDIO_STORAGE__ACCESS_KEY", "STUDIO_STORAGE__SECRET_KEY"],
        ),
    ],
)
def test_a_provider_without_its_key_is_told_with_the_variable_to_set(
    problems: Problems, provider: str, missing: list[str]
) -> None:
    name, _, chosen = provider.partition("=")
    assert problems(**{name: chosen}) == [f"{one} is missing: set it." for one in missing]


def test_an_empty_file_is_no_key(problems: Problems, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "STUDIO_SPEECH__API_KEY").write_text("\n")
    told = problems(STUDIO_SECRETS_DIR=str(secrets), STUDIO_SPEECH__PROVIDER="deepgram")
    assert [line.split()[0] for line in told] == ["STUDIO_SPEECH__API_KEY"]


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("STUDIO_SPEECH__API_KEY", {"STUDIO_SPEECH__PROVIDER": "deepgram"}),
        ("STUDIO_LANGUAGE__API_KEY", {"STUDIO_LANGUAGE__PROVIDER": "openai"}),
        ("STUDIO_EMBEDDINGS__API_KEY", {"STUDIO_EMBEDDINGS__PROVIDER": "openai"}),
        ("STUDIO_STORAGE__SECRET_KEY", {}),
        ("STUDIO_TEMPORAL__API_KEY", {}),
        ("STUDIO_LIVEKIT__API_SECRET", {}),
        ("STUDIO_AUTH__JWT_SECRET", {}),
        ("STUDIO_MAIL__PASSWORD", SMTP | {"STUDIO_MAIL__USERNAME": "me"}),
    ],
)
def test_blanks_are_no_secret(problems: Problems, name: str, others: dict[str, str]) -> None:
    assert problems(**{name: "  "}, **others) == [f"{name} should hold something besides blanks."]


def test_blanks_are_no_older_key_either(problems: Problems) -> None:
    told = problems(STUDIO_LIVEKIT__OLDER_KEYS='{"old": " "}')
    assert told == ["STUDIO_LIVEKIT__OLDER_KEYS should hold something besides blanks."]


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("STUDIO_SPEECH__BASE_URL", {"STUDIO_SPEECH__PROVIDER": "deepgram", "STUDIO_SPEECH__API_KEY": "key"}),
        ("STUDIO_LANGUAGE__BASE_URL", {"STUDIO_LANGUAGE__PROVIDER": "openai", "STUDIO_LANGUAGE__API_KEY": "key"}),
        ("STUDIO_EMBEDDINGS__BASE_URL", {"STUDIO_EMBEDDINGS__PROVIDER": "openai", "STUDIO_EMBEDDINGS__API_KEY": "key"}),
        ("STUDIO_STORAGE__ENDPOINT", S3_KEYS),
        ("STUDIO_STORAGE__SIGN_ENDPOINT", S3_KEYS | {"STUDIO_STORAGE__ENDPOINT": "http://storage:8333"}),
        ("STUDIO_LIVEKIT__URL", {}),
        ("STUDIO_API__PUBLIC_URL", {}),
        ("STUDIO_AUTH__JWKS_URL", {}),
    ],
)
@pytest.mark.parametrize("url", ["http://planted:99999", "http://[planted", "http://planted..test", "http://plan ted"])
def test_a_url_without_a_host_or_a_port_that_can_be_is_refused(
    problems: Problems, name: str, others: dict[str, str], url: str
) -> None:
    [told] = problems(**{name: url}, **others)
    assert told.startswith(f"{name} should have a host")
    assert "planted" not in told


@pytest.mark.parametrize("host", ["smtp..resend.com", "a" * 64, "http://mail", "mail:25", " "])
def test_a_mail_server_has_a_name_that_a_host_can_have(problems: Problems, host: str) -> None:
    [told] = problems(**SMTP | {"STUDIO_MAIL__HOST": host})
    assert told.startswith("STUDIO_MAIL__HOST should be the name of a host")


@pytest.mark.parametrize("address", ["temporal", "temporal:0", "temporal:99999", "tempo ral:7233", ":7233", "::1:x"])
def test_a_temporal_without_host_and_port_is_refused(problems: Problems, address: str) -> None:
    [told] = problems(STUDIO_TEMPORAL__ADDRESS=address)
    assert told == "STUDIO_TEMPORAL__ADDRESS should be host:port, the port from 1 to 65535."


def test_a_login_has_both_halves_or_none(read: Reading, problems: Problems) -> None:
    assert problems(**SMTP, STUDIO_MAIL__USERNAME="me") == [
        "STUDIO_MAIL__PASSWORD is missing beside STUDIO_MAIL__USERNAME: set both or neither."
    ]
    for name in ({}, {"STUDIO_MAIL__USERNAME": " "}):
        assert problems(**SMTP, **name, STUDIO_MAIL__PASSWORD="planted") == [
            "STUDIO_MAIL__PASSWORD is set, but STUDIO_MAIL__USERNAME is missing: set both or neither."
        ]
    settings = read(**SMTP, STUDIO_MAIL__USERNAME="me", STUDIO_MAIL__PASSWORD="planted")
    assert read(**environment_of(settings)) == settings


def test_prices_are_json_and_another_process_reads_the_same(read: Reading) -> None:
    given = '{"openai/gpt-4o": {"input": 2.5, "cached": 0}, "deepgram/nova-3/multi": {"minute": 0.0065}}'
    settings = read(STUDIO_PRICES=given)
    assert settings.prices == {
        "openai/gpt-4o": Price(input=2.5, cached=0),
        "deepgram/nova-3/multi": Price(minute=0.0065),
    }
    assert read(**environment_of(settings)) == settings


@pytest.mark.parametrize(
    "price",
    [
        '{"inptu": 2.5}',
        '{"input": 2.5, "ouput": 10}',
        "{}",
        '{"cached": null}',
        "2.5",
        "null",
        '{"input": "2.5"}',
        '{"input": -1}',
        '{"input": NaN}',
        '{"input": Infinity}',
        '{"input": true}',
        '{"input": null}',
        f'{{"input": 1{"0" * 400}}}',
    ],
)
def test_a_price_without_numbers_that_can_be_is_refused(problems: Problems, price: str) -> None:
    [told] = problems(STUDIO_PRICES=f'{{"openai/gpt-4o": {price}, "openai/gpt-4o-mini": {price}}}')
    assert told.startswith("STUDIO_PRICES should give a model's price by one or more of minute, input, cached, output")


@pytest.mark.parametrize("name", ["gpt-4o", "", "opanai/gpt-4o", "openai/", "deepgram/nova-3/keyterm/multi"])
def test_a_price_of_what_nobody_calls_is_refused(problems: Problems, name: str) -> None:
    [told] = problems(STUDIO_PRICES=f'{{"{name}": {{"input": 2.5}}}}')
    assert told.startswith("STUDIO_PRICES should name openai/MODEL or deepgram/MODEL")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STUDIO_SPEECH__BASE_URL", "https://api.deepgram.com/v1"),
        ("STUDIO_SPEECH__BASE_URL", "api.deepgram.com"),
        ("STUDIO_SPEECH__DELIVERY", "pigeon"),
        ("STUDIO_SPEECH__AT_ONCE", "0"),
    ],
)
def test_what_deepgram_cannot_be_told_is_refused(problems: Problems, name: str, value: str) -> None:
    [told] = problems(STUDIO_SPEECH__PROVIDER="deepgram", STUDIO_SPEECH__API_KEY="key", **{name: value})
    assert told.startswith(name)
    assert value not in told


@pytest.mark.parametrize("provider", ["inbox", "smtp"])
@pytest.mark.parametrize("sender", ["TutorLingua Studio", "studio@", "Studio <josé@studio.example>", "a@b.c, d@e.f"])
def test_a_sender_without_an_address_that_every_server_takes_is_refused(
    problems: Problems, provider: str, sender: str
) -> None:
    server = {"STUDIO_MAIL__HOST": "mail.example"} if provider == "smtp" else {}
    [told] = problems(STUDIO_MAIL__PROVIDER=provider, STUDIO_MAIL__SENDER=sender, **server)
    assert told.startswith("STUDIO_MAIL__SENDER should be `Name <address>`")
    assert sender not in told


def test_with_s3_a_worker_needs_no_further_key_for_storage(read: Reading) -> None:
    settings = read(
        STUDIO_STORAGE__PROVIDER="s3",
        STUDIO_STORAGE__ENDPOINT="https://s3.example/",
        STUDIO_STORAGE__ACCESS_KEY="id",
        STUDIO_STORAGE__SECRET_KEY="key",
    )
    with pytest.raises(Trouble) as trouble:
        required(settings)
    assert "STORAGE" not in str(trouble.value)
    assert settings.storage.provider == "s3"


def test_a_provider_that_nobody_has_is_told_with_the_ones_there_are(problems: Problems) -> None:
    assert problems(STUDIO_MAIL__PROVIDER="pigeon") == ["STUDIO_MAIL__PROVIDER should be one of 'inbox', 'smtp'."]


def test_a_setting_of_another_provider_is_refused(problems: Problems) -> None:
    assert problems(STUDIO_MAIL__USERNAME="me") == [
        "STUDIO_MAIL__USERNAME belongs to another provider: remove it, or name that provider."
    ]


def test_whispers_model_is_the_packaged_one_and_no_other_can_be_wished_for(problems: Problems) -> None:
    assert problems(STUDIO_SPEECH__MODEL="small") == [
        "STUDIO_SPEECH__MODEL belongs to another provider: remove it, or name that provider."
    ]


def test_no_value_is_ever_told(problems: Problems) -> None:
    secret = "hunter2-hunter2"
    told = problems(
        STUDIO_DATABASE__URL=secret,
        STUDIO_API__PORT=secret,
        STUDIO_LIVEKIT__OLDER_KEYS=secret,
        STUDIO_MAIL__PROVIDER=secret,
        STUDIO_SPEECH=secret,
        STUDIO_MAIL__PASSWORD=secret,
    )
    assert secret not in "".join(told)


def test_secrets_are_not_shown_by_the_settings_themselves(read: Reading) -> None:
    settings = read(STUDIO_DATABASE__URL="postgresql://me:hunter2@db/studio", STUDIO_AUTH__JWT_SECRET="hunter2")
    assert "hunter2" not in repr(settings)
    assert settings.database.safe_url == "postgresql://me:***@db/studio"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter2@db:5432/studio", "postgresql://me:***@db:5432/studio"),
        ("postgresql://me:hunter2@[::1]/studio", "postgresql://me:***@[::1]/studio"),
        (
            "postgresql://db/studio?password=hunter2&sslmode=require",
            "postgresql://db/studio?password=***&sslmode=require",
        ),
        ("postgresql:///studio?user=me&password=hunter2", "postgresql:///studio?user=***&password=***"),
        ("postgresql+asyncpg://me@db/studio", "postgresql+asyncpg://me@db/studio"),
    ],
)
def test_a_database_is_shown_without_its_password_wherever_that_stands(read: Reading, url: str, shown: str) -> None:
    assert read(STUDIO_DATABASE__URL=url).database.safe_url == shown


@pytest.mark.parametrize("place", ["me:hunter2@host:port", "me:hunter2@db:99999", "me:hunt@er2@db", "me:hunt/er2@db"])
def test_a_database_url_that_is_not_read_alike_by_all_is_refused_in_one_sentence(
    problems: Problems, place: str
) -> None:
    [told] = problems(STUDIO_DATABASE__URL=f"postgresql://{place}/name")
    assert told.startswith("STUDIO_DATABASE__URL should be like `postgresql://user:password@host:5432/name`")
    assert "er2" not in told


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_every_form_of_a_postgres_url_is_taken(read: Reading, scheme: str) -> None:
    database = read(STUDIO_DATABASE__URL=f"{scheme}://me:pw@db:5432/studio?sslmode=require").database
    assert database.plain_url == "postgresql://me:pw@db:5432/studio?sslmode=require"
    assert database.sqlalchemy_url == "postgresql+asyncpg://me:pw@db:5432/studio?ssl=require"


def test_older_livekit_keys_are_json(read: Reading) -> None:
    older = read(STUDIO_LIVEKIT__OLDER_KEYS='{"old": "secret"}').livekit.older_keys
    assert {key: secret.get_secret_value() for key, secret in older.items()} == {"old": "secret"}


def test_secrets_come_from_files_and_the_env_file_wins(read: Reading, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "STUDIO_AUTH__JWT_SECRET").write_text("from a file\n")
    (secrets / "STUDIO_HOME").write_text("/from/a/file")
    settings = read(STUDIO_SECRETS_DIR=str(secrets), STUDIO_HOME="/from/env")
    assert settings.auth.jwt_secret is not None
    assert settings.auth.jwt_secret.get_secret_value() == "from a file"
    assert settings.home == Path("/from/env")


def test_a_mistyped_secret_file_is_refused_too(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "STUDIO_AUTH__JWTSECRET").write_text("x")
    told = problems(STUDIO_SECRETS_DIR=str(tmp_path))
    assert told == ["STUDIO_AUTH__JWTSECRET is not a setting: did you mean STUDIO_AUTH__JWT_SECRET?"]


def test_a_missing_secrets_folder_is_told(problems: Problems, tmp_path: Path) -> None:
    told = problems(STUDIO_SECRETS_DIR=str(tmp_path / "nowhere"))
    assert told == ["STUDIO_SECRETS_DIR names no folder: correct it or leave it out."]


def test_another_process_reads_the_same_settings_from_the_environment_made_for_it(read: Reading) -> None:
    settings = read(
        STUDIO_DATABASE__URL="postgresql://me:pw@db/studio",
        STUDIO_MAIL__PROVIDER="smtp",
        STUDIO_MAIL__HOST="mail.example",
        STUDIO_MAIL__SENDER="me@studio.example",
        STUDIO_LIVEKIT__OLDER_KEYS='{"old": "secret"}',
    )
    assert read(**environment_of(settings)) == settings


def test_settings_cannot_be_changed(read: Reading) -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(read().api, "port", 80)  # noqa: B010


def test_all_that_a_lone_worker_misses_is_told_at_once(read: Reading) -> None:
    with pytest.raises(Trouble) as trouble:
        required(read())
    named = re.findall(r"^(STUDIO_\w+)", str(trouble.value), re.MULTILINE)
    assert named == [
        "STUDIO_DATABASE__URL",
        "STUDIO_TEMPORAL__ADDRESS",
        "STUDIO_AUTH__JWT_SECRET",
        "STUDIO_LIVEKIT__API_SECRET",
        "STUDIO_STORAGE__SECRET_KEY",
        "STUDIO_MAIL__PROVIDER",
    ]


def test_every_name_is_of_one_shape() -> None:
    assert all(re.fullmatch(r"STUDIO_[A-Z]+(_[A-Z]+)*(__[A-Z]+(_[A-Z]+)*)?", name) for name in names())
