"""What a service file says of fees, exchange and sleeping accounts: whether it holds together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.describe.lines import Path
from tallystick.describe.problems import Problems
from tallystick.ground.money import format_minor
from tallystick.standard import SERVER_KINDS

_Read = Mapping[str, Any]

OFFERED_BY: Mapping[str, tuple[str, ...]] = {
    # An operation that customers see belongs to services; one of them is enough.
    "remote.pay": ("remote_p2p",),
    "merchant.pay": ("merchant_qr",),
    "reservation.make": ("merchant_qr",),
    "reservation.capture": ("merchant_qr",),
    "reservation.release": ("merchant_qr",),
    "reservation.list": ("merchant_qr",),
    "purse.load": ("offline_purse",),
    "purse.deposit": ("offline_purse",),
    "purse.unload": ("offline_purse",),
    "purse.reserve": ("offline_purse",),
    "banking.balance": ("mobile_banking", "e_money"),
    "banking.statement": ("mobile_banking", "e_money"),
    "banking.transfer": ("mobile_banking", "e_money"),
    "agent.cash_in": ("agent_cash",),
    "agent.cash_out": ("agent_cash",),
    # Partners pay and collect electronic money.
    **dict.fromkeys(
        (
            "code.create",
            "code.reserve",
            "code.release",
            "mandate.create",
            "authority.end",
            "request.list",
            "request.approve",
            "request.decline",
            "partner.register",
            "interop.find",
            "interop.show",
            "interop.pay",
            *SERVER_KINDS,
        ),
        ("e_money",),
    ),
}


def check_agreed(read: _Read, problems: Problems, *, currency: str) -> None:
    """Note fees that nobody could ask for, and pairs that are not of this service."""
    offered = read.get("service", {}).get("services")
    seen: set[str] = set()
    for position, fee in enumerate(read.get("fee", [])):
        path: Path = ("fee", position)
        operation = fee.get("operation")
        if operation in seen:
            problems.add(path, f"a second fee of {operation}", "one fee for each operation")
        if operation is not None:
            seen.add(operation)
            if offered is not None and not set(OFFERED_BY[operation]) & set(offered):
                allowed = f"{' or '.join(OFFERED_BY[operation])} among the services"
                problems.add((*path, "operation"), f"{operation} is not offered", allowed)
        _check_fee(fee, path, problems, currency)
    _check_pairs(read, problems)


def _check_fee(fee: _Read, path: Path, problems: Problems, currency: str) -> None:
    operation, payer = fee.get("operation", ""), fee.get("paid_by", "payer")
    by_agent = operation.startswith("agent.")
    if not any(fee.get(key) for key in ("flat", "permille", "minimum")):
        problems.add(path, "it costs nothing", "flat, permille or minimum above zero")
    least, most = fee.get("minimum", 0), fee.get("maximum")
    if most is not None and (most < least or most == 0):
        found = f"found {format_minor(most, currency)}"
        problems.add((*path, "maximum"), found, "more than zero, and not below the minimum")
    if operation and "agent_percent" in fee and not by_agent:
        problems.add((*path, "agent_percent"), f"no agent takes part in {operation}", "no share")
    if operation and payer == "provider" and not by_agent:
        problems.add((*path, "paid_by"), "the provider pays agents only", "payer or payee")
    if payer == "provider" and fee.get("agent_percent", 100) != 100:
        problems.add((*path, "agent_percent"), "a commission is the agent's", "100, or nothing")
    if operation == "banking.transfer" and payer != "payer":
        problems.add((*path, "paid_by"), "a bank account pays no fee here", "payer")


def _check_pairs(read: _Read, problems: Problems) -> None:
    service = read.get("service", {})
    home, offered = service.get("currency"), service.get("services", [])
    seen: set[frozenset[str]] = set()
    for position, pair in enumerate(read.get("fx", [])):
        path: Path = ("fx", position)
        base, quote = pair.get("base"), pair.get("quote")
        if base is None or quote is None:
            continue
        if base == quote:
            problems.add(path, f"{base} against itself", "two currencies")
        elif home is not None and home not in (base, quote):
            problems.add(path, f"{base} against {quote}", f"{home} on one side")
        if frozenset({base, quote}) in seen:
            problems.add(path, f"{base} and {quote} stand twice", "each pair once")
        seen.add(frozenset({base, quote}))
        if "e_money" not in offered:
            problems.add(path, "an exchange without e_money", "e_money among the services")
