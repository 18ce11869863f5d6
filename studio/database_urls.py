"""URLs of Postgres: whether all who read one find the same in it, and how it is shown."""

from urllib.parse import parse_qsl, urlsplit

SHOWN = ("ssl", "sslmode")


def is_readable(url: str) -> bool:
    """Whether each part begins and ends where everybody finds it; an @ or a / in a password would not."""
    try:
        parts = urlsplit(url)
        return parts.netloc.count("@") <= 1 and parts.port != 0
    except ValueError:
        return False


def masked(url: str) -> str:
    """The URL without its password, wherever that stands."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    password = f"{colon}***" if colon else ""
    asked = parse_qsl(parts.query, keep_blank_values=True)
    query = "&".join(f"{name}={value if name in SHOWN else '***'}" for name, value in asked)
    return f"{parts.scheme}://{user}{password}{at}{host}{parts.path}" + (f"?{query}" if query else "")
