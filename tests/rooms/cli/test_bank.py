"""bank: payments out, results in, days reconciled, all by orders of the treasury's handset."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

pytest.importorskip("xsdata", reason="the extra [bank] is not installed")
pytest.importorskip("pyiso20022", reason="the extra [bank] is not installed")

from tallystick.assembly import read_trust_account
from tallystick.cli.bank.days import end_of_day
from tallystick.cli.bank.desk import Desk, DeskRefused
from tallystick.ground.errors import Misconfigured
from tallystick.serve.bank import (
    CreditTransfers,
    Recall,
    Recalls,
    Return,
    Returns,
    read_message,
    write_message,
)
from tests.rooms.cli.bank_world import (
    FROM,
    IBAN,
    World,
    movement,
    notified,
    stage,
    status,
    world,
)
from tests.rooms.cli.running import refuse, run, succeed
from tests.stage import Person, Stage, kes

__all__ = ["stage", "world"]


def test_redemptions_go_out_once_and_are_settled_by_the_bank_s_answer(
    world: World, tmp_path: Path
) -> None:
    paid, failed, waiting = world.redeem(1_000), world.redeem(2_000), world.redeem(3_000)
    told = succeed("bank", "payouts", *world.reach, *FROM, "--to", tmp_path / "pay.xml")
    assert "3 payment(s), 60.00 KES" in told
    message = read_message((tmp_path / "pay.xml").read_bytes())
    assert isinstance(message, CreditTransfers)
    assert {one.end_to_end: one.amount.minor for one in message.transfers} == {
        paid: 1_000, failed: 2_000, waiting: 3_000,
    }  # fmt: skip
    assert {one.payee.account for one in message.transfers} == {IBAN}
    again = succeed("bank", "payouts", *world.reach, *FROM, "--to", tmp_path / "more.xml")
    assert "no redemption waits" in again
    assert not (tmp_path / "more.xml").exists()
    copy = tmp_path / "copy.xml"
    succeed("bank", "payouts", *world.reach, *FROM, "--to", copy, "--again", message.message)
    assert copy.read_bytes() == (tmp_path / "pay.xml").read_bytes()

    answer = world.file(status(**{paid: "ACSC", failed: "RJCT", waiting: "PDNG"}))
    assert "2 to order, 0 to look at, 0 refused" in succeed("bank", "results", answer, *world.reach)
    assert [world.state(one) for one in (paid, failed, waiting)] == ["paid", "failed", "open"]
    assert world.balance() == (10_000_000 - 1_000, 3_000)
    assert "0 to order" in succeed("bank", "results", answer, *world.reach)
    turned = world.file(status(**{paid: "RJCT", failed: "ACSC"}))
    done = run("bank", "results", turned, *world.reach)
    assert done.exit_code == 1
    assert "the books say paid" in done.output
    assert world.stage.findings() == []


def test_a_pacs_008_and_a_status_of_the_whole_file(world: World, tmp_path: Path) -> None:
    payments = [world.redeem(500), world.redeem(700)]
    to = tmp_path / "pay.xml"
    told = succeed("bank", "payouts", *world.reach, *FROM, "--to", to, "--as", "pacs.008")
    name = told.partition(":")[0]
    report = status("pacs.002", group="ACSC", about=name)
    assert "2 to order" in succeed("bank", "results", world.file(report), *world.reach)
    assert {world.state(one) for one in payments} == {"paid"}
    stranger = status("pacs.002", group="ACSC", about="OTHER")
    assert run("bank", "results", world.file(stranger), *world.reach).exit_code == 1


def test_credits_are_confirmed_once_and_debits_settle(world: World, tmp_path: Path) -> None:
    payment = world.redeem(1_000)
    succeed("bank", "payouts", *world.reach, *FROM, "--to", tmp_path / "pay.xml")
    said = world.file(
        notified(
            movement("CR1", 50_000),
            movement("DB1", 1_000, credit=False, end_to_end=payment),
            movement("CR2", 70_000, status="PDNG"),
        )
    )
    assert "2 to order" in succeed("bank", "results", said, *world.reach)
    assert world.state(payment) == "paid"
    credited = read_trust_account(world.home).credits
    assert credited["CR1"].amount_minor == 50_000
    assert "CR2" not in credited
    assert "0 to order" in succeed("bank", "results", said, *world.reach)
    for wrong, what in (
        (movement("CR1", 50_001), "confirmed before with another amount"),
        (movement("", 5), "has no reference"),
        (movement("DB2", 5, credit=False), "no redemption of ours"),
        (movement("DB3", 999, credit=False, end_to_end=payment), "has another amount"),
    ):
        done = run("bank", "results", world.file(notified(wrong)), *world.reach)
        assert (done.exit_code, what in done.output) == (1, True), done.output


def test_money_that_comes_back_is_issued_again_once(world: World, tmp_path: Path) -> None:
    payment = world.redeem(1_000)
    succeed("bank", "payouts", *world.reach, *FROM, "--to", tmp_path / "pay.xml")
    back = Returns(
        kind="pacs.004",
        message="R1",
        created="2026-03-04T10:00:00Z",
        returns=(Return(id="X", end_to_end=payment, amount=kes(1_000), reason="AC04"),),
    )
    assert "1 to order" in succeed("bank", "results", world.file(back), *world.reach)
    assert world.state(payment) == "paid"
    assert world.balance() == (10_000_000 - 1_000, 0)
    credit = movement("BACK1", 1_000, end_to_end=payment, returned=True)
    said = world.file(notified(credit))
    for _ in range(3):
        succeed("bank", "results", said, *world.reach)
        assert world.balance() == (10_000_000, 0)
    assert world.stage.findings() == []


def test_a_recall_goes_out_and_comes_in_and_moves_nothing(world: World, tmp_path: Path) -> None:
    payment = world.redeem(1_000)
    banks = ("--asks", "COBADEFFXXX", "--asked", "AGRIFRPPXXX")
    words = ("bank", "recall", "--home", world.home, "--payment", payment, *banks)
    refuse(Misconfigured, *words, "--to", tmp_path / "recall.xml")
    succeed("bank", "payouts", *world.reach, *FROM, "--to", tmp_path / "pay.xml")
    succeed(*words, "--to", tmp_path / "recall.xml")
    recall = read_message((tmp_path / "recall.xml").read_bytes())
    assert isinstance(recall, Recalls)
    assert (recall.recalls[0].end_to_end, recall.recalls[0].amount) == (payment, kes(1_000))
    before = world.balance()
    asked = replace(recall, recalls=(replace(recall.recalls[0], end_to_end="THEIRS"),))
    done = run("bank", "results", world.file(asked), *world.reach)
    assert (done.exit_code, "nothing moves by itself" in done.output) == (1, True)
    assert world.balance() == before
    assert isinstance(recall.recalls[0], Recall)


def test_every_message_is_shown(tmp_path: Path) -> None:
    from tests.rooms.serve.bank.samples import SAMPLES

    for kind, message in SAMPLES.items():
        path = tmp_path / f"{kind}.xml"
        path.write_bytes(write_message(message))
        told = succeed("bank", "read", path)
        assert told.startswith(kind)
        assert "1500.00" in told or kind.endswith("002")


def test_a_refused_order_is_asked_under_its_next_name(stage: Stage, tmp_path: Path) -> None:
    """A refusal is on record for its request id; what it refused may become possible."""
    alice = Person(stage.restored("alice"), "Alice Wanjiru")
    desk = Desk(stage.restored("treasury"), tmp_path / "treasury.handset")
    body = {"account": alice.account, "amount": "5.00"}
    for _ in range(2):
        with pytest.raises(DeskRefused, match=r"funds\.insufficient"):
            desk.order("emoney.issue", body, once="one")
    assert desk.handset.confirm_funds(kes(500), "ref-later").accepted
    first = desk.order("emoney.issue", body, once="one")
    again = desk.order("emoney.issue", body, once="one")
    assert first.index == again.index


@pytest.mark.parametrize(
    ("offset", "ends"),
    [("+00:00", "2026-03-05T00:00:00+00:00"), ("+03:00", "2026-03-05T00:00:00+03:00"),
     ("-05:30", "2026-03-05T00:00:00-05:30")],
)  # fmt: skip
def test_a_day_ends_where_the_bank_is(offset: str, ends: str) -> None:
    assert end_of_day("2026-03-04", offset) == datetime.fromisoformat(ends).timestamp() * 1000
