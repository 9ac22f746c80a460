"""bank reconcile: a day against the books, recorded, verified, mended."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("xsdata", reason="the extra [bank] is not installed")
pytest.importorskip("pyiso20022", reason="the extra [bank] is not installed")

from tallystick.assembly import read_trust_account
from tallystick.cli.bank.desk import DeskRefused
from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import Amount
from tallystick.handset import save_state
from tallystick.prove.evidence import EntryRefused, NoteRefused
from tallystick.prove.reconciliation import DayRefused
from tallystick.serve.bank import (
    BankFileRefused,
    Movement,
    Statement,
    Statements,
    StatusReport,
    read_message,
)
from tests.rooms.cli.bank_world import (
    FROM,
    TRUST,
    World,
    movement,
    stage,
    world,
)
from tests.rooms.cli.running import refuse, run, succeed
from tests.stage import kes

__all__ = ["stage", "world"]
# ---- days ----------------------------------------------------------------------------------------


def statement(world: World, *movements: Movement, opening: int = 0, closing: int | None = None,
              days: int = 0) -> Path:  # fmt: skip
    """The bank's statement of the day on which the clock of the stage stands."""
    day = datetime.fromtimestamp(world.stage.clock.now_ms() / 1000, tz=UTC) + timedelta(days=days)
    moved = sum(m.amount.minor if m.credit else -m.amount.minor for m in movements)
    one = Statement(
        id="ST1",
        account=TRUST,
        currency="KES",
        movements=tuple(replace(m, day=f"{day:%Y-%m-%d}") for m in movements),
        day=f"{day:%Y-%m-%d}",
        opening_minor=opening,
        closing_minor=opening + moved if closing is None else closing,
    )
    return world.file(
        Statements(
            kind="camt.053", message="M1", created="2026-03-04T10:00:00Z", statements=(one,)
        ),
        f"statement-{world.stage.clock.now_ms()}-{opening}.xml",
    )


def first_credit(world: World) -> Movement:
    (key,) = (item.key for item in read_trust_account(world.home).items)
    return movement(key, 10_000_000)


def next_day(world: World) -> None:
    world.stage.clock.advance(ms=86_400_000)


def test_a_clean_day_is_recorded_and_anybody_verifies_it(world: World, tmp_path: Path) -> None:
    payment = world.redeem(1_000)
    succeed("bank", "payouts", *world.reach, *FROM, "--to", tmp_path / "pay.xml")
    debit = movement("DB1", 1_000, credit=False, end_to_end=payment)
    file = statement(world, first_credit(world), debit)
    next_day(world)
    succeed("bank", "results", file, *world.reach)
    told = succeed("bank", "reconcile", file, *world.reach)
    assert "breaks    none" in told
    assert "after the day's end 0.00 KES in, 10.00 KES out" in told
    (document,) = (world.home / "bank").iterdir()
    trust = ("--trust", world.home / "trust.txt")
    assert "books.reconciled" in succeed("bank", "verify", document, *trust, "--statement", file)
    assert "0 break(s); issuance goes on" in succeed("bank", "status", "--home", world.home)
    next_day(world)
    quiet = statement(world, opening=10_000_000 - 1_000, days=-1)
    assert "breaks    none" in succeed("bank", "reconcile", quiet, *world.reach)
    assert len(list((world.home / "bank").iterdir())) == 2
    assert world.stage.findings() == []


def test_a_break_is_listed_stops_issuance_and_a_mended_day_is_done_again(world: World) -> None:
    unknown = movement("STRANGER", 777)
    file = statement(world, first_credit(world), unknown)
    next_day(world)
    done = run("bank", "reconcile", file, *world.reach)
    assert done.exit_code == 1
    assert "break     missing_in_books: 1" in done.output
    assert "issuance is stopped" in succeed("bank", "status", "--home", world.home)
    treasury = world.stage.restored("treasury")
    assert treasury.issue(world.alice.account, kes(5)).code == "safeguarding.broken"
    succeed("bank", "results", file, *world.reach)
    assert "breaks    none" in succeed("bank", "reconcile", file, *world.reach)
    assert "issuance goes on" in succeed("bank", "status", "--home", world.home)


