"""A known account number is in no file of the vault, no log, no error, no fact and no repr."""

from __future__ import annotations

import gc
import logging
import traceback
from pathlib import Path

import pytest

from tallystick.backends.sqlite import SqliteTokenStore
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.payment import CreateKey, FieldCell, KeyView, LocalModule, SealFields
from tallystick.ground.errors import TallystickError
from tallystick.protect.tokens import (
    Asker,
    Cell,
    ModuleVaultKeys,
    Pan,
    TokenRow,
    TokenState,
    VaultRows,
)
from tallystick.testing import local_bench
from tests.rooms.protect.tokens.vaults import CLEARING, HELPDESK, SHOP, WEB, World

CANARY = "4539578763621486"
FORMS = (
    CANARY.encode(),
    CANARY.encode().hex().encode(),
    bytes.fromhex(CANARY),
    CANARY[6:].encode(),
)


def made(module: LocalModule, usage: KeyUsage, algorithm: KeyAlgorithm, mode: KeyMode) -> str:
    (view,) = module.perform([CreateKey(usage=usage, algorithm=algorithm, mode=mode)])
    assert isinstance(view, KeyView)
    return view.key


def sealing_key(module: LocalModule) -> str:
    return made(module, KeyUsage.FIELD_SEALING, KeyAlgorithm.AES_256, KeyMode.BOTH)


def index_key(module: LocalModule) -> str:
    return made(module, KeyUsage.MAC_HMAC, KeyAlgorithm.HMAC_SHA256, KeyMode.GENERATE)


def test_a_known_number_is_nowhere_but_where_it_was_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench = local_bench()
    module = LocalModule(bench)
    keys = ModuleVaultKeys(module, sealing=sealing_key(module), index=index_key(module))
    store = SqliteTokenStore(tmp_path)
    world = World(store=store, keys=keys)
    tokens = {domain: world.vault.tokenise(Pan(CANARY), domain) for domain in (SHOP, WEB)}
    assert world.vault.detokenise(tokens[SHOP], SHOP, asker=CLEARING).digits == CANARY
    assert world.vault.show(tokens[SHOP], SHOP, asker=HELPDESK) == "453957******1486"
    said = []
    for wrong in (
        lambda: world.vault.detokenise(tokens[SHOP], WEB, asker=CLEARING),
        lambda: world.vault.detokenise(tokens[SHOP], SHOP, asker=Asker(party="x", purpose=CANARY[:0])),
        lambda: world.vault.detokenise(CANARY, SHOP, asker=CLEARING),
        lambda: Pan(CANARY[:-1] + "7"),
        lambda: keys.open([Cell(bound="x", octets=CANARY.encode())]),
    ):  # fmt: skip
        with pytest.raises(TallystickError) as refused:
            wrong()
        said += [str(refused.value), repr(refused.value), repr(refused.value.__cause__)]
        said += traceback.format_exception_only(refused.value)
    other = ModuleVaultKeys(module, sealing=sealing_key(module), index=keys._index)
    assert [p.resealed for p in VaultRows(store, other).rotate()][-1] == 2
    world.vault.change_state(tokens[WEB], WEB, TokenState.DELETED, by="staff")
    row = store.read(tokens[SHOP])
    assert isinstance(row, TokenRow)
    call = SealFields(
        key=keys._sealing, table="t", column="c", cells=[FieldCell("r", CANARY.encode())]
    )
    shown = [repr(one) for one in (row, Pan(CANARY), call, call.cells, world.vault, keys, bench)]
    shown += [repr(answer) for answer in module.perform([call])]
    shown += [repr(fact) for fact in world.facts] + [repr(entry) for entry in bench.store.entries]
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    store.close()
    files |= {f"{path.name}, closed": path.read_bytes() for path in tmp_path.iterdir()}
    files["what was said"] = "\n".join((*said, *shown, caplog.text)).encode()
    assert {"vault.sqlite", "vault.sqlite-wal"} <= files.keys()
    for name, octets in files.items():
        for form in FORMS:
            assert form not in octets, f"the account number is in {name}"
    gc.collect()


def test_the_scan_would_find_one(tmp_path: Path) -> None:
    """A vault whose keys seal nothing: the scan above is not blind."""

    class Naked(ModuleVaultKeys):
        def seal(self, cells):  # type: ignore[no-untyped-def]
            return [cell.octets for cell in cells]

    module = LocalModule(local_bench())
    keys = Naked(module, sealing=sealing_key(module), index=index_key(module))
    store = SqliteTokenStore(tmp_path)
    World(store=store, keys=keys).vault.tokenise(Pan(CANARY), SHOP)
    assert any(CANARY.encode() in path.read_bytes() for path in tmp_path.iterdir())
    store.close()
