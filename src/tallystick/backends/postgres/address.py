"""The address of a database: read as libpq reads it, shown and remembered without its password."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tallystick.ground.errors import Misconfigured

SCHEMES = ("postgresql", "postgres")
ALLOWED = "postgresql://user@host/database"
_SECRETS = frozenset({"password", "sslpassword"})


def is_address(text: str) -> bool:
    """Whether this names a PostgreSQL database."""
    return text.partition("://")[0] in SCHEMES and "://" in text


def demand_address(text: str) -> str:
    """The address as given. Refuses: Misconfigured, without repeating what may be a password."""
    if not is_address(text):
        raise Misconfigured("not the address of a database", where="books", allowed=ALLOWED)
    if any(character.isspace() or not character.isprintable() for character in text):
        raise Misconfigured("the address holds blanks", where="books", allowed=ALLOWED)
    if not _reads_one_way(text):
        raise Misconfigured(
            "the address can be read in two ways", where="books",
            allowed=f"{ALLOWED}; in it %23 for #, %2F for /, %3F for ?, %40 for @, %5B for [",
        )  # fmt: skip
    return text


def _reads_one_way(text: str) -> bool:
    """Whether libpq and we agree on where a password ends, so that no part of it is written down.

    libpq knows no fragment, and looks for the @ behind a password before the first slash alone.
    """
    rest = text.partition("://")[2]
    authority = rest.partition("/")[0]
    who = authority.rpartition("@")[0]
    try:
        urlsplit(text)
    except ValueError:
        return False
    behind = rest.removeprefix(authority)
    return "#" not in text and not set("?[]@") & set(who) and "@" not in behind


def without_password(address: str) -> str:
    """The address as it may be written down; libpq finds the password elsewhere.

    >>> without_password("postgresql://pay:secret@db.example/books?sslmode=verify-full&password=x")
    'postgresql://pay@db.example/books?sslmode=verify-full'
    >>> without_password("postgresql:///books")
    'postgresql:///books'
    """
    parts = urlsplit(demand_address(address))
    who, at, where = parts.netloc.rpartition("@")
    netloc = f"{who.partition(':')[0]}{at}{where}"
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in _SECRETS
    ]
    query = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
    return f"{parts.scheme}://{netloc}{parts.path}{query}"
