"""pain.001 and pacs.008: payments to be made from one account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tallystick.serve.bank.model import CreditTransfer, CreditTransfers
from tallystick.serve.bank.refusals import BankFileRefused
from tallystick.serve.bank.values import (
    instant_of,
    party_of,
    read_positive,
    text_of,
    write_account,
    write_agent,
    write_money,
    write_sum,
)

PAIN, PACS = "pain.001", "pacs.008"


def read_initiation(body: Any) -> CreditTransfers:
    """pain.001, with one payer for all of it."""
    blocks = body.pmt_inf
    payers = {party_of(b.dbtr, b.dbtr_acct, b.dbtr_agt) for b in blocks}
    if len(payers) != 1:
        raise BankFileRefused(
            f"pays from {len(payers)} accounts", where="CstmrCdtTrfInitn", allowed="one"
        )
    transfers = [
        _initiated(one, f"PmtInf[{at}]/CdtTrfTxInf[{place}]")
        for at, block in enumerate(blocks, 1)
        for place, one in enumerate(block.cdt_trf_tx_inf, 1)
    ]
    return _message(PAIN, body.grp_hdr, payers.pop(), transfers)


def read_interbank(body: Any) -> CreditTransfers:
    """pacs.008, with one payer for all of it."""
    payers = {party_of(t.dbtr, t.dbtr_acct, t.dbtr_agt) for t in body.cdt_trf_tx_inf}
    if len(payers) != 1:
        raise BankFileRefused(
            f"pays from {len(payers)} accounts", where="FIToFICstmrCdtTrf", allowed="one"
        )
    transfers = [
        CreditTransfer(
            end_to_end=one.pmt_id.end_to_end_id,
            uetr=text_of(getattr(one.pmt_id, "uetr", None)),
            amount=read_positive(one.intr_bk_sttlm_amt, f"CdtTrfTxInf[{place}]/IntrBkSttlmAmt"),
            payee=party_of(one.cdtr, one.cdtr_acct, one.cdtr_agt),
            text=_remittance(one),
        )
        for place, one in enumerate(body.cdt_trf_tx_inf, 1)
    ]
    return _message(PACS, body.grp_hdr, payers.pop(), transfers)


def write_initiation(message: CreditTransfers) -> dict[str, Any]:
    """pain.001: one block, each payment booked by itself."""
    header, payer = _header(message), message.payer
    return {
        "CstmrCdtTrfInitn": {
            "GrpHdr": {**header, "InitgPty": {"Nm": payer.name}},
            "PmtInf": [
                {
                    "PmtInfId": message.message,
                    "PmtMtd": "TRF",
                    "BtchBookg": False,
                    "NbOfTxs": header["NbOfTxs"],
                    "CtrlSum": header["CtrlSum"],
                    "ReqdExctnDt": {"Dt": message.created[:10]},
                    "Dbtr": {"Nm": payer.name},
                    "DbtrAcct": write_account(payer),
                    "DbtrAgt": write_agent(payer.bic),
                    "ChrgBr": "DEBT",
                    "CdtTrfTxInf": [_ordered(one) for one in message.transfers],
                }
            ],
        }
    }


def write_interbank(message: CreditTransfers) -> dict[str, Any]:
    """pacs.008: settled over the account that the two banks have with each other."""
    payer = message.payer
    return {
        "FIToFICstmrCdtTrf": {
            "GrpHdr": {
                **_header(message),
                "IntrBkSttlmDt": message.created[:10],
                "SttlmInf": {"SttlmMtd": "INDA"},
            },
            "CdtTrfTxInf": [
                {
                    "PmtId": {**_named(one), "TxId": one.end_to_end},
                    "IntrBkSttlmAmt": write_money(one.amount),
                    "ChrgBr": "DEBT",
                    "Dbtr": {"Nm": payer.name},
                    "DbtrAcct": write_account(payer),
                    "DbtrAgt": write_agent(payer.bic),
                    **_payee(one),
                }
                for one in message.transfers
            ],
        }
    }


def _initiated(one: Any, where: str) -> CreditTransfer:
    if one.amt.instd_amt is None:
        raise BankFileRefused("is in another currency", where=f"{where}/Amt", allowed="InstdAmt")
    return CreditTransfer(
        end_to_end=one.pmt_id.end_to_end_id,
        uetr=text_of(getattr(one.pmt_id, "uetr", None)),
        amount=read_positive(one.amt.instd_amt, f"{where}/Amt/InstdAmt"),
        payee=party_of(one.cdtr, one.cdtr_acct, one.cdtr_agt),
        text=_remittance(one),
    )


def _message(
    kind: str, header: Any, payer: Any, transfers: Sequence[CreditTransfer]
) -> CreditTransfers:
    """Refuses: BankFileRefused when the header counts or adds up otherwise."""
    if int(header.nb_of_txs) != len(transfers):
        raise BankFileRefused(
            f"announces {header.nb_of_txs} payments and has {len(transfers)}",
            where="GrpHdr/NbOfTxs",
        )
    currencies = {one.amount.currency for one in transfers}
    if header.ctrl_sum is not None and len(currencies) == 1:
        total = write_sum([one.amount for one in transfers])
        if header.ctrl_sum != total:
            raise BankFileRefused(
                f"announces {header.ctrl_sum} in all and has {total}", where="GrpHdr/CtrlSum"
            )
    return CreditTransfers(
        kind=kind,
        message=header.msg_id,
        created=instant_of(header.cre_dt_tm),
        payer=payer,
        transfers=tuple(transfers),
    )


def _remittance(one: Any) -> str:
    lines = one.rmt_inf.ustrd if one.rmt_inf is not None else []
    return " ".join(lines)


def _header(message: CreditTransfers) -> dict[str, Any]:
    return {
        "MsgId": message.message,
        "CreDtTm": message.created,
        "NbOfTxs": str(len(message.transfers)),
        "CtrlSum": write_sum([one.amount for one in message.transfers]),
    }


def _ordered(one: CreditTransfer) -> dict[str, Any]:
    return {
        "PmtId": _named(one),
        "Amt": {"InstdAmt": write_money(one.amount)},
        **_payee(one),
    }


def _named(one: CreditTransfer) -> dict[str, Any]:
    return {"InstrId": one.end_to_end, "EndToEndId": one.end_to_end, "UETR": one.uetr}


def _payee(one: CreditTransfer) -> dict[str, Any]:
    return {
        "CdtrAgt": write_agent(one.payee.bic),
        "Cdtr": {"Nm": one.payee.name},
        "CdtrAcct": write_account(one.payee),
        "RmtInf": {"Ustrd": [one.text]} if one.text else None,
    }
