"""A vault in its home: what it did outlives it, and neither a cut nor an edit of it goes unseen."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tallystick.assembly import (
    VaultJournal,
    VaultRolledBack,
    add_to_vault_file,
    carry_vault_facts,
    create_vault_file,
    name_sealing_key,
    open_platform,
    open_vault_home,
    read_tallies,
    read_vault_file,
)
from tallystick.crypto.payment import LocalModule
from tallystick.ground.clock import DAY_MS, ManualClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import PAN_DETOKENISED, PAN_TOKENISED, Fact
from tallystick.protect.tokens import (
    Asker,
    DetokenisationRefused,
    Pan,
    TokenisationRefused,
    TokenState,
)
from tallystick.testing import example_names, example_policy, local_bench
from tests.rooms.protect.tokens.test_canary import index_key, sealing_key
from tests.rooms.protect.tokens.vaults import PANS

SHOP = "merchant:shop"
SUPPORT = Asker(party="helpdesk", purpose="support")
VAULT = "vault-0123456789012345678901"


def made(folder: Path) -> LocalModule:
    """A vault of one domain and one rule, and its module."""
    module = LocalModule(local_bench())
    create_vault_file(
        folder, keys=folder, sealing=sealing_key(module), index=index_key(module), store=""
    )
    add_to_vault_file(
        folder, "domain",
        {"name": SHOP, "prefix": "9000001", "makers": ["shop"], "keepers": ["helpdesk"]},
    )  # fmt: skip
    add_to_vault_file(
        folder, "rule", {"party": "helpdesk", "purpose": "support", "domains": ["*"], "per_day": 2}
    )
    return module


def fact(number: int, *, at_ms: int = 0) -> Fact:
    return Fact(kind=PAN_TOKENISED, subject=f"tok~{number}", control="C", policy="p", at_ms=at_ms)


def journal_of(folder: Path, *facts: Fact) -> list[str]:
    with closing(VaultJournal(folder, VAULT)) as journal:
        for one in facts:
            journal.append(one)
        return [told.fact.subject for told in journal.after(0)]


def test_only_makers_and_keepers_of_a_domain_do_something_there(tmp_path: Path) -> None:
    module = made(tmp_path / "vault")
    with open_vault_home(tmp_path / "vault", module) as home:
        with pytest.raises(TokenisationRefused):
            home.vault.tokenise(Pan(PANS[0]), SHOP, by="thief")
        token = home.vault.tokenise(Pan(PANS[0]), SHOP, by="shop")
        with pytest.raises(TokenisationRefused):
            home.vault.change_state(token, SHOP, TokenState.DELETED, by="shop")
        home.vault.change_state(token, SHOP, TokenState.SUSPENDED, by="helpdesk")
        told = [(one.fact.kind, one.fact.detail.get("party")) for one in home.journal.after(0)]
    assert told == [
        ("pan.withheld", "thief"), ("pan.tokenised", "shop"), ("pan.withheld", "shop"),
        ("token.changed", "helpdesk"),
    ]  # fmt: skip


def test_what_was_given_today_counts_on_after_a_restart(tmp_path: Path) -> None:
    folder, clock = tmp_path / "vault", ManualClock(now_ms=10 * DAY_MS)
    module = made(folder)
    with open_vault_home(folder, module, clock=clock) as home:
        token = home.vault.tokenise(Pan(PANS[0]), SHOP, by="shop")
        assert home.vault.show(token, SHOP, asker=SUPPORT) == "411111******1111"
        with pytest.raises(DetokenisationRefused):
            home.vault.detokenise(token, SHOP, asker=SUPPORT)  # no rule: not counted
    with open_vault_home(folder, module, clock=clock) as home:
        assert home.vault.show(token, SHOP, asker=SUPPORT)
        with pytest.raises(DetokenisationRefused) as refused:
            home.vault.show(token, SHOP, asker=SUPPORT)
        assert refused.value.reason == "budget"
    clock.advance(ms=DAY_MS)
    with open_vault_home(folder, module, clock=clock) as home:
        assert home.vault.show(token, SHOP, asker=SUPPORT)


def test_its_rows_may_lie_in_a_database(tmp_path: Path, postgres_url: str) -> None:
    folder = tmp_path / "vault"
    module = made(folder)
    settings = (
        (folder / "vault.toml").read_text().replace('store = ""', f'store = "{postgres_url}"')
    )
    (folder / "vault.toml").write_text(settings)
    with open_vault_home(folder, module) as home:
        token = home.vault.tokenise(Pan(PANS[0]), SHOP, by="shop")
    with open_vault_home(folder, module) as home:
        assert home.vault.show(token, SHOP, asker=SUPPORT) == "411111******1111"
    assert not (folder / "vault.sqlite").exists()


def test_a_rotation_names_another_key_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    module = made(folder)
    with open_vault_home(folder, module) as home:
        home.vault.tokenise(Pan(PANS[0]), SHOP, by="shop")
    newer = sealing_key(module)
    assert name_sealing_key(folder, newer).sealing == newer
    with open_vault_home(folder, module) as home:
        assert list(home.rows.rotate())[-1].old_keys_may_go


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_line_that_is_not_whole_goes(tmp_path: Path, cut: int) -> None:
    journal_of(tmp_path, fact(1), fact(2))
    (day,) = (tmp_path / "facts").iterdir()
    day.write_bytes(day.read_bytes()[:-cut])
    assert journal_of(tmp_path, fact(3)) == ["tok~1", "tok~3"]
    assert journal_of(tmp_path) == ["tok~1", "tok~3"]


def test_days_are_chained_and_an_edit_is_seen(tmp_path: Path) -> None:
    facts = [fact(n, at_ms=n * DAY_MS) for n in range(4)]
    assert len(journal_of(tmp_path, *facts)) == 4
    assert journal_of(tmp_path, fact(9)) == [f"tok~{n}" for n in (0, 1, 2, 3, 9)], (
        "a clock set back"
    )
    days = sorted((tmp_path / "facts").iterdir())
    assert len(days) == 4
    kept = days[1].read_bytes()
    days[1].write_bytes(kept.replace(b"tok~1", b"tok~7"))
    with pytest.raises(Misconfigured, match="missing"):
        journal_of(tmp_path)
    days[1].write_bytes(kept)
    days[2].unlink()
    with pytest.raises(Misconfigured, match="missing"):
        journal_of(tmp_path)
    days[3].write_bytes(days[3].read_bytes().replace(b'"sequence":4', b'"sequence":5', 1))
    with pytest.raises(Misconfigured, match="altered"):
        journal_of(tmp_path)
    days[3].write_bytes(b"")
    with pytest.raises(Misconfigured):
        journal_of(tmp_path)


def test_one_process_has_it(tmp_path: Path) -> None:
    journal = VaultJournal(tmp_path, VAULT)
    with pytest.raises(Misconfigured, match="another process"):
        VaultJournal(tmp_path, VAULT)
    journal.close()
    journal_of(tmp_path, fact(1))
    with pytest.raises(Misconfigured, match="not a day of this vault"):
        VaultJournal(tmp_path, VAULT[:-1] + "x")


def test_facts_are_carried_once_and_a_vault_that_forgets_is_caught(tmp_path: Path) -> None:
    folder, home = tmp_path / "vault", tmp_path / "home"
    module = made(folder)

    async def carried() -> int:
        with open_vault_home(folder, module) as opened:
            await carry_vault_facts(platform, opened.journal)
            with_token = opened.vault.tokenise(Pan(PANS[1]), SHOP, by="shop")
            opened.vault.show(with_token, SHOP, asker=SUPPORT)
            return await carry_vault_facts(platform, opened.journal)

    with open_platform(example_policy(), home=home, names=example_names()) as platform:
        with open_vault_home(folder, module) as opened:
            opened.vault.tokenise(Pan(PANS[0]), SHOP, by="shop")
        shutil.copytree(folder, tmp_path / "older")
        assert asyncio.run(carried()) == 2
        before = tmp_path / "before"
        shutil.copytree(folder, before)
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "older", folder)
        with pytest.raises(VaultRolledBack):
            asyncio.run(carried())
        with open_vault_home(folder, module) as opened:
            for n in range(3):  # as many facts as the evidence knows, and others
                with pytest.raises(TokenisationRefused):
                    opened.vault.tokenise(Pan(PANS[0]), SHOP, by=f"other{n}")
        with pytest.raises(VaultRolledBack):
            asyncio.run(carried())
    facts = [one for entry in read_tallies(home, after=0) for one in entry.facts]
    told = [one for one in facts if one.kind in (PAN_TOKENISED, PAN_DETOKENISED)]
    assert [one.detail["sequence"] for one in told] == [1, 2, 3]
    assert {one.detail["rules"] for one in told} == {read_vault_file(before).digest}


@pytest.mark.parametrize(
    "line",
    ['sealing = ""', "nothing = 1", "[[domain]]", '[[domain]]\nname = "X"\nprefix = "9000001"',
     '[[rule]]\nparty = "a"\npurpose = "b"\ndomains = []\nper_day = 1', "x = ["],
)  # fmt: skip
def test_settings_that_cannot_be_are_told_and_change_nothing(tmp_path: Path, line: str) -> None:
    create_vault_file(tmp_path, keys=tmp_path, sealing="s", index="i", store="")
    path = tmp_path / "vault.toml"
    before = path.read_text()
    path.write_text(f"{before}{line}\n")
    with pytest.raises(Misconfigured):
        read_vault_file(tmp_path)
    path.write_text(before)
    with pytest.raises(Misconfigured):
        add_to_vault_file(tmp_path, "domain", {"name": 'a"b\\', "prefix": "9000001"})
    assert path.read_text() == before
    with pytest.raises(Misconfigured, match="never overwritten"):
        create_vault_file(tmp_path, keys=tmp_path, sealing="s", index="i", store="")
