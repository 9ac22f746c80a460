"""Money from another provider's customer to one of ours, over the API that a hub speaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tallystick.assembly import verify_ledger
from tallystick.decide.policy import Terms, TypologyRule
from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.serve.interop.amounts import write_instant
from tallystick.serve.interop.ilp import Packet, condition_of, read_packet, write_packet
from tallystick.testing import LISTED_NAME, example_policy, sealed_again
from tests.hub import BEN, NOBODY, OURS, STRANGER, SWITCH, THEIRS, Scheme, quote_body, reachable
from tests.partners import holds
from tests.stage import Person, Stage


def test_a_party_is_found_a_quote_given_and_a_transfer_received(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    scheme.accepted("GET", f"/parties/MSISDN/{BEN}")
    party = scheme.wait("PUT", f"/parties/MSISDN/{BEN}")
    assert party.body["party"] == {
        "partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": BEN, "fspId": OURS},
        "name": "Ben Kamau",
    }
    assert party.headers["fspiop-destination"] == THEIRS
    offer = scheme.quote(BEN, "125.5")
    assert offer.body["transferAmount"] == {"amount": "125.5", "currency": "KES"}
    done = scheme.transfer(scheme.transfer_body(offer))
    assert done.body["transferState"] == "COMMITTED"
    fulfilment = from_base64url(done.body["fulfilment"])
    assert condition_of(fulfilment) == offer.body["condition"]
    assert stage.balance(ben) == (12_550, 0)
    assert holds(stage, scheme.principal.account) == (1_000_000 - 12_550, 0)
    assert stage.findings() == []


def test_the_fulfilment_stands_nowhere_before_the_money_has_moved(
    stage: Stage, scheme: Scheme
) -> None:
    offer = scheme.quote(BEN, "10")
    said = scheme.transfer_body(offer)
    stage.settled()
    before = b"".join(path.read_bytes() for path in stage.home.iterdir() if path.is_file())
    fulfilment = scheme.transfer(said).body["fulfilment"]
    assert fulfilment.encode() not in before
    assert offer.body["condition"].encode() in before


def test_one_party_more_or_less_is_the_same_answer(scheme: Scheme) -> None:
    for path in (f"/parties/MSISDN/{NOBODY}", f"/parties/EMAIL/{BEN}", "/parties/MSISDN/123"):
        scheme.accepted("GET", path)
        assert scheme.wait("PUT", path).error == "3200"
    assert scheme.quote(NOBODY, "10").error == "3200"


def test_a_transfer_that_is_sent_again_moves_nothing_more(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    said = scheme.transfer_body(scheme.quote(BEN, "30"))
    first, again = scheme.transfer(said), scheme.transfer(said)
    assert first.body == again.body
    assert stage.balance(ben) == (3_000, 0)
    scheme.accepted("GET", f"/transfers/{said['transferId']}")
    asked = scheme.wait("PUT", f"/transfers/{said['transferId']}")
    assert asked.body == first.body


def test_the_same_id_with_another_body_is_a_modified_request(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    said = scheme.transfer_body(scheme.quote(BEN, "30"))
    other = scheme.transfer_body(scheme.quote(BEN, "40"), transferId=said["transferId"])
    scheme.transfer(said)
    assert scheme.transfer(other).error == "3106"
    assert stage.balance(ben) == (3_000, 0)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"condition": "A" * 43}, "3100"),
        ({"ilpPacket": "AAAA"}, "3100"),
        ({"amount": {"amount": "31", "currency": "KES"}}, "3100"),
        ({"amount": {"amount": "30", "currency": "USD"}}, "5106"),
        ({"payeeFsp": "somebody"}, "3100"),
        ({"payerFsp": "somebody"}, "3100"),
        ({"expiration": "2001-01-01T00:00:00.000Z"}, "3303"),
    ],
    ids=["condition", "packet", "amount", "currency", "payee", "payer", "expiry"],
)
def test_a_transfer_that_does_not_fit_its_quote_is_refused_and_written_down(
    stage: Stage, scheme: Scheme, ben: Person, changes: dict[str, Any], error: str
) -> None:
    said = scheme.transfer_body(scheme.quote(BEN, "30"), **changes)
    assert scheme.transfer(said).error == error
    assert stage.balance(ben) == (0, 0)
    assert stage.tallies()[-1]["code"] != "ok"
    right = scheme.transfer_body(scheme.quote(BEN, "30"), transferId=said["transferId"])
    assert scheme.transfer(right).error == "3106"


def test_a_quote_that_we_never_gave_moves_nothing(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    offer = scheme.quote(BEN, "30")
    packet = read_packet(from_base64url(offer.body["ilpPacket"]))
    forged = write_packet(
        Packet(amount=900_000, address=packet.address, transaction=packet.transaction)
    )
    said = scheme.transfer_body(
        offer,
        ilpPacket=to_base64url(forged),
        condition=condition_of(b"x" * 32),
        amount={"amount": "9000", "currency": "KES"},
    )
    assert scheme.transfer(said).error == "3100"
    assert stage.balance(ben) == (0, 0)


def test_an_offer_stands_for_its_time_and_no_longer(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    later = write_instant(stage.clock.now_ms() + 3_600_000)
    said = scheme.transfer_body(scheme.quote(BEN, "30"), expiration=later)
    stage.clock.advance(ms=61_000)
    assert scheme.transfer(said).error == "3302"
    assert stage.balance(ben) == (0, 0)


def test_what_a_tier_may_not_hold_is_refused_when_it_is_quoted(scheme: Scheme) -> None:
    assert scheme.quote(BEN, "300000.01").error == "5200"


@pytest.mark.parametrize("role", ["customer", "agent"])
def test_a_quote_refuses_what_its_transfer_would_with_the_same_code(
    tmp_path: Path, role: str
) -> None:
    """Neither counts against the payee's limits: of two offers that fit, the second may not."""
    policy = example_policy(terms=Terms(agent_float_minor=100_000))
    limits = {} if role == "agent" else {"receive_per_day_minor": 100_000}
    tiers = {name: replace(tier, **limits) for name, tier in policy.tiers.items()}
    policy = sealed_again(replace(policy, tiers=tiers))
    with Stage(tmp_path / "home", policy=policy) as stage:
        ben = reachable(stage, "Ben Kamau", BEN, role=role)
        scheme = Scheme(stage, minor=100_000)
        assert scheme.quote(BEN, "1000.01").error == "5200"
        one, two = scheme.quote(BEN, "600"), scheme.quote(BEN, "600")
        assert scheme.transfer(scheme.transfer_body(one)).body["transferState"] == "COMMITTED"
        assert scheme.quote(BEN, "400.01").error == "5200"
        quoted = stage.tallies()[-1]
        assert scheme.transfer(scheme.transfer_body(two)).error == "5200"
        assert quoted["code"] == stage.tallies()[-1]["code"] == "tier.exceeded"
        rest = scheme.transfer(scheme.transfer_body(scheme.quote(BEN, "400")))
        assert rest.body["transferState"] == "COMMITTED"
        assert stage.balance(ben) == (100_000, 0)
        assert stage.findings() == []


