"""The guide on tokens runs as it stands, against a module in a process of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tallystick.assembly import open_token_vault
from tallystick.crypto.payment import Denied, LocalModule
from tallystick.protect.tokens import Pan, TokenDomain
from tallystick.testing import local_bench
from tests.house.tree import ROOT
from tests.rooms.protect.tokens.test_canary import index_key, sealing_key
from tests.rooms.protect.tokens.vaults import CLEARING, PANS, RANGE, RULES, SHOP, World

GUIDE = ROOT / "docs" / "guides" / "tokens.md"


def test_a_vault_in_a_database(postgres_url: str) -> None:
    module = LocalModule(local_bench())
    world = World()
    settings = {
        "sealing": sealing_key(module), "index": index_key(module), "rules": RULES,
        "domains": [TokenDomain(name=SHOP, range=RANGE)], "record": world.facts.append,
    }  # fmt: skip
    with open_token_vault(postgres_url, module, **settings) as opened:
        token = opened.vault.tokenise(Pan(PANS[0]), SHOP)
    with open_token_vault(postgres_url, module, **settings) as opened:
        assert opened.vault.detokenise(token, SHOP, asker=CLEARING).digits == PANS[0]
        assert [progress.resealed for progress in opened.rows.rotate()] == [0, 0]


def test_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) == 5
    names: dict[str, object] = {}
    exec(compile("\n".join(blocks), str(GUIDE), "exec"), names)  # noqa: S102 - our own guide
    assert isinstance(names["refused"], Denied)
    kept = b"".join(p.read_bytes() for p in (tmp_path / "var").rglob("*") if p.is_file())
    assert b"4111111111111111" not in kept
    assert str(names["token"]).encode() in kept, "the vault's file was read"
