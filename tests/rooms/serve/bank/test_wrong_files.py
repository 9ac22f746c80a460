"""Files that no bank should send: each is refused, saying what, where and what is allowed."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

pytest.importorskip("xsdata", reason="the extra [bank] is not installed")
pytest.importorskip("pyiso20022", reason="the extra [bank] is not installed")

from tallystick.ground.limits import BANK_FILE_MAX
from tallystick.serve.bank import BankFileRefused, read_message, write_message
from tallystick.serve.bank.reading import DEPTH_MAX
from tests.rooms.serve.bank.samples import SAMPLES

PAIN = write_message(SAMPLES["pain.001"]).decode()
CAMT = write_message(SAMPLES["camt.053"]).decode()
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
BODY = PAIN.removeprefix(DECLARATION)

LAUGHS = (
    DECLARATION
    + '<!DOCTYPE Document [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {n} "{("&" + p + ";") * 10}">'
        for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
    + BODY.replace("TLYFILE1", "&i;", 1)
)


def external(path: Path) -> str:
    return f'{DECLARATION}<!DOCTYPE Document [<!ENTITY x SYSTEM "file://{path}">]>' + BODY.replace(
        "TLYFILE1", "&x;", 1
    )


def refused(octets: bytes | str) -> BankFileRefused:
    with pytest.raises(BankFileRefused) as caught:
        read_message(octets.encode() if isinstance(octets, str) else octets)
    assert caught.value.problem
    return caught.value


def test_a_billion_laughs_are_refused_before_anything_is_unfolded() -> None:
    started = time.process_time()
    assert "document type" in str(refused(LAUGHS))
    assert time.process_time() - started < 1


def test_an_external_entity_is_refused_and_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOPSECRET")
    said = str(refused(external(secret)))
    assert "document type" in said
    assert "TOPSECRET" not in said


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7"])
def test_no_other_encoding_hides_a_document_type(encoding: str) -> None:
    refused(LAUGHS.replace("UTF-8", encoding.upper()).encode(encoding))


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "not XML"),
        (b"\xff\xfe<", "not UTF-8"),
        (b"a" * (BANK_FILE_MAX + 1), "too long"),
        (BODY.replace("<CstmrCdtTrfInitn>", "<CstmrCdtTrfInitn><![CDATA[x]]>"), "CDATA"),
        (BODY.replace("<CstmrCdtTrfInitn>", "<CstmrCdtTrfInitn><?php x?>"), "instruction"),
        (DECLARATION.replace("UTF-8", "ISO-8859-1") + BODY, "instruction"),
        (BODY.replace("<MsgId>", "<MsgId><b>", 1), "not XML"),
        (BODY.replace("<Dbtr>", "<Dbtr>text", 1), "text stands between"),
        (BODY.replace("pain.001.001.09", "pain.001.001.99"), "is not read here"),
        (BODY.replace("pain.001.001.09", "pain.008.001.02"), "is not read here"),
        (BODY.replace("urn:iso:std:iso:20022:tech:xsd:", "urn:other:"), "the root is"),
        (BODY.replace("<Document ", "<Paper ").replace("</Document>", "</Paper>"), "the root is"),
        (BODY.replace("<Nm>", '<Nm xmlns="urn:other">', 1), "namespace"),
        (BODY.replace("<MsgId>TLYFILE1</MsgId>", "", 1), "GroupHeader85 lacks 'msg_id'"),
        (BODY.replace("<Nm>", "<Nickname>x</Nickname><Nm>", 1), "PartyIdentification135 has no Nickname"),
        (BODY.replace("<Nm>", '<Nm lang="en">', 1), "lang"),
        (BODY.replace("TLYFILE1", "x" * 36, 1), "36 characters"),
        (BODY.replace("COBADEFFXXX", "cobadeff"), "another shape"),
        (BODY.replace("2f1e2b1a", "2F1E2B1A"), "another shape"),
        (BODY.replace(">1500.00<", ">1500.001<", 1), "has 3 decimals"),
        (BODY.replace(">1500.00<", ">1500.000<", 1), "has 3 decimals"),
        (BODY.replace(">1500.00<", ">-1500.00<", 1), "is not an amount"),
        (BODY.replace(">1500.00<", ">1.5e3<", 1), "is not an amount"),
        (BODY.replace(">1500.00<", ">1_500<", 1), "is not an amount"),
        (BODY.replace(">1500.00<", ">NaN<", 1), "is not an amount"),
        (BODY.replace(">1500.00<", ">\u0661500<", 1), "is not an amount"),
        (BODY.replace(">1500.00<", f">{'9' * 18}<", 1), "is too much"),
        (BODY.replace(">1500.00<", ">0.00<", 1), "nothing is moved"),
        (BODY.replace('Ccy="KES"', 'Ccy="XXX"', 1), "unknown currency"),
        (BODY.replace("<NbOfTxs>2<", "<NbOfTxs>3<", 1), "announces 3 payments and has 2"),
        (BODY.replace("<CtrlSum>1500.05<", "<CtrlSum>1500.06<", 1), "announces 1500.06"),
        (BODY.replace("<Dt>2026-03-04<", "<Dt>2026-02-30<", 1), "is not a pain.001.001.09"),
        (BODY.replace("<PmtMtd>TRF<", "<PmtMtd>XXX<", 1), "is not a pain.001.001.09"),
        (
            re.sub(r"(<IBAN>DE\w+</IBAN>)", r"\1<Othr><Id>7</Id></Othr>", BODY),
            "has 2 of its alternatives",
        ),
        (CAMT.replace("OPBD", "OPAV"), "has no balance OPBD or PRCD"),
        (CAMT.replace("OPBD", "CLBD"), "has no balance OPBD"),
        (CAMT.replace('<Amt Ccy="KES">5000.00', '<Amt Ccy="USD">5000.00', 1), "one currency"),
    ],
)  # fmt: skip
def test_each_wrong_file_is_refused_in_its_own_words(octets: bytes | str, said: str) -> None:
    assert said in str(refused(octets))


def test_a_refusal_says_where_and_what_is_allowed() -> None:
    refusal = refused(BODY.replace(">1500.00<", ">1500.001<", 1))
    assert refusal.where == "PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt"
    assert refusal.allowed == "at most 2"
    refusal = refused(BODY.replace("COBADEFFXXX", "x"))
    assert "DbtrAgt/FinInstnId/BICFI" in refusal.where


def test_what_nests_too_deeply_is_refused() -> None:
    deep = "<Nm>" * (DEPTH_MAX + 1)
    assert "too deep" in str(refused(BODY.replace("<Nm>", deep, 1)))


def test_a_stranger_s_text_is_shown_without_control_characters() -> None:
    said = str(refused(BODY.replace("COBADEFFXXX", "x\u202ey&#13;z")))
    assert "\u202e" not in said
    assert "\r" not in said


def test_comments_and_a_byte_order_mark_are_read_over() -> None:
    commented = BODY.replace("<GrpHdr>", "<!-- by the bank --><GrpHdr>", 1)
    assert read_message(commented.encode("utf-8-sig")) == SAMPLES["pain.001"]
