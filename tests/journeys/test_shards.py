"""Two shards and a payment between them: each half proves the other, and no third keeps count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest

from tallystick.assembly import verify_ledger
from tallystick.assembly.shards import Peer, Shards
from tallystick.crypto.mechanisms import public_key_from_jwk
from tallystick.crypto.modules import SoftwareModule
from tallystick.decide.policy import FeeRule, Terms
from tallystick.ground.errors import Misconfigured
from tallystick.protect.crossing import CrossingRefused
from tallystick.protect.emoney import FEES
from tallystick.protect.shards import ShardMap, clearing_account
from tallystick.prove.evidence import verifier_key
from tallystick.testing import example_policy
from tests.stage import Person, Stage, kes, pay, secret

ORIGIN = f"tallystick/{example_policy().service_id}/evidence"


@cache
def keys(number: int) -> SoftwareModule:
    return SoftwareModule.generate()


def known(number: int) -> Peer:
    public = keys(number).public()
    return Peer(
        number=number,
        url="http://127.0.0.1:1",
        checkpoint=verifier_key(ORIGIN, public.checkpoint),
        key=public_key_from_jwk(public.message),
    )


class Shard(Stage):
    """One of several stages that share a service."""

    def __init__(self, home: Path, number: int, count: int = 2, **opening) -> None:
        self.number = number
        shards = ShardMap(number=number, count=count)
        peers = {other: known(other) for other in shards.peers}
        super().__init__(
            home, keys=keys(number), shards=Shards(map=shards, listen="", peers=peers), **opening
        )

    @property
    def crossings(self):
        return self.platform.crossings

    def clearing(self, other: int) -> int:
        self.settled()
        row = self.platform._books.account(clearing_account(other))
        assert row is not None
        return row.credits - row.debits

    def fees(self) -> int:
        self.settled()
        row = self.platform._books.account(FEES)
        assert row is not None
        return row.credits - row.debits

    def half(self) -> tuple[object, bytes]:
        """The oldest crossing under way and our half of it."""
        self.settled()
        crossing = self.crossings.under_way()[0]
        ((_, half),) = self.crossings.halves([crossing])
        return crossing, half

    def credited(self, sender: int, half: bytes) -> bytes:
        """What this shard answers to another's half."""
        pending = self.crossings.credit(sender, half)
        return self.crossings.answer(pending.proven(pending.promise.result(10)))

    def resolved(self, crossing, answer: bytes) -> dict[str, object]:
        pending = self.crossings.resolve(crossing, answer)
        return json.loads(pending.proven(pending.promise.result(10)).leaf)


@pytest.fixture
def shards(tmp_path: Path) -> Iterator[list[Shard]]:
    made = [Shard(tmp_path / str(number), number) for number in range(2)]
    yield made
    for shard in made:
        shard.close()


@pytest.fixture
def payer(shards: list[Shard]) -> Person:
    return shards[0].person("Alice Wanjiru", minor=1_000_000)


@pytest.fixture
def payee(shards: list[Shard]) -> Person:
    return shards[1].person("Bob Otieno")


def in_flight(shards: list[Shard]) -> int:
    """Credited there and not yet posted here: what all clearing accounts add up to, negated."""
    return -(shards[0].clearing(1) + shards[1].clearing(0))


def test_both_ledgers_prove_the_six_invariants_after_a_crossing(
    shards: list[Shard], payer: Person, payee: Person
) -> None:
    assert pay(payer, payee, 40_000).accepted
    crossing, half = shards[0].half()
    shards[0].resolved(crossing, shards[1].credited(0, half))
    for shard in shards:
        shard.settled()
        broken = [one for one in verify_ledger(shard.home) if not one.holds]
        assert broken == []
    (signatures,) = (one for one in verify_ledger(shards[1].home) if one.code == "I6")
    assert signatures.numbers["asked for by the holder's own server"] == 1


def test_accounts_are_opened_where_their_names_say(
    shards: list[Shard], payer: Person, payee: Person
) -> None:
    assert ShardMap(number=0, count=2).keeper(payer.account) == 0
    assert ShardMap(number=1, count=2).keeper(payee.account) == 1


