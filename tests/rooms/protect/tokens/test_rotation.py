"""The vault's key is changed while the vault is used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.protect.tokens import Pan, TokenRefused, TokenState, VaultRows
from tallystick.testing import MemoryTokenStore
from tests.rooms.protect.tokens.vaults import CLEARING, NEW, OLD, PANS, SHOP, WEB, World, local_keys


def filled() -> tuple[MemoryTokenStore, dict[tuple[str, str], str]]:
    store = MemoryTokenStore()
    world = World(store=store, keys=local_keys(OLD))
    tokens = {(d, n): world.vault.tokenise(Pan(n), d) for n in PANS for d in (SHOP, WEB)}
    world.vault.change_state(tokens.pop((WEB, PANS[3])), WEB, TokenState.DELETED, by="staff")
    return store, tokens


def demand_readable(world: World, tokens: dict[tuple[str, str], str]) -> None:
    for (domain, digits), token in tokens.items():
        assert world.vault.detokenise(token, domain, asker=CLEARING).digits == digits
        assert world.vault.tokenise(Pan(digits), domain) == token


def test_a_rotation_stops_nobody() -> None:
    store, tokens = filled()
    during = World(store=store, keys=local_keys(NEW, OLD))
    seen = []
    for progress in VaultRows(store, during.keys).rotate(limit=3):
        demand_readable(during, tokens)
        seen.append((progress.seen, progress.resealed))
    assert seen[-1] == (8, 7)
    assert len(seen) == 4
    assert progress.old_keys_may_go
    demand_readable(World(store=store, keys=local_keys(NEW)), tokens)


def test_it_goes_on_where_it_stopped() -> None:
    store, tokens = filled()
    rows = VaultRows(store, local_keys(NEW, OLD))
    first = next(rows.rotate(limit=5))
    *_, last = rows.rotate(first, limit=5)
    assert (first.seen, last.seen, last.resealed) == (5, 8, 7)
    *_, again = rows.rotate()
    assert again.resealed == 0
    demand_readable(World(store=store, keys=local_keys(NEW)), tokens)


def test_a_row_that_does_not_open_is_counted_and_left() -> None:
    store, tokens = filled()
    altered = tokens.pop((SHOP, PANS[1]))
    store.rows[altered] = replace(store.rows[altered], sealed=b"garbage")
    moved = tokens.pop((SHOP, PANS[2]))
    store.rows[moved] = replace(store.rows[moved], sealed=store.rows[tokens[SHOP, PANS[0]]].sealed)
    *_, last = VaultRows(store, local_keys(NEW, OLD)).rotate(limit=4)
    assert (last.seen, last.resealed, last.refused) == (8, 5, 2)
    assert not last.old_keys_may_go
    after = World(store=store, keys=local_keys(NEW))
    demand_readable(after, tokens)
    with pytest.raises(TokenRefused):
        after.vault.detokenise(moved, SHOP, asker=CLEARING)


def test_a_row_that_another_changed_meanwhile_is_left_to_the_next_pass() -> None:
    store, tokens = filled()
    keys = local_keys(NEW, OLD)
    world = World(store=store, keys=keys)
    real = store.write

    def write(changes):  # type: ignore[no-untyped-def]
        store.write = real  # type: ignore[method-assign]
        world.vault.change_state(tokens[SHOP, PANS[0]], SHOP, TokenState.SUSPENDED, by="staff")
        world.vault.change_state(tokens[SHOP, PANS[0]], SHOP, TokenState.ACTIVE, by="staff")
        return real(changes)

    store.write = write  # type: ignore[method-assign]
    *_, last = VaultRows(store, keys).rotate()
    assert (last.resealed, last.overtaken) == (6, 1)
    *_, again = VaultRows(store, keys).rotate()
    assert again.old_keys_may_go
    demand_readable(World(store=store, keys=local_keys(NEW)), tokens)
