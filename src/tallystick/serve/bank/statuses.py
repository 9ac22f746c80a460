"""pain.002 and pacs.002: what became of payments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.serve.bank.model import StatusReport, Verdict
from tallystick.serve.bank.values import code_of, instant_of, text_of

PAIN, PACS = "pain.002", "pacs.002"


def read_customer_report(body: Any) -> StatusReport:
    """pain.002. A block's status counts for its payments that have none."""
    about = body.orgnl_grp_inf_and_sts
    verdicts = [
        verdict
        for block in body.orgnl_pmt_inf_and_sts
        for verdict in _verdicts(block.tx_inf_and_sts, text_of(block.pmt_inf_sts))
    ]
    blocks = {text_of(block.pmt_inf_sts) for block in body.orgnl_pmt_inf_and_sts}
    alone = blocks.pop() if len(blocks) == 1 and not verdicts else ""
    return _report(PAIN, body.grp_hdr, about, verdicts, group=text_of(about.grp_sts) or alone)


def read_interbank_report(body: Any) -> StatusReport:
    """pacs.002, about one message."""
    abouts = body.orgnl_grp_inf_and_sts
    about = abouts[0] if isinstance(abouts, list) and abouts else abouts or None
    group = text_of(about.grp_sts) if about is not None else ""
    return _report(PACS, body.grp_hdr, about, _verdicts(body.tx_inf_and_sts, ""), group=group)


def write_customer_report(report: StatusReport) -> dict[str, Any]:
    """pain.002 with one block, named like the message that it is about."""
    block = {
        "OrgnlPmtInfId": report.about,
        "TxInfAndSts": [_transaction(one) for one in report.verdicts],
    }
    return {
        "CstmrPmtStsRpt": {
            "GrpHdr": {"MsgId": report.message, "CreDtTm": report.created},
            "OrgnlGrpInfAndSts": _about(report),
            "OrgnlPmtInfAndSts": [block] if report.verdicts else [],
        }
    }


def write_interbank_report(report: StatusReport) -> dict[str, Any]:
    """pacs.002."""
    return {
        "FIToFIPmtStsRpt": {
            "GrpHdr": {"MsgId": report.message, "CreDtTm": report.created},
            "OrgnlGrpInfAndSts": [_about(report)],
            "TxInfAndSts": [_transaction(one) for one in report.verdicts],
        }
    }


def _report(
    kind: str, header: Any, about: Any, verdicts: Iterable[Verdict], *, group: str
) -> StatusReport:
    return StatusReport(
        kind=kind,
        message=header.msg_id,
        created=instant_of(header.cre_dt_tm),
        about=text_of(getattr(about, "orgnl_msg_id", None)),
        about_kind=text_of(getattr(about, "orgnl_msg_nm_id", None)),
        group=group,
        verdicts=tuple(verdicts),
    )


def _verdicts(transactions: Iterable[Any], otherwise: str) -> list[Verdict]:
    return [
        Verdict(
            end_to_end=text_of(one.orgnl_end_to_end_id),
            status=text_of(one.tx_sts) or otherwise,
            reasons=tuple(code_of(said.rsn) for said in one.sts_rsn_inf if said.rsn is not None),
        )
        for one in transactions
    ]


def _about(report: StatusReport) -> dict[str, Any]:
    return {
        "OrgnlMsgId": report.about,
        "OrgnlMsgNmId": report.about_kind,
        "GrpSts": report.group,
    }


def _transaction(one: Verdict) -> dict[str, Any]:
    return {
        "OrgnlEndToEndId": one.end_to_end,
        "TxSts": one.status,
        "StsRsnInf": [{"Rsn": {"Cd": reason}} for reason in one.reasons],
    }