def test_a_listed_payer_is_not_received_from(stage: Stage, scheme: Scheme, ben: Person) -> None:
    said = quote_body(BEN, "30", "KES")
    said["payer"]["name"] = LISTED_NAME
    scheme.accepted("POST", "/quotes", said)
    assert scheme.wait("PUT", f"/quotes/{said['quoteId']}").error == "5400"


def test_more_than_the_hub_has_here_is_not_received(
    stage: Stage, scheme: Scheme, ben: Person
) -> None:
    assert scheme.transfer(scheme.transfer_body(scheme.quote(BEN, "10000.01"))).error == "4001"
    assert stage.balance(ben) == (0, 0)


@pytest.mark.parametrize(("state", "left"), [("COMMITTED", (3_000, 0)), ("ABORTED", (0, 0))])
def test_with_reserve_money_is_the_payees_when_the_hub_says_so(
    stage: Stage, ben: Person, state: str, left: tuple[int, int]
) -> None:
    scheme = Scheme(stage, reserve=True)
    said = scheme.transfer_body(scheme.quote(BEN, "30"))
    assert scheme.transfer(said).body["transferState"] == "RESERVED"
    assert stage.balance(ben) == (0, 0)
    note = {"completedTimestamp": write_instant(stage.clock.now_ms()), "transferState": state}
    for other_than_hub in (THEIRS, STRANGER):
        path = f"/transfers/{said['transferId']}"
        answer = scheme.say("PATCH", path, note, fspiop_source=other_than_hub)
        assert answer.json()["errorInformation"]["errorCode"] == "3100"
    assert stage.balance(ben) == (0, 0)
    for _ in range(2):
        scheme.accepted("PATCH", f"/transfers/{said['transferId']}", note, fspiop_source=SWITCH)
    assert stage.balance(ben) == left
    other = "ABORTED" if state == "COMMITTED" else "COMMITTED"
    answer = scheme.say(
        "PATCH",
        f"/transfers/{said['transferId']}",
        note | {"transferState": other},
        fspiop_source=SWITCH,
    )
    assert answer.json()["errorInformation"]["errorCode"] == "3106"
    scheme.accepted("GET", f"/transfers/{said['transferId']}")
    asked = scheme.wait("PUT", f"/transfers/{said['transferId']}")
    assert asked.body["transferState"] == state
    assert stage.findings() == []
    assert [one for one in verify_ledger(stage.home) if not one.holds] == []


