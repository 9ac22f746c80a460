"""What is written is read back the same, in every version that is read."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest

pytest.importorskip("xsdata", reason="the extra [bank] is not installed")
pytest.importorskip("pyiso20022", reason="the extra [bank] is not installed")

from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import Amount
from tallystick.serve.bank import VERSIONS, BankFileRefused, Statements, read_message, write_message
from tallystick.serve.bank import messages as room
from tests.rooms.serve.bank.samples import SAMPLES, statements, transfers

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_what_is_written_is_read_back(kind: str) -> None:
    octets = write_message(SAMPLES[kind])
    assert VERSIONS[kind][1].encode() in octets[:200]
    assert read_message(octets) == SAMPLES[kind]
    assert write_message(read_message(octets)) == octets


@pytest.mark.parametrize(
    "definition",
    [
        one
        for reads, _ in VERSIONS.values()
        for one in reads
        if not one.endswith((".02", ".03", ".04")) and one != "pain.001.001.08"
    ],
)
def test_every_version_that_is_read_says_the_same(
    definition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = definition[:8]
    monkeypatch.setattr(room, "VERSIONS", {**VERSIONS, kind: (VERSIONS[kind][0], definition)})
    octets = write_message(SAMPLES[kind])
    assert definition.encode() in octets
    assert read_message(octets) == SAMPLES[kind]


def test_older_messages_with_a_bare_status_and_bic_are_read() -> None:
    newer = write_message(statements()).decode()
    older = newer.replace("camt.053.001.08", "camt.053.001.02")
    older = re.sub(r"<Sts>\s*<Cd>(\w+)</Cd>\s*</Sts>", r"<Sts>\1</Sts>", older)
    assert read_message(older.encode()) == statements()
    paid = (
        write_message(transfers("pain.001")).decode().replace("pain.001.001.09", "pain.001.001.03")
    )
    paid = paid.replace("BICFI", "BIC").replace(
        "<UETR>2f1e2b1a-2b3c-4d5e-8f90-0123456789ab</UETR>", ""
    )
    paid = re.sub(
        r"<ReqdExctnDt>\s*<Dt>(\S+)</Dt>\s*</ReqdExctnDt>", r"<ReqdExctnDt>\1</ReqdExctnDt>", paid
    )
    read = read_message(paid.encode())
    assert read.payer == transfers("pain.001").payer  # type: ignore[union-attr]


def test_payments_booked_together_are_told_apart() -> None:
    octets = write_message(statements()).decode()
    one = octets[octets.index("<TxDtls>") : octets.index("</TxDtls>") + len("</TxDtls>")]
    parts = [
        one.replace("BANK1", f"PART{n}").replace(
            "</Refs>", f'</Refs><Amt Ccy="KES">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        )
        for n, amount in enumerate(("4000.00", "1000.00"))
    ]
    read = read_message(octets.replace(one, "".join(parts)).encode())
    assert isinstance(read, Statements)
    first, second, *_ = read.statements[0].movements
    assert [(m.reference, m.amount.minor) for m in (first, second)] == [
        ("PART0", 400_000), ("PART1", 100_000),
    ]  # fmt: skip
    short = "".join(parts).replace("1000.00", "999.00")
    with pytest.raises(BankFileRefused, match=r"details are 4999\.00 together"):
        read_message(octets.replace(one, short).encode())


@pytest.mark.parametrize(
    ("currency", "text"), [("UGX", "150000"), ("KWD", "150.000"), ("KES", "1500.00")]
)
def test_an_amount_has_its_currency_s_decimals(currency: str, text: str) -> None:
    sample = transfers("pain.001")
    one = replace(sample.transfers[0], amount=Amount(minor=150_000, currency=currency))
    octets = write_message(replace(sample, transfers=(one,)))
    assert f'<InstdAmt Ccy="{currency}">{text}</InstdAmt>'.encode() in octets
    read = read_message(octets)
    assert read.transfers[0].amount == one.amount  # type: ignore[union-attr]


def test_without_the_extra_the_operator_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError("no", name="xsdata")

    octets = write_message(SAMPLES["pain.001"])
    monkeypatch.setattr(room, "import_module", missing)
    with pytest.raises(Misconfigured, match=r"tallystick\[bank\]"):
        read_message(octets)


def test_the_door_does_not_pull_the_library_in() -> None:
    code = "import sys, tallystick.serve.bank; sys.exit(any(n.startswith(('xsdata','pyiso20022')) for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
