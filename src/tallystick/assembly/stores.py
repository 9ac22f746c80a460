"""Where the books of a home are kept: in the home itself, or in a database that it remembers."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tallystick.assembly import home as homes
from tallystick.backends.sqlite import SqliteBooks, lock_home
from tallystick.ground.errors import Misconfigured
from tallystick.protect.enforcement import OrderedBooks
from tallystick.prove.evidence import EvidenceStore

if TYPE_CHECKING:
    from types import ModuleType

SignCheckpoint = Callable[[int, bytes], str]
EXTRA = "pip install 'tallystick[postgres]'"


class KeptBooks(OrderedBooks, Protocol):
    """Books as a platform holds them: with the log beside them, and an end."""

    @property
    def evidence(self) -> EvidenceStore: ...

    def retire_tallies(self, *, before_ms: int) -> int:
        """Let go of tallies older than an instant; their leaves stay. Gives how many."""
        ...

    def close(self) -> None: ...


def open_books(home: Path, *, address: str | None, sign: SignCheckpoint) -> KeptBooks:
    """The books of a home, for its one writer.

    `address` is the database (postgresql://...) that keeps them; the home remembers it, without a
    password, so it need not be said again. Without one, books are a file of the home.
    Refuses: Misconfigured when they are kept elsewhere, in use, or cannot be trusted.
    """
    remembered = remembered_address(home)
    if address is None and remembered is None:
        return SqliteBooks(home, sign_checkpoint=sign)
    _demand_same(home, address, remembered)
    return _open_remote(home, address or remembered or "", sign)


def remembered_address(home: Path) -> str | None:
    """The database that keeps the books of a home, or None when the home keeps them itself."""
    try:
        return (home / homes.BOOKS_URL).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"cannot be read: {error}", where=str(home / homes.BOOKS_URL)) from None


def remember_address(home: Path, address: str | None) -> None:
    """Write down which database keeps the books of a home, without a password."""
    if address is not None:
        kept = postgres().without_password(address)
        homes.write_private(home / homes.BOOKS_URL, f"{kept}\n".encode())


def demand_books(home: Path) -> None:
    """Refuses: Misconfigured when no books were ever kept for this home."""
    if remembered_address(home) is None and not (home / homes.BOOKS).exists():
        raise Misconfigured("no books here", where=str(home), allowed="a home made by serve")


def postgres() -> ModuleType:
    """The backend for PostgreSQL, imported when it is asked for. Refuses: Misconfigured."""
    try:
        import tallystick.backends.postgres as backend
    except ImportError as missing:
        raise Misconfigured(
            f"books on PostgreSQL need another package ({missing})", allowed=EXTRA
        ) from None
    return backend


def _demand_same(home: Path, address: str | None, remembered: str | None) -> None:
    """Books do not move by themselves: a home has one place for them."""
    if address is None:
        return
    wanted = postgres().without_password(address)
    if remembered is not None and wanted != remembered:
        raise Misconfigured(
            "the books of this home are kept elsewhere",
            where=str(home / homes.BOOKS_URL),
            allowed=f"{remembered} (change that file when the same database has another address)",
        )
    if remembered is None and (home / homes.BOOKS).exists():
        raise Misconfigured(
            "the home keeps its books itself", where=str(home), allowed="serve without --books"
        )


def _open_remote(home: Path, address: str, sign: SignCheckpoint) -> KeptBooks:
    backend = postgres()
    lock = lock_home(home)
    try:
        books: KeptBooks = backend.PostgresBooks(
            address, sign_checkpoint=sign, closed=partial(os.close, lock)
        )
    except BaseException:
        os.close(lock)
        raise
    return books


def prepare_books(address: str, *, writer: str | None = None) -> int:
    """Make, or bring up to date, the tables of a database, with the role that shall own them.

    `writer` is the role that `serve` uses: it may then append, and neither change nor remove.
    Gives the version of the schema. Refuses: Misconfigured.
    """
    version: int = postgres().prepare_books(address, writer=writer)
    return version


def check_server(address: str) -> list[tuple[str, str, str]]:
    """What a server of books is like: what, found, and how to mend it ("" when it is good).

    Refuses: Misconfigured when it cannot be reached.
    """
    return [(one.what, one.found, one.mend) for one in postgres().check_server(address)]