def test_each_of_a_bulk_has_its_own_end(stage: Stage, scheme: Scheme, ben: Person) -> None:
    one, two, three = (quote_body(number, "10", "KES") for number in (BEN, NOBODY, BEN))
    wanted = ("quoteId", "transactionId", "payee", "amountType", "amount", "transactionType")
    bulk = {
        "bulkQuoteId": str(uuid4()),
        "payer": one["payer"],
        "individualQuotes": [{name: each[name] for name in wanted} for each in (one, two, three)],
    }
    scheme.accepted("POST", "/bulkQuotes", bulk)
    quoted = scheme.wait("PUT", f"/bulkQuotes/{bulk['bulkQuoteId']}").body
    results = quoted["individualQuoteResults"]
    assert [each["quoteId"] for each in results] == [e["quoteId"] for e in (one, two, three)]
    assert results[1]["errorInformation"]["errorCode"] == "3200"
    good, other = results[0], results[2]
    transfers = {
        "bulkTransferId": str(uuid4()),
        "bulkQuoteId": bulk["bulkQuoteId"],
        "payerFsp": THEIRS,
        "payeeFsp": OURS,
        "expiration": quoted["expiration"],
        "individualTransfers": [
            _individual(good, good["condition"]),
            _individual(other, "A" * 43),
        ],
    }
    scheme.accepted("POST", "/bulkTransfers", transfers)
    path = f"/bulkTransfers/{transfers['bulkTransferId']}"
    done = scheme.wait("PUT", path).body
    assert done["bulkTransferState"] == "COMPLETED"
    first, second = done["individualTransferResults"]
    assert condition_of(from_base64url(first["fulfilment"])) == good["condition"]
    assert second["errorInformation"]["errorCode"] == "3100"
    assert stage.balance(ben) == (1_000, 0)
    scheme.accepted("POST", "/bulkTransfers", transfers)
    assert scheme.wait("PUT", path).body == done
    assert stage.balance(ben) == (1_000, 0)
    assert stage.findings() == []


def _individual(result: dict[str, Any], condition: str) -> dict[str, Any]:
    return {
        "transferId": str(uuid4()),
        "transferAmount": result["transferAmount"],
        "ilpPacket": result["ilpPacket"],
        "condition": condition,
    }


def test_monitoring_of_persons_does_not_stop_the_hub(tmp_path: Path) -> None:
    rules = [
        TypologyRule(id="velocity", window_s=3600, numbers={"count_max": 1}, action="refuse"),
        TypologyRule(
            id="structuring",
            window_s=3600,
            numbers={"count_min": 2, "near_permille": 1},
            action="refuse",
        ),
    ]
    with Stage(tmp_path / "home", policy=example_policy(typologies=rules)) as stage:
        ben, scheme = reachable(stage, "Ben Kamau", BEN), Scheme(stage)
        for _ in range(3):
            done = scheme.transfer(scheme.transfer_body(scheme.quote(BEN, "80")))
            assert done.body.get("transferState") == "COMMITTED"
        assert stage.balance(ben) == (24_000, 0)
