"""walk: what is told is what the tally, the books and the receipt of one real payment say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tallystick.assembly import read_tallies
from tallystick.cli.journey import REFUSALS, Walked, choose, make_payment
from tallystick.cli.waypoints import PAYMENTS, Passed, clauses_of, follow
from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import ORDER_REFUSED, PAYMENT_FACTS, RISK_ACCEPTABLE
from tallystick.ground.money import Amount
from tallystick.standard import load_catalogue
from tests.rooms.cli.running import EXAMPLE, NAMES, ROOT, refuse, run, succeed

ROOMS = (
    "serve/api", "devices", "hardening", "messages", "signatures", "customers, pin", "diligence",
    "screening", "monitoring", "emoney", "prove/evidence",
)  # fmt: skip


def walked(planned: Plan, home: Path, payment: str, refusal: str | None = None) -> Walked:
    asked = choose(planned.policy, payment, amount=None, refuse=refusal)
    said: list[str] = []
    return make_payment(
        planned.policy, asked, home=home, names=NAMES, say=lambda word, _: said.append(word)
    )


@pytest.mark.usefixtures("planned_once")
def test_an_accepted_payment_is_told_from_the_edge_to_the_log() -> None:
    told = succeed("walk", EXAMPLE)
    numbered = re.findall(r"^\d+ (.+?)  ", told, flags=re.MULTILINE)
    assert (numbered[0], numbered[-1]) == (ROOMS[0], ROOMS[-1])
    assert set(ROOMS) <= set(numbered)
    for kind in PAYMENT_FACTS:
        assert f"+ {kind} · C-" in told, kind
    for words in ("amount  1,500.00 KES", "tree size", "verified: the leaf", "as it must be"):
        assert words in told, words
    assert max(len(line) for line in told.splitlines()) <= 100
    assert "\x1b" not in told


VARIES = re.compile(
    r"sha256:\w+|acc-\w+|(?<=127.0.0.1:)\d+|20\d\d-\d\d-\d\dT\S+|\S{43}=$|[\d,]+ octets|\d+ ms|evidence .*"
)


@pytest.mark.usefixtures("planned_once")
def test_the_page_shows_what_is_printed() -> None:
    page = (ROOT / "docs" / "walk.md").read_text(encoding="utf-8")
    told = succeed("walk", EXAMPLE) + succeed("walk", EXAMPLE, "--refuse", "listed")
    printed = {VARIES.sub("~", line) for line in told.splitlines()}
    for block in re.findall(r"```console\n(.*?)```", page, flags=re.DOTALL):
        for line in block.splitlines():
            if line and line != "..." and not line.startswith("$ "):
                start = VARIES.sub("~", line).removesuffix(" (...)")
                assert any(one.startswith(start) for one in printed), line


@pytest.mark.usefixtures("planned_once")
def test_a_payment_that_is_not_as_the_arguments_imply_fails_the_command() -> None:
    done = run("walk", EXAMPLE, "--amount", "5000.00")
    assert done.exit_code == 1
    for words in (
        "the outsider is told: tier.exceeded",
        "most 3,000.00 KES",
        "nothing was posted",
        "not reached (parties.clear)",
        "it was to be accepted",
    ):
        assert words in " ".join(done.stdout.split()), words


@pytest.mark.parametrize("payment", PAYMENTS)
def test_every_way_of_paying_follows_its_tally(planned: Plan, tmp_path: Path, payment: str) -> None:
    seen = walked(planned, tmp_path / "home", payment)
    rule = planned.policy.operation(PAYMENTS[payment])
    way = follow(seen.entry, rule=rule)
    assert seen.answer.code == seen.asked.expected == "ok"
    notched = [point.fact for point in way if point.passed is Passed.NOTCHED]
    assert tuple(notched) == seen.entry.facts, "the rooms are told in the order of the tally"
    missed = {point.kind for point in way if point.passed is Passed.NOT_ASKED}
    assert missed == set(PAYMENT_FACTS) - set(rule.facts)
    assert seen.posting is not None
    assert seen.posting.kind == ("hold" if payment == "bank" else "move")
    assert seen.posting.amount_minor == seen.asked.amount.minor
    assert seen.posting.debit == seen.answer.leaf["payer"]
    (last,) = read_tallies(tmp_path / "home", after=seen.answer.index)[:1]
    assert last == seen.entry


@pytest.mark.parametrize(
    ("refusal", "payment", "room", "inside"),
    [
        ("wrong-pin", "remote", "customers, pin", "customer.not_verified"),
        ("over-limit", "merchant", "diligence", "tier.exceeded"),
        ("listed", "remote", "screening", "parties.listed"),
        ("listed", "bank", "screening", "parties.listed"),
    ],
)
def test_a_refused_payment_ends_in_the_room_that_refused(
    planned: Plan, tmp_path: Path, refusal: str, payment: str, room: str, inside: str
) -> None:
    seen = walked(planned, tmp_path / "home", payment, refusal)
    assert seen.answer.code == seen.asked.expected == REFUSALS[refusal]
    assert seen.posting is None
    way = follow(seen.entry, rule=planned.policy.operation(PAYMENTS[payment]))
    (ended,) = [point for point in way if point.passed is Passed.REFUSED]
    assert ended.room == room
    assert ended.fact is not None
    assert (ended.fact.kind, ended.fact.detail["reason"]) == (ORDER_REFUSED, inside)
    behind = way[way.index(ended) + 1 :]
    assert {point.passed for point in behind} <= {Passed.NOT_REACHED, Passed.NOT_ASKED}
    assert behind


def test_a_fact_that_the_policy_does_not_ask_for_is_said_to_be_so(
    planned: Plan, tmp_path: Path
) -> None:
    rule = planned.policy.operation("remote.pay")
    without = tuple(kind for kind in rule.facts if kind != RISK_ACCEPTABLE)
    policy = replace(
        planned.policy,
        operations={**planned.policy.operations, "remote.pay": replace(rule, facts=without)},
    )
    seen = walked(replace(planned, policy=policy), tmp_path / "home", "remote")
    (point,) = [
        point
        for point in follow(seen.entry, rule=policy.operation("remote.pay"))
        if point.kind == RISK_ACCEPTABLE
    ]
    assert (point.passed, point.fact) == (Passed.NOT_ASKED, None)


def test_clauses_are_those_of_the_requirements_that_the_fact_closes(
    planned: Plan, tmp_path: Path
) -> None:
    seen = walked(planned, tmp_path / "home", "remote")
    said = {
        fact.kind: clauses_of(fact, policy=planned.policy, catalogue=load_catalogue())
        for fact in seen.entry.facts
    }
    assert said["tier.within"] == "clauses 11, B"
    assert said["transfer.posted"] == "clause 13"


def test_keys_in_software_have_a_limit_of_their_own(planned: Plan) -> None:
    cap = planned.policy.operation("remote.pay").amount_max_minor["software"]
    over = Amount(minor=cap + 1, currency=planned.policy.currency)
    asked = choose(planned.policy, "remote", amount=over, refuse="over-limit")
    assert asked.expected == "environment.cap"


@pytest.mark.usefixtures("planned_once")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--amount", "2,000"), "--amount"),
        (("--amount", "1.00", "--refuse", "wrong-pin"), "asks for no PIN"),
        (("--names", "nowhere.jsonl"), "cannot be read"),
    ],
)
def test_what_cannot_be_walked_is_said_before_anything_happens(
    words: tuple[str, ...], said: str
) -> None:
    assert said in refuse(Misconfigured, "walk", EXAMPLE, *words)


def test_only_payments_that_the_service_offers_are_made(planned: Plan) -> None:
    offered = {
        kind: rule
        for kind, rule in planned.policy.operations.items()
        if kind not in ("remote.pay", "merchant.pay")
    }
    policy = replace(planned.policy, operations=offered)
    with pytest.raises(Misconfigured, match="allowed: bank"):
        choose(policy, "merchant", amount=None, refuse=None)
    assert choose(policy, None, amount=None, refuse=None).payment == "bank"
    with pytest.raises(Misconfigured, match="moves no money"):
        choose(replace(policy, operations={}), None, amount=None, refuse=None)
