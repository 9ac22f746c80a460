"""camt.053 and camt.054: what the bank booked, with balances and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tallystick.ground.money import Amount, format_minor
from tallystick.serve.bank.model import (
    END_TO_END_NONE,
    AccountParty,
    Movement,
    Statement,
    Statements,
)
from tallystick.serve.bank.refusals import BankFileRefused
from tallystick.serve.bank.values import (
    account_of,
    code_of,
    day_in,
    instant_of,
    read_money,
    read_positive,
    text_of,
    write_account,
    write_money,
)

STATEMENT, NOTIFICATION = "camt.053", "camt.054"
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def read_statements(body: Any) -> Statements:
    """camt.053: each statement with an opening and a closing booked balance in one currency."""
    read = [_statement(one, f"Stmt[{at}]") for at, one in enumerate(body.stmt, 1)]
    return _message(STATEMENT, body.grp_hdr, read)


def read_notifications(body: Any) -> Statements:
    """camt.054: movements alone."""
    read = [
        Statement(
            id=one.id,
            account=account_of(one.acct),
            currency=text_of(one.acct.ccy),
            movements=tuple(_movements(one.ntry, f"Ntfctn[{at}]")),
        )
        for at, one in enumerate(body.ntfctn, 1)
    ]
    return _message(NOTIFICATION, body.grp_hdr, read)


def write_statements(message: Statements) -> dict[str, Any]:
    """camt.053."""
    stated = [
        {
            **_account(one, message.created),
            "Bal": [
                _balance("OPBD", one.opening_minor, one),
                _balance("CLBD", one.closing_minor, one),
            ],
            "Ntry": [_entry(movement) for movement in one.movements],
        }
        for one in message.statements
    ]
    return {"BkToCstmrStmt": {"GrpHdr": _header(message), "Stmt": stated}}


def write_notifications(message: Statements) -> dict[str, Any]:
    """camt.054."""
    told = [
        {**_account(one, message.created), "Ntry": [_entry(movement) for movement in one.movements]}
        for one in message.statements
    ]
    return {"BkToCstmrDbtCdtNtfctn": {"GrpHdr": _header(message), "Ntfctn": told}}


def _message(kind: str, header: Any, read: list[Statement]) -> Statements:
    return Statements(
        kind=kind,
        message=header.msg_id,
        created=instant_of(header.cre_dt_tm),
        statements=tuple(read),
    )


def _statement(one: Any, where: str) -> Statement:
    opening, closing = (_one_balance(one.bal, names, where) for names in (_OPENING, _CLOSING))
    currency = closing.amt.ccy
    movements = tuple(_movements(one.ntry, where))
    stated = {opening.amt.ccy, currency, *(m.amount.currency for m in movements)}
    if len(stated) != 1:
        raise BankFileRefused(
            f"is in {', '.join(sorted(map(str, stated)))}", where=where, allowed="one currency"
        )
    return Statement(
        id=one.id,
        account=account_of(one.acct),
        currency=currency,
        movements=movements,
        day=day_in(closing.dt),
        opening_minor=_signed(opening, f"{where}/Bal"),
        closing_minor=_signed(closing, f"{where}/Bal"),
    )


def _one_balance(balances: list[Any], names: tuple[str, ...], where: str) -> Any:
    """The balance of the first of these names; each may stand once."""
    for name in names:
        found = [one for one in balances if code_of(one.tp.cd_or_prtry) == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise BankFileRefused(f"has {name} {len(found)} times", where=f"{where}/Bal")
    raise BankFileRefused(f"has no balance {' or '.join(names)}", where=f"{where}/Bal")


def _signed(balance: Any, where: str) -> int:
    minor = read_money(balance.amt, f"{where}/Amt").minor
    return minor if text_of(balance.cdt_dbt_ind) == "CRDT" else -minor


def _movements(entries: list[Any], where: str) -> Iterator[Movement]:
    for at, entry in enumerate(entries, 1):
        yield from _entry_movements(entry, f"{where}/Ntry[{at}]")


def _entry_movements(entry: Any, where: str) -> Iterator[Movement]:
    """An entry as one movement, or as the several payments that the bank booked together."""
    total = read_positive(entry.amt, f"{where}/Amt")
    details = [one for group in entry.ntry_dtls for one in group.tx_dtls]
    if len(details) <= 1:
        yield _movement(entry, details[0] if details else None, total, where)
        return
    parts = []
    for place, detail in enumerate(details, 1):
        below = f"{where}/TxDtls[{place}]"
        amount = _detail_amount(detail)
        if amount is None:
            raise BankFileRefused("has no amount of its own", where=below, allowed="Amt")
        parts.append(_movement(entry, detail, read_positive(amount, f"{below}/Amt"), below))
    together = sum(part.amount.minor for part in parts)
    if together != total.minor or {part.amount.currency for part in parts} != {total.currency}:
        raise BankFileRefused(
            f"its details are {format_minor(together, total.currency)} together, "
            f"the entry is {format_minor(total.minor, total.currency)}",
            where=where,
        )
    yield from parts


def _detail_amount(detail: Any) -> Any:
    if getattr(detail, "amt", None) is not None:
        return detail.amt
    given = getattr(detail.amt_dtls, "tx_amt", None)
    return None if given is None else given.amt


def _movement(entry: Any, detail: Any, amount: Amount, where: str) -> Movement:
    refs = getattr(detail, "refs", None)
    day = day_in(entry.bookg_dt) or day_in(entry.val_dt)
    status = code_of(entry.sts)
    if not day and status == "BOOK":
        raise BankFileRefused("has no date", where=where, allowed="BookgDt or ValDt")
    named = text_of(getattr(refs, "end_to_end_id", None))
    return Movement(
        reference=text_of(getattr(refs, "acct_svcr_ref", None))
        or text_of(entry.acct_svcr_ref)
        or text_of(entry.ntry_ref),
        amount=amount,
        credit=text_of(entry.cdt_dbt_ind) == "CRDT",
        day=day,
        status=status,
        end_to_end="" if named == END_TO_END_NONE else named,
        returned=bool(entry.rvsl_ind) or getattr(detail, "rtr_inf", None) is not None,
        text=text_of(entry.addtl_ntry_inf),
    )


def _header(message: Statements) -> dict[str, Any]:
    return {"MsgId": message.message, "CreDtTm": message.created}


def _account(one: Statement, created: str) -> dict[str, Any]:
    account = write_account(AccountParty(account=one.account))
    return {"Id": one.id, "CreDtTm": created, "Acct": {**account, "Ccy": one.currency}}


def _balance(name: str, minor: int | None, one: Statement) -> dict[str, Any]:
    if minor is None:
        raise BankFileRefused("a statement has two balances", where=one.id)
    return {
        "Tp": {"CdOrPrtry": {"Cd": name}},
        "Amt": write_money(Amount(minor=abs(minor), currency=one.currency)),
        "CdtDbtInd": "CRDT" if minor >= 0 else "DBIT",
        "Dt": {"Dt": one.day},
    }


def _entry(one: Movement) -> dict[str, Any]:
    refs = {"AcctSvcrRef": one.reference, "EndToEndId": one.end_to_end or END_TO_END_NONE}
    code = {"Domn": {"Cd": "PMNT", "Fmly": {"Cd": _family(one), "SubFmlyCd": "OTHR"}}}
    returned = {"Rsn": {"Cd": "NARR"}} if one.returned else None
    return {
        "Amt": write_money(one.amount),
        "CdtDbtInd": "CRDT" if one.credit else "DBIT",
        "Sts": {"Cd": one.status},
        "BookgDt": {"Dt": one.day},
        "ValDt": {"Dt": one.day},
        "AcctSvcrRef": one.reference,
        "BkTxCd": code,
        "NtryDtls": [{"TxDtls": [{"Refs": refs, "RtrInf": returned}]}],
        "AddtlNtryInf": one.text,
    }


def _family(one: Movement) -> str:
    return "RCDT" if one.credit else "ICDT"
