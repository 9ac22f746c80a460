"""Who may ask for what: every role against every operation."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.handset import Answer
from tallystick.standard import SERVER_KINDS
from tests.stage import Person, Stage, kes, pay

STAFF = ("treasury", "backoffice", "laboratory")
PEOPLE = ("customer", "merchant", "agent")
ALLOWED: dict[str, tuple[str, ...]] = {
    "remote.pay": PEOPLE,
    "merchant.pay": PEOPLE,
    "banking.balance": PEOPLE,
    "banking.statement": PEOPLE,
    "banking.transfer": PEOPLE,
    "purse.load": PEOPLE,
    "purse.deposit": PEOPLE,
    "purse.unload": PEOPLE,
    "purse.reserve": ("treasury",),
    "funds.confirm": ("treasury",),
    "emoney.issue": ("treasury",),
    "emoney.settle": ("treasury",),
    "payouts.list": ("treasury",),
    "books.reconcile": ("treasury",),
    "customer.register": ("backoffice",),
    "device.offer": ("backoffice",),
    "device.suspend": ("backoffice", *PEOPLE),
    "device.revoke": ("backoffice", *PEOPLE),
    "evidence.record": ("laboratory",),
    "agent.cash_in": ("agent",),
    "agent.cash_out": ("customer", "merchant"),
    "reservation.make": PEOPLE,
    "reservation.capture": ("merchant",),
    "reservation.release": ("merchant",),
    "reservation.list": PEOPLE,
    "payment.quote": PEOPLE,
    "payment.refund": PEOPLE,
    "payment.reverse": ("backoffice",),
    "emoney.expire": ("treasury",),
    "account.open": PEOPLE,
    "account.reactivate": PEOPLE,
    "fx.exchange": PEOPLE,
    "code.create": PEOPLE,
    "code.reserve": PEOPLE,
    "code.release": PEOPLE,
    "mandate.create": PEOPLE,
    "authority.end": PEOPLE,
    "request.list": PEOPLE,
    "request.approve": PEOPLE,
    "request.decline": PEOPLE,
    "interop.find": PEOPLE,
    "interop.show": PEOPLE,
    "interop.pay": PEOPLE,
    "partner.register": ("backoffice",),
    **dict.fromkeys(SERVER_KINDS, ()),
}


def somebody(stage: Stage, role: str) -> Person:
    return stage.staff(role) if role in STAFF else stage.person("Some Body", role=role)


@pytest.mark.parametrize("role", [*STAFF, *PEOPLE])
def test_a_role_may_ask_for_its_own_operations_and_no_other(stage: Stage, role: str) -> None:
    """An empty order is malformed where the role is right, and forbidden where it is not."""
    assert set(stage.policy.operations) == set(ALLOWED)
    person = somebody(stage, role)
    told = {kind: person.handset.ask(kind, {"x": 1}).code for kind in ALLOWED}
    assert told == {
        kind: "order.malformed" if role in roles else "operation.forbidden"
        for kind, roles in ALLOWED.items()
    }


# ---- customers ----------------------------------------------------------------------------------

CUSTOMER: dict[str, Any] = {
    "name": "Carol Achieng",
    "born": "1990-01-01",
    "country": "KE",
    "document": "A12345",
    "role": "customer",
    "tier": "tier1",
}


def register(stage: Stage, **changes: Any) -> Answer:
    return stage.staff("backoffice").handset.register_customer(**CUSTOMER | changes)


def test_a_customer_gets_an_account_with_the_cap_of_the_tier(stage: Stage) -> None:
    answer = register(stage)
    assert answer.data is not None
    row = stage.platform._books.account(answer.data["account"])  # type: ignore[arg-type]
    assert row is not None
    assert (row.owner, row.floor, row.cap) == (answer.data["customer"], 0, 2_000_000)
    assert answer.data["qr"] is None
    assert stage.findings() == []


def test_the_documents_number_is_not_kept(stage: Stage) -> None:
    answer = register(stage, document="GEHEIM99")
    assert answer.accepted
    stored = (stage.home / "books.sqlite-wal").read_bytes()
    stored += (stage.home / "books.sqlite").read_bytes()
    assert b"Carol Achieng" in stored
    assert b"GEHEIM99" not in stored


def test_a_merchant_gets_a_signed_code(stage: Stage, alice: Person) -> None:
    answer = register(stage, name="Mama Njeri Shop", role="merchant")
    assert answer.data is not None
    assert alice.handset.pay_merchant(str(answer.data["qr"]), kes(100)).accepted


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 141},
        {"born": "1990-13-01"},
        {"born": "01.01.1990"},
        {"born": "2990-01-01"},
        {"country": "kenya"},
        {"country": "XX"},
        {"document": ""},
        {"document": "§§§§§"},
        {"role": "treasury"},
        {"role": "backoffice"},
        {"tier": "tier9"},
        {"tier": ""},
        {"role": "merchant", "name": "Café Nairobi"},
        {"role": "merchant", "name": "A Name Too Long For Any Merchant Code"},
    ],
    ids=str,
)
def test_what_cannot_be_a_customer_is_malformed(stage: Stage, changes: dict[str, Any]) -> None:
    before = stage.platform._books._reader.execute("SELECT COUNT(*) FROM account").fetchone()
    assert register(stage, **changes).code == "order.malformed"
    assert (
        stage.platform._books._reader.execute("SELECT COUNT(*) FROM account").fetchone() == before
    )


# ---- devices ------------------------------------------------------------------------------------


def test_staff_suspend_any_device_and_customers_their_own(
    stage: Stage, alice: Person, bob: Person
) -> None:
    backoffice = stage.staff("backoffice").handset
    assert alice.handset.suspend("mine?", device=bob.device).code == "operation.forbidden"
    assert alice.handset.suspend("whose?", device="dev-nobody").code == "operation.forbidden"
    assert pay(bob, alice, 1).code == "funds.insufficient", "bob still acts"
    assert backoffice.suspend("reported stolen", device=bob.device).accepted
    assert bob.handset.balance().code == "device.suspended"
    assert alice.handset.suspend("lost").accepted
    assert alice.handset.balance().code == "device.suspended"


def test_a_suspended_device_cannot_suspend_others_or_itself(
    stage: Stage, alice: Person, bob: Person
) -> None:
    assert alice.handset.suspend("lost").accepted
    assert alice.handset.suspend("again").code == "device.suspended"


def test_a_revoked_device_is_not_suspended_again(stage: Stage, bob: Person) -> None:
    backoffice = stage.staff("backoffice").handset
    bob.handset.open_session()
    given_up = {"device": bob.device, "reason": "given up"}
    assert backoffice.ask("device.revoke", given_up).accepted
    assert backoffice.suspend("late report", device=bob.device).accepted
    kept = stage.platform._books.register("device", bob.device)
    assert kept is not None
    assert b'"state":"revoked"' in kept
    assert bob.handset.balance().code == "device.suspended"


def test_a_customer_is_offered_another_handset(stage: Stage, alice: Person, bob: Person) -> None:
    """The new handset sets the PIN for both, and gives the wallet back to whoever was locked out."""
    for _ in range(3):
        pay(alice, bob, 60_000, pin="0000")
    backoffice = stage.staff("backoffice").handset
    answer = backoffice.ask("device.offer", {"customer": alice.handset.bound().customer})
    assert answer.accepted
    assert answer.data is not None
    second = Person(stage.enrolled(str(answer.data["activation"]), pin="998877"), alice.name)
    assert (second.account, second.device) != (alice.account, alice.device)
    assert second.account == alice.account
    assert pay(second, bob, 60_000, pin="998877").accepted
    assert pay(alice, bob, 60_000, pin="4711").code == "customer.not_verified"
    assert pay(alice, bob, 60_000, pin="998877").accepted
    assert stage.findings() == []


@pytest.mark.parametrize("customer", ["cus-nobody", "staff-treasury", "provider", "x"])
def test_nobody_else_is_offered_a_handset(stage: Stage, customer: str) -> None:
    answer = stage.staff("backoffice").handset.ask("device.offer", {"customer": customer})
    assert not answer.accepted
    assert answer.data is None


# ---- treasury -----------------------------------------------------------------------------------


def test_a_bank_reference_counts_once(stage: Stage) -> None:
    treasury = stage.staff("treasury").handset
    assert treasury.confirm_funds(kes(100), "ref-1").accepted
    assert treasury.confirm_funds(kes(100), "ref-1").code == "reference.used"
    assert treasury.confirm_funds(kes(7), "ref-2").accepted
    assert stage.platform.safeguarding()[0] == 10_000_107


def test_no_more_is_issued_than_is_confirmed(stage: Stage, bob: Person) -> None:
    treasury = stage.staff("treasury").handset
    treasury.confirm_funds(kes(1000), "ref-1")
    assert treasury.issue(bob.account, kes(1001)).code == "funds.insufficient"
    assert treasury.issue(bob.account, kes(1000)).accepted
    assert treasury.issue(bob.account, kes(1)).code == "funds.insufficient"
    safeguarded, outstanding = stage.platform.safeguarding()
    assert safeguarded == outstanding


@pytest.mark.parametrize(
    "account", ["acc-nobody", "trust.float", "emoney.unissued", "UPPER", "a b", "bank:ke12"]
)
def test_only_a_holder_is_issued_to(stage: Stage, account: str) -> None:
    treasury = stage.staff("treasury").handset
    treasury.confirm_funds(kes(1000), "ref-1")
    assert treasury.issue(account, kes(10)).code == "payee.unknown"
    assert stage.platform.safeguarding() == (10_001_000, 10_000_000)


def test_a_holder_is_issued_no_more_than_the_tier_may_hold(stage: Stage) -> None:
    small = stage.person("Dan Mwangi", tier="tier1", minor=1_999_999)
    treasury = stage.staff("treasury").handset
    treasury.confirm_funds(kes(1000), "ref-1")
    assert treasury.issue(small.account, kes(2)).code == "tier.exceeded"
    assert treasury.issue(small.account, kes(1)).accepted


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1", "1.005", "abc", "", "1e5"])
def test_treasury_writes_amounts_as_everybody_does(stage: Stage, amount: str) -> None:
    treasury = stage.staff("treasury").handset
    for operation, body in (
        ("funds.confirm", {"amount": amount, "reference": "ref-1"}),
        ("emoney.issue", {"amount": amount, "account": "acc-1"}),
    ):
        answer = treasury.ask(operation, body)
        assert answer.code in ("amount.malformed", "payee.unknown")
    assert treasury.confirm_funds(kes(1), "ref-1").accepted


# ---- laboratory ---------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["withstood", "failed"])
def test_a_trial_is_recorded_as_it_went(stage: Stage, outcome: str) -> None:
    answer = stage.staff("laboratory").handset.record_trial(
        trial="message-replayed", threat="T-1", outcome=outcome, expected="a", seen="b"
    )
    assert answer.accepted
    assert f"trial.{outcome}" in stage.kinds(answer)
