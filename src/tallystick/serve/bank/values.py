"""Single values of bank messages: amounts, days, instants, accounts, banks."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from tallystick.ground.clock import iso_instant
from tallystick.ground.money import AMOUNT_MINOR_MAX, EXPONENTS, Amount, format_minor
from tallystick.serve.bank.model import AccountParty
from tallystick.serve.bank.refusals import BankFileRefused, quoted

if TYPE_CHECKING:
    from xsdata.models.datatype import XmlDateTime


def read_money(node: Any, where: str) -> Amount:
    """An amount with its currency, exactly. Refuses: BankFileRefused; nothing is rounded."""
    value, currency = node.value, str(node.ccy)
    if currency not in EXPONENTS:
        raise BankFileRefused(
            f"unknown currency {quoted(currency)}", where=where, allowed=", ".join(EXPONENTS)
        )
    decimals = max(0, -int(value.as_tuple().exponent))
    if decimals > EXPONENTS[currency]:
        raise BankFileRefused(
            f"{value} {currency} has {decimals} decimals",
            where=where,
            allowed=f"at most {EXPONENTS[currency]}",
        )
    minor = int(value.scaleb(EXPONENTS[currency]))
    if minor > AMOUNT_MINOR_MAX:
        raise BankFileRefused(f"{value} {currency} is too much", where=where)
    return Amount(minor=minor, currency=currency)


def read_positive(node: Any, where: str) -> Amount:
    """An amount above zero. Refuses: BankFileRefused."""
    amount = read_money(node, where)
    if amount.minor == 0:
        raise BankFileRefused("nothing is moved", where=where, allowed="an amount above zero")
    return amount


def write_money(amount: Amount) -> dict[str, Any]:
    """An amount as an element with its currency."""
    text = format_minor(amount.minor, amount.currency)
    return {"value": Decimal(text), "Ccy": amount.currency}


def write_sum(amounts: list[Amount]) -> Decimal:
    """A control sum."""
    total = sum(amount.minor for amount in amounts)
    return Decimal(format_minor(total, amounts[0].currency))


def text_of(value: Any) -> str:
    """A string or the word of an enumeration; empty when it is not there."""
    if value is None:
        return ""
    return str(value.value if isinstance(value, Enum) else value)


def code_of(choice: Any) -> str:
    """The code of a choice between a code and a proprietary word, or of a bare code."""
    if choice is None:
        return ""
    if hasattr(choice, "cd") or hasattr(choice, "prtry"):
        return text_of(getattr(choice, "cd", None)) or text_of(getattr(choice, "prtry", None))
    return text_of(choice)


def instant_of(value: XmlDateTime | None) -> str:
    """An instant of a file as RFC 3339 in UTC, whole seconds; a file's local time counts as UTC."""
    if value is None:
        return ""
    at = value.to_datetime()
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return iso_instant(round(at.timestamp() * 1000))


def day_in(choice: Any) -> str:
    """The day of a choice between a date and an instant, as the file writes it."""
    if choice is None:
        return ""
    chosen = choice.dt if getattr(choice, "dt", None) is not None else choice.dt_tm
    return f"{chosen.year:04d}-{chosen.month:02d}-{chosen.day:02d}"


def party_of(party: Any, account: Any, agent: Any) -> AccountParty:
    """Name, account and bank of one side."""
    return AccountParty(
        name=text_of(getattr(party, "nm", None)),
        account=account_of(account),
        bic=bic_of(agent),
    )


def account_of(account: Any) -> str:
    """IBAN, else the other identification."""
    if account is None:
        return ""
    return text_of(account.id.iban) or text_of(getattr(account.id.othr, "id", None))


def bic_of(agent: Any) -> str:
    """A bank's BIC; older messages call it BIC, newer ones BICFI."""
    bank = getattr(agent, "fin_instn_id", None)
    return text_of(getattr(bank, "bicfi", None)) or text_of(getattr(bank, "bic", None))


def write_account(party: AccountParty) -> dict[str, Any]:
    """An account by IBAN where it looks like one."""
    iban = party.account[:2].isalpha() and party.account[2:4].isdigit()
    return {"Id": {"IBAN": party.account} if iban else {"Othr": {"Id": party.account}}}


def write_agent(bic: str) -> dict[str, Any]:
    """A bank by its BIC, or a bank that is not named."""
    if bic:
        return {"FinInstnId": {"BICFI": bic}}
    return {"FinInstnId": {"Othr": {"Id": "NOTPROVIDED"}}}
