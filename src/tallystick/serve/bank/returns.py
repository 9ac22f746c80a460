"""pacs.004 and camt.056: money that came back, and money that somebody wants back."""

from __future__ import annotations

from typing import Any

from tallystick.serve.bank.model import Recall, Recalls, Return, Returns
from tallystick.serve.bank.refusals import BankFileRefused
from tallystick.serve.bank.values import (
    bic_of,
    code_of,
    instant_of,
    read_positive,
    text_of,
    write_agent,
    write_money,
)

RETURN, RECALL = "pacs.004", "camt.056"


def read_returns(body: Any) -> Returns:
    """pacs.004."""
    returns = [
        Return(
            id=text_of(one.rtr_id),
            end_to_end=text_of(one.orgnl_end_to_end_id),
            amount=read_positive(
                one.rtrd_intr_bk_sttlm_amt, f"PmtRtr/TxInf[{place}]/RtrdIntrBkSttlmAmt"
            ),
            reason=code_of(one.rtr_rsn_inf[0].rsn) if one.rtr_rsn_inf else "",
        )
        for place, one in enumerate(body.tx_inf, 1)
    ]
    header = body.grp_hdr
    if int(header.nb_of_txs) != len(returns):
        raise BankFileRefused(
            f"announces {header.nb_of_txs} returns and has {len(returns)}", where="GrpHdr/NbOfTxs"
        )
    return Returns(
        kind=RETURN,
        message=header.msg_id,
        created=instant_of(header.cre_dt_tm),
        returns=tuple(returns),
    )


def write_returns(message: Returns) -> dict[str, Any]:
    """pacs.004."""
    return {
        "PmtRtr": {
            "GrpHdr": {
                "MsgId": message.message,
                "CreDtTm": message.created,
                "NbOfTxs": str(len(message.returns)),
                "SttlmInf": {"SttlmMtd": "INDA"},
            },
            "TxInf": [
                {
                    "RtrId": one.id,
                    "OrgnlEndToEndId": one.end_to_end,
                    "RtrdIntrBkSttlmAmt": write_money(one.amount),
                    "RtrRsnInf": [{"Rsn": {"Cd": one.reason}}] if one.reason else [],
                }
                for one in message.returns
            ],
        }
    }


def read_recalls(body: Any) -> Recalls:
    """camt.056, about single payments."""
    recalls = [
        _recall(one, f"FIToFIPmtCxlReq/Undrlyg[{at}]/TxInf[{place}]")
        for at, under in enumerate(body.undrlyg, 1)
        for place, one in enumerate(under.tx_inf, 1)
    ]
    if not recalls:
        raise BankFileRefused("recalls no single payment", where="FIToFIPmtCxlReq/Undrlyg",
                              allowed="TxInf")  # fmt: skip
    assignment = body.assgnmt
    return Recalls(
        kind=RECALL,
        message=assignment.id,
        created=instant_of(assignment.cre_dt_tm),
        asks=bic_of(assignment.assgnr.agt),
        asked=bic_of(assignment.assgne.agt),
        recalls=tuple(recalls),
    )


def write_recalls(message: Recalls) -> dict[str, Any]:
    """camt.056."""
    return {
        "FIToFIPmtCxlReq": {
            "Assgnmt": {
                "Id": message.message,
                "Assgnr": {"Agt": write_agent(message.asks)},
                "Assgne": {"Agt": write_agent(message.asked)},
                "CreDtTm": message.created,
            },
            "CtrlData": {"NbOfTxs": str(len(message.recalls))},
            "Undrlyg": [{"TxInf": [_wanted(one) for one in message.recalls]}],
        }
    }


def _recall(one: Any, where: str) -> Recall:
    amount = one.orgnl_intr_bk_sttlm_amt
    if amount is None:
        raise BankFileRefused("is missing", where=f"{where}/OrgnlIntrBkSttlmAmt")
    group = one.orgnl_grp_inf
    return Recall(
        id=text_of(one.cxl_id),
        about=text_of(getattr(group, "orgnl_msg_id", None)),
        about_kind=text_of(getattr(group, "orgnl_msg_nm_id", None)),
        end_to_end=text_of(one.orgnl_end_to_end_id),
        amount=read_positive(amount, f"{where}/OrgnlIntrBkSttlmAmt"),
        reason=code_of(one.cxl_rsn_inf[0].rsn) if one.cxl_rsn_inf else "",
    )


def _wanted(one: Recall) -> dict[str, Any]:
    return {
        "CxlId": one.id,
        "OrgnlGrpInf": {"OrgnlMsgId": one.about, "OrgnlMsgNmId": one.about_kind},
        "OrgnlEndToEndId": one.end_to_end,
        "OrgnlIntrBkSttlmAmt": write_money(one.amount),
        "CxlRsnInf": [{"Rsn": {"Cd": one.reason}}],
    }
