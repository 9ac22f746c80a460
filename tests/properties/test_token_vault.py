"""The vault against a model of it: whatever is asked, in whatever order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from tallystick.protect.tokens import (
    Form,
    Pan,
    ReleaseRule,
    TokenRefused,
    TokenState,
    VaultRows,
    luhn_holds,
)
from tallystick.testing import MemoryTokenStore
from tests.rooms.protect.tokens.vaults import (
    CLEARING,
    NEW,
    OLD,
    PANS,
    PHONE,
    SHOP,
    WEB,
    World,
    local_keys,
)

LIFE_MS = 60_000
RULES = (
    ReleaseRule(
        party=CLEARING.party, purpose=CLEARING.purpose, domains=("*",), form=Form.WHOLE,
        per_day_max=10**9,
    ),
)  # fmt: skip


class VaultMachine(RuleBasedStateMachine):
    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryTokenStore()
        self.keys = [local_keys(OLD, NEW), local_keys(NEW, OLD)]
        self.world = World(store=self.store, keys=self.keys[0], rules=RULES)
        self.issued: dict[str, list[Any]] = {}  # token: domain, number, state, issued at

    def usable(self, token: str) -> bool:
        domain, _, state, at_ms = self.issued[token]
        old = domain == PHONE and self.world.clock.now_ms() >= at_ms + LIFE_MS
        return state is TokenState.ACTIVE and not old

    @rule(target=tokens, digits=st.sampled_from(PANS), domain=st.sampled_from((SHOP, WEB, PHONE)))
    def tokenise(self, digits: str, domain: str) -> Any:
        now_ms = self.world.clock.now_ms()
        held = [
            token for token, (d, n, state, at_ms) in self.issued.items()
            if (d, n) == (domain, digits) and state is not TokenState.DELETED
            and not (domain == PHONE and now_ms >= at_ms + LIFE_MS)
        ]  # fmt: skip
        assert len(held) <= 1
        if held and self.issued[held[0]][2] is TokenState.SUSPENDED:
            with pytest.raises(TokenRefused):
                self.world.vault.tokenise(Pan(digits), domain)
            return multiple()
        token = self.world.vault.tokenise(Pan(digits), domain)
        if held:
            assert [token] == held
            return multiple()
        assert token not in self.issued, "no token is given twice"
        for entry in self.issued.values():
            if entry[:2] == [domain, digits]:
                entry[2] = TokenState.DELETED  # it had expired, or was deleted before
        self.issued[token] = [domain, digits, TokenState.ACTIVE, now_ms]
        return token

    @rule(token=tokens, domain=st.sampled_from((SHOP, WEB, PHONE)))
    def detokenise(self, token: str, domain: str) -> None:
        right, digits, _, _ = self.issued[token]
        if domain == right and self.usable(token):
            assert self.world.vault.detokenise(token, domain, asker=CLEARING).digits == digits
        else:
            with pytest.raises(TokenRefused):
                self.world.vault.detokenise(token, domain, asker=CLEARING)

    @rule(token=tokens, to=st.sampled_from(TokenState))
    def change(self, token: str, to: TokenState) -> None:
        entry = self.issued[token]
        if to is entry[2] or entry[2] is TokenState.DELETED:
            with pytest.raises(TokenRefused):
                self.world.vault.change_state(token, entry[0], to, by="staff")
            return
        self.world.vault.change_state(token, entry[0], to, by="staff")
        entry[2] = to

    @rule(ms=st.sampled_from((1, 30_000, LIFE_MS)))
    def wait(self, ms: int) -> None:
        self.world.clock.advance(ms=ms)

    @rule()
    def rotate(self) -> None:
        self.keys.reverse()
        self.world.vault._keys = self.keys[0]
        *_, last = VaultRows(self.store, self.keys[0]).rotate(limit=3)
        assert last.old_keys_may_go

    @invariant()
    def rows_are_what_was_issued(self) -> None:
        assert self.store.rows.keys() == self.issued.keys()
        for token, row in self.store.rows.items():
            assert luhn_holds(token)
            assert row.state is self.issued[token][2]
            assert (row.index is None) == (row.sealed == b"") == (row.state is TokenState.DELETED)


TestVault = VaultMachine.TestCase
TestVault.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