def test_what_is_on_its_way_to_a_shard_that_does_not_answer_is_bounded(
    shards: list[Shard], payer: Person, payee: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.protect.corridor.elsewhere.UNDER_WAY_MAX", 2)
    here, there = shards
    assert [pay(payer, payee, 100).code for _ in range(3)] == ["ok", "ok", "service.closed"]
    assert here.balance(payer) == (1_000_000, 200), "and nothing is held for the third"
    crossing, half = here.half()
    here.resolved(crossing, there.credited(0, half))
    assert pay(payer, payee, 100).accepted
    assert here.balance(payer) == (999_900, 200)
    assert here.findings() == []


def test_a_payment_crosses_and_every_cut_adds_up(
    shards: list[Shard], payer: Person, payee: Person
) -> None:
    here, there = shards
    answer = pay(payer, payee, 25_000)
    assert answer.accepted, answer.code
    assert here.balance(payer) == (1_000_000, 25_000)
    assert in_flight(shards) == 0
    crossing, half = here.half()
    receipt = there.credited(0, half)
    assert there.balance(payee) == (25_000, 0)
    assert in_flight(shards) == 25_000
    leaf = here.resolved(crossing, receipt)
    assert (leaf["outcome"], leaf["operation"]) == ("accepted", "shard.resolve")
    assert here.balance(payer) == (975_000, 0)
    assert in_flight(shards) == 0
    assert here.crossings.under_way() == []
    assert here.findings() == there.findings() == []
    for shard in shards:
        assert [one for one in verify_ledger(shard.home) if not one.holds] == []


def test_whatever_is_sent_again_happens_once(
    shards: list[Shard], payer: Person, payee: Person
) -> None:
    here, there = shards
    assert pay(payer, payee, 25_000).accepted
    crossing, half = here.half()
    first = msgspec.json.decode(there.credited(0, half))
    again = msgspec.json.decode(there.credited(0, half))
    assert first["leaf"] == again["leaf"]
    assert there.balance(payee) == (25_000, 0)
    receipt = there.credited(0, here.half()[1])
    here.resolved(crossing, receipt)
    assert here.resolved(crossing, receipt)["outcome"] == "accepted"
    assert here.balance(payer) == (975_000, 0)


@pytest.mark.parametrize("wrong", ["name", "nobody", "full"])
def test_what_the_payees_shard_refuses_is_given_back(
    shards: list[Shard], payer: Person, payee: Person, wrong: str
) -> None:
    here, there = shards
    other = {
        "name": Person(payee.handset, "Carol Achieng"),
        "nobody": None,
        "full": payee,
    }[wrong]
    if wrong == "full":
        there.fund(payee, 29_990_000)
    account = payee.account
    if other is None:
        drawn = iter(f"ghost{number}" for number in range(100))
        account = "acc-" + ShardMap(number=1, count=2).own_name(lambda: next(drawn))
        other = payee
    answer = payer.handset.pay(account, other.name, kes(25_000), pin=secret())
    assert answer.accepted
    crossing, half = here.half()
    leaf = here.resolved(crossing, there.credited(0, half))
    assert leaf["outcome"] == "accepted"
    assert here.balance(payer) == (1_000_000, 0)
    assert in_flight(shards) == 0
    assert here.findings() == there.findings() == []


def test_a_half_that_does_not_prove_itself_is_refused(
    shards: list[Shard], payer: Person, payee: Person
) -> None:
    here, there = shards
    assert pay(payer, payee, 25_000).accepted
    _, half = here.half()
    said = msgspec.json.decode(half)
    changes = [
        {"leaf": said["leaf"].replace('"amount_minor":25000', '"amount_minor":95000')},
        {"index": said["index"] + 1},
        {"size": said["size"] + 1},
        {"path": said["path"][1:]},
        {"checkpoint": said["checkpoint"].replace("evidence", "evidense")},
        {"path": ["?"]},
    ]
    for change in changes:
        with pytest.raises(CrossingRefused):
            there.crossings.credit(0, msgspec.json.encode(said | change))
    with pytest.raises(CrossingRefused):
        there.crossings.credit(1, half)
    for octets in (b"", b"{}", b"[" * 10_000, half[:-1]):
        with pytest.raises(CrossingRefused):
            there.crossings.credit(0, octets)
    assert there.balance(payee) == (0, 0)


def test_a_proven_leaf_beside_other_words_moves_nothing(
    shards: list[Shard], payer: Person, payee: Person
) -> None:
    """The proof holds for the leaf alone: what is signed and posted must fit it."""
    here, there = shards
    assert pay(payer, payee, 25_000).accepted
    _, half = here.half()
    said = msgspec.json.decode(half)
    bigger = [[*said["transfers"][0][:4], 95_000, *said["transfers"][0][5:]]]
    leaf = json.loads(
        msgspec.json.decode(there.credited(0, msgspec.json.encode(said | {"transfers": bigger})))[
            "leaf"
        ]
    )
    assert (leaf["outcome"], leaf["code"]) == ("refused", "order.malformed")
    assert there.balance(payee) == (0, 0)
    assert there.findings() == []


def test_an_answer_to_another_crossing_resolves_nothing(
    shards: list[Shard], payer: Person, payee: Person
) -> None:
    here, there = shards
    assert pay(payer, payee, 25_000).accepted
    _, half = here.half()
    receipt = there.credited(0, half)
    assert pay(payer, payee, 10_000).accepted
    here.settled()
    second = here.crossings.under_way()[1]
    leaf = here.resolved(second, receipt)
    assert (leaf["outcome"], leaf["code"]) == ("refused", "order.malformed")
    assert here.balance(payer) == (1_000_000, 35_000)


def test_a_shard_remembers_what_is_under_way(
    shards: list[Shard], payer: Person, payee: Person, tmp_path: Path
) -> None:
    here, there = shards
    assert pay(payer, payee, 25_000).accepted
    here.close()
    with Shard(tmp_path / "0", 0) as again:
        crossing, half = again.half()
        again.resolved(crossing, there.credited(0, half))
        assert again.crossings.under_way() == []
        assert again.findings() == []


def test_a_person_of_the_same_shard_is_paid_at_once(shards: list[Shard], payer: Person) -> None:
    carol = shards[0].person("Carol Achieng")
    assert pay(payer, carol, 1_000).accepted
    assert shards[0].balance(carol) == (1_000, 0)
    assert shards[0].crossings.under_way() == []


def test_a_home_is_served_as_the_shard_that_it_is(shards: list[Shard], tmp_path: Path) -> None:
    shards[0].close()
    for wrong in (lambda: Stage(tmp_path / "0", keys=keys(0)), lambda: Shard(tmp_path / "0", 0, 3)):
        with pytest.raises(Misconfigured, match="shard 0 of 2"):
            wrong()
    with Stage(tmp_path / "alone", keys=keys(0)):
        pass
    with pytest.raises(Misconfigured, match="served alone"):
        Shard(tmp_path / "alone", 0)
    Shard(tmp_path / "0", 0).close()


def test_clearing_accounts_are_not_customers(shards: list[Shard], payer: Person) -> None:
    answer = payer.handset.pay("clearing.1", "shard-1", kes(1_000), pin=secret())
    assert answer.code == "payee.unknown"


@pytest.mark.parametrize("resolved", [False, True])
def test_what_crossed_is_not_reversed_here(
    shards: list[Shard], payer: Person, payee: Person, resolved: bool
) -> None:
    """The money is with another shard: giving it back from the clearing account would make some."""
    here, there = shards
    assert pay(payer, payee, 25_000).accepted
    crossing, half = here.half()
    receipt = there.credited(0, half)
    if resolved:
        here.resolved(crossing, receipt)
    before = here.balance(payer)
    answer = here.staff("backoffice").handset.reverse(crossing.id, "paid by mistake")
    assert answer.code == "payment.unknown"
    assert here.balance(payer) == before
    assert here.findings() == there.findings() == []


@pytest.mark.parametrize("credited", [False, True])
@pytest.mark.parametrize("paid_by", ["payer", "payee"])
def test_the_fee_of_a_crossing_waits_on_hold(tmp_path: Path, paid_by: str, credited: bool) -> None:
    """Taken once the payee is credited; given back also when the provider has spent its fees."""
    rule = FeeRule(
        operation="remote.pay", paid_by=paid_by, flat_minor=500, permille=0, minimum_minor=0,
        maximum_minor=None, agent_permille=0,
    )  # fmt: skip
    policy = example_policy(terms=Terms(fees={"remote.pay": rule}))
    with (
        Shard(tmp_path / "0", 0, policy=policy) as here,
        Shard(tmp_path / "1", 1, policy=policy) as there,
    ):
        payer, payee = here.person("Alice Wanjiru", minor=100_000), there.person("Bob Otieno")
        name = payee.name if credited else "Carol Achieng"
        assert pay(payer, Person(payee.handset, name), 10_000).accepted
        on_top, arrives = (500, 10_000) if paid_by == "payer" else (0, 9_500)
        assert here.balance(payer) == (100_000, 10_000 + on_top)
        assert here.fees() == 0
        crossing, half = here.half()
        leaf = here.resolved(crossing, there.credited(0, half))
        assert leaf["outcome"] == "accepted"
        kept = 10_000 + on_top if credited else 0
        assert here.balance(payer) == (100_000 - kept, 0)
        assert here.fees() == (500 if credited else 0)
        assert there.balance(payee) == (arrives if credited else 0, 0)
        assert in_flight([here, there]) == 0
        assert here.findings() == there.findings() == []
        assert [one for one in verify_ledger(here.home) if not one.holds] == []


def test_a_resolution_that_a_fault_refused_is_made_up_for(
    shards: list[Shard], payer: Person, payee: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = shards
    assert pay(payer, payee, 25_000).accepted
    crossing, half = here.half()
    receipt = there.credited(0, half)
    with monkeypatch.context() as broken:
        broken.setattr("tallystick.protect.crossing.money.read_resolve", None)
        for _ in range(2):
            assert here.resolved(crossing, receipt)["outcome"] == "refused"
    assert here.balance(payer) == (1_000_000, 25_000)
    assert here.resolved(crossing, receipt)["outcome"] == "accepted"
    assert here.resolved(crossing, receipt)["outcome"] == "accepted"
    assert here.balance(payer) == (975_000, 0)
    assert in_flight(shards) == 0
    assert here.findings() == there.findings() == []
