"""The conformance suite of the TokenStore port, and a store in memory that passes it.

    class TestMyStore(TokenStoreConformance):
        def open_store(self, home):
            return MyStore(home)

pytest collects the tests of the subclass. Each test has a fresh home.
"""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tallystick.protect.tokens import Change, TokenRow, TokenState, TokenStore

AT_MS = 1_700_000_000_000


class MemoryTokenStore:
    """Implements TokenStore in memory. `rows` may be tampered with."""

    def __init__(self) -> None:
        self.rows: dict[str, TokenRow] = {}

    def read(self, token: str) -> TokenRow | None:
        return self.rows.get(token)

    def current(self, domain: str, index: bytes) -> TokenRow | None:
        found = [r for r in self.rows.values() if (r.domain, r.index) == (domain, index)]
        return found[0] if found else None

    def write(self, changes: Sequence[Change]) -> Sequence[bool]:
        return [self._write(change) for change in changes]

    def page(self, after: str, limit: int) -> Sequence[TokenRow]:
        return [self.rows[token] for token in sorted(self.rows) if token > after][:limit]

    def close(self) -> None:
        """Nothing to let go of."""

    def _write(self, change: Change) -> bool:
        before, after = change.before, change.after
        here = self.rows.get(after.token)
        if (here.revision if here else None) != (before.revision if before else None):
            return False
        if after.index is not None:
            taken = self.current(after.domain, after.index)
            if taken is not None and taken.token != after.token:
                return False
        self.rows[after.token] = after
        return True


class TokenStoreConformance(ABC):
    """Subclass it, say how your store is opened, and let pytest run it."""

    @abstractmethod
    def open_store(self, home: Path) -> TokenStore:
        """Open the store of a home, fresh or not."""

    def setup_method(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="tallystick-tokens-"))
        self.store = self.open_store(self.home)

    def teardown_method(self) -> None:
        self.store.close()
        shutil.rmtree(self.home)

    def reopen(self) -> None:
        self.store.close()
        self.store = self.open_store(self.home)

    def add(self, *rows: TokenRow) -> list[bool]:
        return list(self.store.write([Change(before=None, after=row) for row in rows]))

    # ---- reading --------------------------------------------------------------------------------

    def test_what_was_written_is_read(self) -> None:
        rows = [token_row(1), token_row(2, expires_ms=AT_MS + 1), token_row(3, sealed=bytes(5000))]
        assert self.add(*rows) == [True] * 3
        self.reopen()
        for row in rows:
            assert self.store.read(row.token) == row
            assert row.index is not None
            assert self.store.current(row.domain, row.index) == row

    def test_what_nobody_wrote_is_found_nowhere(self) -> None:
        self.add(token_row(1))
        for name in ("", "\0", "9" * 100_000, "' OR 1=1", token_row(1).token + " "):
            assert self.store.read(name) is None
            assert self.store.current(name, token_row(1).index or b"") is None
        assert self.store.current(token_row(1).domain, b"") is None
        assert self.store.current("merchant:two", token_row(1).index or b"") is None

    def test_rows_come_in_pages_in_the_order_of_their_tokens(self) -> None:
        rows = [token_row(number) for number in (5, 3, 9, 1, 7)]
        self.add(*rows)
        tokens, after = [], ""
        while page := self.store.page(after, 2):
            assert len(page) <= 2
            tokens += [row.token for row in page]
            after = tokens[-1]
        assert tokens == sorted(row.token for row in rows)
        assert list(self.store.page("", 0)) == []

    # ---- writing --------------------------------------------------------------------------------

    def test_a_token_is_given_once(self) -> None:
        first = token_row(1)
        assert self.add(first) == [True]
        again = replace(first, index=bytes([9]) * 32, domain="channel:web")
        assert self.add(again) == [False]
        assert self.store.read(first.token) == first

    def test_a_number_has_one_token_in_a_domain(self) -> None:
        first, second = token_row(1), replace(token_row(2), index=token_row(1).index)
        assert self.add(first, second) == [True, False]
        assert self.store.read(second.token) is None
        assert self.add(replace(second, domain="merchant:two")) == [True]

    def test_a_change_is_made_to_the_row_that_was_seen(self) -> None:
        row = token_row(1)
        self.add(row)
        after = replace(row, state=TokenState.SUSPENDED, sealed=b"anew", revision=2)
        assert list(self.store.write([Change(before=row, after=after)])) == [True]
        late = replace(row, sealed=b"late", revision=2)
        assert list(self.store.write([Change(before=row, after=late)])) == [False]
        self.reopen()
        assert self.store.read(row.token) == after

    def test_a_change_to_what_is_not_there_is_not_made(self) -> None:
        row = token_row(1)
        assert list(self.store.write([Change(before=row, after=replace(row, revision=2))])) == [
            False
        ]
        assert self.store.read(row.token) is None

    def test_a_deleted_token_lets_its_number_have_another(self) -> None:
        row, new = token_row(1), replace(token_row(2), index=token_row(1).index)
        self.add(row)
        gone = replace(row, state=TokenState.DELETED, index=None, sealed=b"", revision=2)
        changes = [Change(before=row, after=gone), Change(before=None, after=new)]
        assert list(self.store.write(changes)) == [True, True]
        assert self.store.current(new.domain, new.index or b"") == new
        assert self.store.read(row.token) == gone
        assert self.add(replace(row, index=bytes([7]) * 32)) == [False], "taken for good"
        others = [replace(token_row(n), index=None, state=TokenState.DELETED) for n in (3, 4)]
        assert self.add(*others) == [True, True], "any number of rows have no index"

    def test_what_is_not_written_harms_no_other_change(self) -> None:
        self.add(token_row(1))
        made = self.add(token_row(2), token_row(1), token_row(3), token_row(2), token_row(4))
        assert made == [True, False, True, False, True]
        self.reopen()
        assert len(self.store.page("", 100)) == 4
        assert list(self.store.write([])) == []

    def test_closing_twice_is_harmless(self) -> None:
        self.store.close()
        self.store.close()


def token_row(number: int, *, expires_ms: int | None = None, sealed: bytes = b"sealed") -> TokenRow:
    """A row of the suite; another one for every number."""
    return TokenRow(
        token=f"4000001{number:09}",
        domain="merchant:one",
        index=number.to_bytes(32, "big"),
        sealed=sealed,
        state=TokenState.ACTIVE,
        issued_ms=AT_MS + number,
        expires_ms=expires_ms,
    )
