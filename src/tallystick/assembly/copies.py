"""Copies of a home that a trial may damage, and scratch books that lose their power."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tallystick.assembly import home as homes
from tallystick.assembly.stores import remembered_address
from tallystick.backends.sqlite import (
    BOOK_EDITS,
    EVIDENCE_EDITS,
    SqliteBooks,
    copy_books,
    edit_copy,
)
from tallystick.ground.errors import Misconfigured
from tallystick.protect.enforcement import Books
from tallystick.prove.certificate import TrustAnchor

__all__ = [
    "BOOK_EDITS",
    "EVIDENCE_EDITS",
    "copy_home",
    "edit_copy",
    "open_scratch_books",
    "prepare_scratch",
]


def copy_home(home: str | Path, to: Path) -> None:
    """Copy of a home what `check_home` looks at: books, policy, trust anchor; no key.

    Works while a platform writes. `edit_copy` takes such a copy and nothing else.
    Refuses: Misconfigured when a database keeps the books: trials do not copy that.
    """
    if remembered_address(Path(home)) is not None:
        raise Misconfigured("a database keeps these books", allowed="books in the home itself")
    copy_books(Path(home), to)
    for name in (homes.TRUST, homes.POLICY):
        if (Path(home) / name).exists():
            shutil.copy(Path(home) / name, to / name)


def prepare_scratch(home: Path, *, trust: TrustAnchor) -> None:
    """A home for books alone, whose checkpoints the trust anchor's key signs."""
    homes.prepare_home(home)
    homes.write_private(home / homes.TRUST, trust.text().encode("utf-8"))


@contextmanager
def open_scratch_books(home: Path, *, sign: Callable[[int, bytes], str]) -> Iterator[Books]:
    """The real books of a prepared home, without a platform around them.

    `sign` makes the note of a checkpoint from size and root. Refuses: Misconfigured.
    """
    books = SqliteBooks(home, sign_checkpoint=sign)
    try:
        yield books
    finally:
        books.close()
