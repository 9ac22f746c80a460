"""One message of each kind, with everything that we write in it."""

from __future__ import annotations

from tallystick.ground.money import Amount
from tallystick.serve.bank import (
    AccountParty,
    CreditTransfer,
    CreditTransfers,
    Message,
    Movement,
    Recall,
    Recalls,
    Return,
    Returns,
    Statement,
    Statements,
    StatusReport,
    Verdict,
)

CREATED = "2026-03-04T10:00:00Z"
IBAN = "DE89370400440532013000"
TRUST = AccountParty(name="Kijani trust", account=IBAN, bic="COBADEFFXXX")


def kes(minor: int) -> Amount:
    return Amount(minor=minor, currency="KES")


def transfers(kind: str) -> CreditTransfers:
    return CreditTransfers(
        kind=kind,
        message="TLYFILE1",
        created=CREATED,
        payer=TRUST,
        transfers=(
            CreditTransfer(
                end_to_end="TLY1",
                uetr="2f1e2b1a-2b3c-4d5e-8f90-0123456789ab",
                amount=kes(150_000),
                payee=AccountParty(
                    name="Alice Wanjirũ & Co <1>",
                    account="FR1420041010050500013M02606",
                    bic="AGRIFRPPXXX",
                ),
                text="redemption TLY1",
            ),
            CreditTransfer(
                end_to_end="TLY2",
                amount=kes(5),
                payee=AccountParty(name="Ben Otieno", account="123-456-78"),
            ),
        ),
    )


def report(kind: str) -> StatusReport:
    return StatusReport(
        kind=kind,
        message="STATUS1",
        created=CREATED,
        about="TLYFILE1",
        about_kind="pain.001.001.09",
        verdicts=(
            Verdict(end_to_end="TLY1", status="ACSC"),
            Verdict(end_to_end="TLY2", status="RJCT", reasons=("AC01", "AM04")),
        ),
    )


MOVEMENTS = (
    Movement(reference="BANK1", amount=kes(500_000), credit=True, day="2026-03-04", text="cash"),
    Movement(
        reference="BANK2", amount=kes(150_000), credit=False, day="2026-03-04", end_to_end="TLY1"
    ),
    Movement(
        reference="BANK3",
        amount=kes(150_000),
        credit=True,
        day="2026-03-04",
        end_to_end="TLY1",
        returned=True,
    ),
    Movement(reference="BANK4", amount=kes(7), credit=True, day="2026-03-04", status="PDNG"),
)


def statements(kind: str = "camt.053") -> Statements:
    balances = {"day": "2026-03-04", "opening_minor": -1, "closing_minor": 499_999}
    statement = Statement(
        id="STMT1",
        account=IBAN,
        currency="KES",
        movements=MOVEMENTS,
        **(balances if kind == "camt.053" else {}),  # type: ignore[arg-type]
    )
    return Statements(kind=kind, message="S1", created=CREATED, statements=(statement,))


SAMPLES: dict[str, Message] = {
    "pain.001": transfers("pain.001"),
    "pacs.008": transfers("pacs.008"),
    "pain.002": report("pain.002"),
    "pacs.002": report("pacs.002"),
    "pacs.004": Returns(
        kind="pacs.004",
        message="R1",
        created=CREATED,
        returns=(Return(id="RTR1", end_to_end="TLY1", amount=kes(150_000), reason="AC04"),),
    ),
    "camt.053": statements("camt.053"),
    "camt.054": statements("camt.054"),
    "camt.056": Recalls(
        kind="camt.056",
        message="C1",
        created=CREATED,
        asks="COBADEFFXXX",
        asked="AGRIFRPPXXX",
        recalls=(
            Recall(
                id="X1",
                about="TLYFILE1",
                about_kind="pacs.008.001.08",
                end_to_end="TLY1",
                amount=kes(150_000),
                reason="DUPL",
            ),
        ),
    ),
}
