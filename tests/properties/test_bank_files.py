"""Whatever octets come, a bank file is read or refused; and what we write we read."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("xsdata", reason="the extra [bank] is not installed")
pytest.importorskip("pyiso20022", reason="the extra [bank] is not installed")

from tallystick.ground.money import EXPONENTS, Amount
from tallystick.serve.bank import (
    AccountParty,
    BankFileRefused,
    CreditTransfer,
    CreditTransfers,
    read_message,
    write_message,
)
from tests.rooms.serve.bank.samples import CREATED, SAMPLES, TRUST

FILES = [write_message(sample) for sample in SAMPLES.values()]
PIECES = [b"<", b">", b"&", b"<!DOCTYPE a>", b"\x00", b"]]>", b"1e5", b"-", b"</Document>", b"\xc3"]

names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=70
).filter(lambda text: text.strip() == text and "  " not in text and "\ufffe" not in text and "\uffff" not in text)  # fmt: skip


def reads_or_refuses(octets: bytes) -> None:
    try:
        read_message(octets)
    except BankFileRefused:
        return


@given(octets=st.binary(max_size=400))
def test_any_octets_are_refused(octets: bytes) -> None:
    with pytest.raises(BankFileRefused):
        read_message(octets)


@settings(deadline=None)
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32), many=st.integers(1, 4))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    file: bytes, seed: int, many: int
) -> None:
    chance = random.Random(seed)
    octets = bytearray(file)
    for _ in range(many):
        at = chance.randrange(len(octets))
        choice = chance.randrange(3)
        if choice == 0:
            octets[at] = chance.randrange(256)
        elif choice == 1:
            octets[at:at] = chance.choice(PIECES)
        else:
            del octets[at : at + chance.randrange(1, 40)]
    reads_or_refuses(bytes(octets))


@settings(deadline=None)
@given(
    kind=st.sampled_from(["pain.001", "pacs.008"]),
    minor=st.integers(1, 2**53 - 1),
    currency=st.sampled_from(sorted(EXPONENTS)),
    name=names,
)
def test_every_payment_is_read_back_exactly(
    kind: str, minor: int, currency: str, name: str
) -> None:
    one = CreditTransfer(
        end_to_end="TLY1",
        amount=Amount(minor=minor, currency=currency),
        payee=AccountParty(name=name, account="FR1420041010050500013M02606"),
    )
    message = CreditTransfers(
        kind=kind, message="M1", created=CREATED, payer=TRUST, transfers=(one,)
    )
    assert read_message(write_message(message)) == message