def test_a_day_is_only_compared_when_asked_so(world: World) -> None:
    file = statement(world, first_credit(world))
    next_day(world)
    size = world.stage.platform.evidence.size()
    assert "breaks    none" in succeed("bank", "reconcile", file, *world.reach, "--dry")
    assert world.stage.platform.evidence.size() == size
    assert not (world.home / "bank").exists()


def test_a_day_out_of_turn_or_without_the_day_before_is_refused(world: World) -> None:
    file = statement(world, first_credit(world))
    refused = run_refused(DeskRefused, "bank", "reconcile", file, *world.reach)
    assert "reconciliation.refused" in refused, "the day is not over"
    next_day(world)
    succeed("bank", "reconcile", file, *world.reach)
    (document,) = (world.home / "bank").iterdir()
    document.unlink()
    next_day(world)
    quiet = statement(world, opening=10_000_000, days=-1)
    said = refuse(Misconfigured, "bank", "reconcile", quiet, *world.reach)
    assert "the document of the day before is not there" in said


def run_refused(error: type[Exception], *words: object) -> str:
    with pytest.raises(error) as caught:
        run(*words)  # type: ignore[arg-type]
    return str(caught.value)


def test_an_altered_document_is_not_believed(world: World, tmp_path: Path) -> None:
    file = statement(world, first_credit(world))
    next_day(world)
    succeed("bank", "reconcile", file, *world.reach)
    (document,) = (world.home / "bank").iterdir()
    trust = ("--trust", world.home / "trust.txt")
    plain = json.loads(document.read_bytes())
    path = tmp_path / "altered.json"

    def altered(change: str) -> None:
        path.write_text(change, encoding="utf-8")
        with pytest.raises((DayRefused, EntryRefused, NoteRefused)):
            run("bank", "verify", path, *trust)

    text = document.read_text(encoding="utf-8")
    altered(text.replace('"closing_minor":10000000', '"closing_minor":10000001'))
    altered(text.replace(plain["checkpoint"].split("\n")[2], "A" * 43 + "="))
    altered(text + " ")
    altered("{}")
    other = tmp_path / "other.xml"
    other.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(DayRefused, match="not the one that was reconciled"):
        run("bank", "verify", document, *trust, "--statement", other)


def test_wrong_files_and_words_are_refused(world: World, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.xml"
    wrong.write_text("<!DOCTYPE a><a/>")
    said = refuse(BankFileRefused, "bank", "read", wrong)
    assert f"{wrong}, line 1" in said
    payments = world.file(
        StatusReport(kind="pain.002", message="S", created="2026-03-04T10:00:00Z", about="A",
                     about_kind="pain.001.001.09", group="ACSC")
    )  # fmt: skip
    assert "is a pain.002" in refuse(BankFileRefused, "bank", "reconcile", payments, *world.reach)
    file = statement(world, first_credit(world))
    for words in (("--account", "OTHER"), ("--utc-offset", "3")):
        refuse(Misconfigured, "bank", "reconcile", file, *world.reach, *words)
    dollars = read_message(file.read_bytes())
    assert isinstance(dollars, Statements)
    one = replace(
        dollars.statements[0],
        currency="USD",
        movements=tuple(
            replace(m, amount=Amount(minor=m.amount.minor, currency="USD"))
            for m in dollars.statements[0].movements
        ),
    )
    path = world.file(replace(dollars, statements=(one,)), "dollars.xml")
    assert "is in USD" in refuse(Misconfigured, "bank", "reconcile", path, *world.reach)
    there = tmp_path / "there.xml"
    there.touch()
    refuse(Misconfigured, "bank", "payouts", *world.reach, *FROM, "--to", there)
    refuse(Misconfigured, "bank", "payouts", *world.reach, *FROM, "--to", tmp_path / "x",
           "--again", "NOSUCH")  # fmt: skip
    refuse(Misconfigured, "bank", "payouts", *world.reach, *FROM, "--to", tmp_path / "x",
           "--as", "camt.053")  # fmt: skip


def test_another_role_s_handset_and_no_handset_are_refused(world: World, tmp_path: Path) -> None:
    world.redeem(1_000)
    state = tmp_path / "office.handset"
    save_state(state, world.stage.states["backoffice"])
    words = ("bank", "payouts", "--home", world.home, *FROM, "--to", tmp_path / "x")
    assert "backoffice" in refuse(Misconfigured, *words, "--handset", state)
    assert "no handset" in refuse(Misconfigured, *words, "--handset", tmp_path / "none")
