"""What no value can see alone: that the parts of a service file agree with each other.

Every check works on what could be read and stays silent where a value is missing: that is noted
already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tallystick.describe.agreed import check_agreed
from tallystick.describe.drawn import check_drawn
from tallystick.describe.lines import Path
from tallystick.describe.problems import Problems
from tallystick.ground.money import AMOUNT_MINOR_MAX, format_minor
from tallystick.standard.vocabulary import DILIGENCE

_Read = Mapping[str, Any]

# What a service cannot do without: (table, list, word).
NEEDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "remote_p2p": (("modes", "remote"),),
    "merchant_qr": (("modes", "proximate"), ("channels", "qr")),
    "mobile_banking": (("modes", "remote"),),
    "nfc_proximate": (("modes", "proximate"), ("channels", "nfc")),
    "e_money": (),
    "agent_cash": (),
    "offline_purse": (("services", "e_money"),),
}
_LIMITS = (
    "per_transaction", "per_day", "per_month", "balance", "receive_per_day", "receive_per_month",
)  # fmt: skip
_KNOWN_PERSON = DILIGENCE[DILIGENCE.index("identity_document") :]


def check_consistency(read: _Read, problems: Problems, *, currency: str) -> None:
    """Note where parts of the file contradict each other."""
    _check_services(read, problems)
    _check_shares(read.get("handset", []), problems)
    _check_once(read.get("handset", []), ("kind", "secure_environment"), "handset", problems)
    _check_once(read.get("crypto_module", []), ("name",), "crypto_module", problems)
    _check_once(read.get("data", []), ("kind",), "data", problems)
    _check_once(read.get("tier", []), ("name",), "tier", problems)
    _check_once(read.get("party", []), ("role", "name"), "party", problems)
    money = _Money(problems, currency)
    for position, tier in enumerate(read.get("tier", [])):
        _check_tier(tier, ("tier", position), money)
    _check_tier_order(read.get("tier", []), money)
    _check_volumes(read, money)
    _check_products(read, money)
    _check_data(read, problems)
    _check_once(read.get("acceptance", []), ("threat",), "acceptance", problems)
    _check_once(read.get("exception", []), ("requirement",), "exception", problems)
    _check_once(read.get("claim", []), ("control", "by"), "claim", problems)
    for position, one in enumerate(read.get("acceptance", [])):
        least = read.get("appetite", {}).get("scenario_expected_loss")
        money.at_least(one, "up_to", ("acceptance", position), least, "the appetite of a scenario")
    check_drawn(read, problems)
    check_agreed(read, problems, currency=currency)


class _Money:
    """Notes amounts that stand in the wrong order."""

    def __init__(self, problems: Problems, currency: str) -> None:
        self.problems, self.currency = problems, currency

    def positive(self, table: _Read, key: str, path: Path) -> None:
        if table.get(key) == 0:
            self.problems.add((*path, key), "found zero", "more than zero")

    def at_most(self, table: _Read, key: str, path: Path, most: int | None, what: str) -> None:
        value = table.get(key)
        if value is not None and most is not None and value > most:
            found = f"found {format_minor(value, self.currency)}"
            limit = format_minor(most, self.currency)
            self.problems.add((*path, key), found, f"at most {limit}, {what}")

    def at_least(self, table: _Read, key: str, path: Path, least: int | None, what: str) -> None:
        value = table.get(key)
        if value is not None and least is not None and value < least:
            found = f"found {format_minor(value, self.currency)}"
            limit = format_minor(least, self.currency)
            self.problems.add((*path, key), found, f"at least {limit}, {what}")


def _check_services(read: _Read, problems: Problems) -> None:
    service = read.get("service", {})
    offered = service.get("services", [])
    for name in offered:
        for key, word in NEEDS[name]:
            if key in service and word not in service[key]:
                problems.add(("service", key), f"{name} is offered without {word}", f'"{word}" too')
    used = {word for name in offered for key, word in NEEDS[name] if key == "modes"}
    if offered and "agent_cash" not in offered:
        for mode in service.get("modes", []):
            if mode not in used:
                problems.add(
                    ("service", "modes"), f"no service is {mode}", "modes of the services offered"
                )
    if "agent_cash" in offered and not read.get("agents", {}).get("count", 0):
        problems.add(("agents", "count"), "agent_cash is offered without agents", "at least 1")


def _check_shares(handsets: list[_Read], problems: Problems) -> None:
    shares = [handset.get("share_percent") for handset in handsets]
    if shares and None not in shares and sum(filter(None, shares)) != 100:
        total = sum(filter(None, shares))
        problems.add(("handset",), f"the shares add up to {total} percent", "100 percent")


def _check_once(tables: list[_Read], keys: tuple[str, ...], name: str, problems: Problems) -> None:
    labels = [tuple(table.get(key) for key in keys) for table in tables]
    counts: Counter[tuple[Any, ...]] = Counter()
    for position, label in enumerate(labels):
        counts[label] += 1
        if counts[label] > 1 and None not in label:
            said = " ".join(str(part) for part in label)
            problems.add((name, position), f'"{said}" stands twice', f"each {name} once")


def _check_tier(tier: _Read, path: Path, money: _Money) -> None:
    for key in ("per_transaction", "per_day", "per_month", "balance"):
        money.positive(tier, key, path)
    money.at_most(tier, "per_transaction", path, tier.get("per_day"), "the limit of a day")
    money.at_most(tier, "per_day", path, tier.get("per_month"), "the limit of a month")
    money.at_most(tier, "per_transaction", path, tier.get("balance"), "what the account may hold")
    for key in ("receive_per_day", "receive_per_month"):
        money.positive(tier, key, path)
    month = tier.get("receive_per_month")
    money.at_most(tier, "receive_per_day", path, month, "the limit of a month")


def _check_tier_order(tiers: list[_Read], money: _Money) -> None:
    """Who has shown less may not move more."""
    for position, tier in enumerate(tiers):
        for other in tiers:
            if "evidence" not in tier or "evidence" not in other:
                continue
            if DILIGENCE.index(tier["evidence"]) < DILIGENCE.index(other["evidence"]):
                what = f'as "{other.get("name", "another tier")}" has shown more'
                for key in _LIMITS:
                    money.at_most(tier, key, ("tier", position), other.get(key), what)


def _check_volumes(read: _Read, money: _Money) -> None:
    volumes, appetite = read.get("volumes", {}), read.get("appetite", {})
    operations, tiers = read.get("operations", {}), read.get("tier", [])
    largest = _largest(tiers, "per_transaction")
    for key in ("average_value", "average_balance", "person_day_cost"):
        money.positive(volumes, key, ("volumes",))
    money.at_most(volumes, "average_value", ("volumes",), largest, "the largest tier's limit")
    money.at_most(
        volumes, "average_balance", ("volumes",), _largest(tiers, "balance"), "the largest tier's"
    )
    money.positive(operations, "step_up_sum", ("operations",))
    for key in ("step_up", "transfer_step_up", "tee_max", "software_max"):
        money.at_most(operations, key, ("operations",), largest, "the largest tier's limit")
    for key in ("tee_max", "software_max"):
        money.positive(operations, key, ("operations",))
    most = operations.get("tee_max")
    money.at_most(operations, "software_max", ("operations",), most, "the cap of a TEE")
    for key in ("scenario_expected_loss", "annual_loss_95", "annual_loss_99"):
        money.positive(appetite, key, ("appetite",))
    money.at_most(
        appetite, "annual_loss_95", ("appetite",), appetite.get("annual_loss_99"),
        "as a year in 20 is milder than a year in 100",
    )  # fmt: skip


def _check_products(read: _Read, money: _Money) -> None:
    """Totals stay within what canonical JSON can hold."""
    volumes, agents = read.get("volumes", {}), read.get("agents", {})
    for table, count, key, path in (
        (volumes, volumes.get("customers"), "average_balance", ("volumes",)),
        (volumes, volumes.get("transactions_per_day"), "average_value", ("volumes",)),
        (agents, agents.get("count"), "float", ("agents",)),
    ):
        if count:
            what = "or the total is beyond what we can count"
            money.at_most(table, key, path, AMOUNT_MINOR_MAX // (4 * count), what)


def _largest(tiers: list[_Read], key: str) -> int | None:
    values = [tier.get(key) for tier in tiers]
    return max((value for value in values if value is not None), default=None)


def _check_data(read: _Read, problems: Problems) -> None:
    tiers, kinds = read.get("tier", []), [data.get("kind") for data in read.get("data", [])]
    if None in kinds or not kinds:
        return
    documented = any(tier.get("evidence") in _KNOWN_PERSON for tier in tiers)
    if documented and "kyc" not in kinds:
        problems.add(("data",), "a tier asks for documents, and none are kept", '"kyc" too')
    if "payments" not in kinds:
        problems.add(("data",), "payments are made, and no record is kept", '"payments" too')
