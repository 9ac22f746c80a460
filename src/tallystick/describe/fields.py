"""The shape of a service file, as data: what may stand where, and what it means.

One table serves three purposes: reading (`reading`), the JSON Schema that editors use (`schema`),
and the reference page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from tallystick.ground.money import EXPONENTS
from tallystick.standard import ASSETS, FEE_KINDS, PAID_BY, PARAMETERS
from tallystick.standard.positions import COMPONENT_KINDS, FLOW_CHANNELS, PROTECTIONS, ZONES
from tallystick.standard.thresholds import ACTIONS, TYPOLOGY_STARTS
from tallystick.standard.vocabulary import (
    CHANNELS,
    CLAIM_STATES,
    CRYPTO_MODULES,
    DATA,
    DILIGENCE,
    ENVIRONMENTS,
    HANDSETS,
    JURISDICTIONS,
    MODES,
    PARTIES,
    SERVICES,
    WITNESSES,
)

COUNT_MAX = 10_000_000_000
DAYS_MAX = 36_500


class Kind(Enum):
    """What a value of the file is."""

    NAME = auto()
    ID = auto()
    WORD = auto()
    WORDS = auto()
    MONEY = auto()
    COUNT = auto()
    NAMES = auto()
    ENTRY = auto()
    ENTRIES = auto()
    DAY = auto()
    RATE = auto()
    TABLE = auto()
    TABLES = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of the file. `least` and `most` bound numbers, and how many tables or words."""

    kind: Kind
    means: str
    required: bool = True
    values: tuple[str, ...] = ()
    least: int = 0
    most: int = COUNT_MAX
    fields: Mapping[str, Field] = field(default_factory=dict)


def _name(means: str, *, required: bool = True) -> Field:
    return Field(kind=Kind.NAME, means=means, required=required)


def _id(means: str) -> Field:
    return Field(kind=Kind.ID, means=means)


def _word(means: str, values: tuple[str, ...], *, required: bool = True) -> Field:
    return Field(kind=Kind.WORD, means=means, values=values, required=required)


def _words(means: str, values: tuple[str, ...]) -> Field:
    return Field(kind=Kind.WORDS, means=means, values=values, least=1)


def _money(means: str, *, required: bool = True) -> Field:
    return Field(kind=Kind.MONEY, means=means, required=required)


def _count(means: str, least: int = 0, most: int = COUNT_MAX, *, required: bool = True) -> Field:
    return Field(kind=Kind.COUNT, means=means, least=least, most=most, required=required)


def _names(means: str, least: int = 1, most: int = 20, *, required: bool = True) -> Field:
    return Field(kind=Kind.NAMES, means=means, least=least, most=most, required=required)


def _entry(means: str) -> Field:
    return Field(kind=Kind.ENTRY, means=means)


def _entries(means: str) -> Field:
    return Field(kind=Kind.ENTRIES, means=means, most=20, required=False)


def _day(means: str) -> Field:
    return Field(kind=Kind.DAY, means=means)


def _rate(means: str) -> Field:
    return Field(kind=Kind.RATE, means=means)


def _table(means: str, fields: Mapping[str, Field], *, required: bool = True) -> Field:
    return Field(kind=Kind.TABLE, means=means, fields=fields, required=required)


def _tables(means: str, fields: Mapping[str, Field], *, least: int = 1) -> Field:
    return Field(
        kind=Kind.TABLES, means=means, fields=fields, least=least, most=100, required=least > 0
    )


def _parameter_tables() -> Mapping[str, Field]:
    """`[parameters]`: `pin.tries_max = 3` is, in TOML, a table `pin` with a key `tries_max`."""
    groups: dict[str, dict[str, Field]] = {}
    for name, means in PARAMETERS.items():
        group, _, last = name.partition(".")
        if group != "retention":
            groups.setdefault(group, {})[last] = _count(means, 1, 1_000_000, required=False)
    return {
        group: _table(f"parameters of {group}", fields, required=False)
        for group, fields in groups.items()
    }


def _typology_tables() -> Mapping[str, Field]:
    """`[typologies.velocity]`: its window, what it does, and its own numbers."""
    tables = {}
    for name, start in TYPOLOGY_STARTS.items():
        numbers = {number: _count("its threshold", 1, required=False) for number in start.numbers}
        tables[name] = _table(
            f"how {name} is tuned",
            {
                "window_s": _count("how far back it looks", 1, 366 * 86_400, required=False),
                "action": _word("what it does with a payment", ACTIONS, required=False),
                **numbers,
            },
            required=False,
        )
    return tables


_DECIDED: Mapping[str, Field] = {
    "reason": _name("why, in a sentence"),
    "approved_by": _names("the people who decided, two at least", 2),
    "until": _day("the last day on which it holds"),
}
"""What every decision against a safeguard carries: a reason, four eyes, an end."""

DRAWN_MAX = 4_000
"""Most components, and most flows, that one file may draw."""


def _drawn(means: str, fields: Mapping[str, Field]) -> Field:
    return Field(kind=Kind.TABLES, means=means, fields=fields, most=DRAWN_MAX, required=False)


def _some(means: str, values: tuple[str, ...]) -> Field:
    """Any of some words, or none."""
    return Field(kind=Kind.WORDS, means=means, values=values, required=False)


_COMPONENT: Mapping[str, Field] = {
    "id": _id("a short id for the component"),
    "kind": _word("what it is", tuple(COMPONENT_KINDS)),
    "zone": _word("where it stands, if not where its kind does", tuple(ZONES), required=False),
    "holds": _some("assets that live there, if not those of its kind", tuple(ASSETS)),
}
_FLOW: Mapping[str, Field] = {
    "from": _id("the component from which data flows"),
    "to": _id("the component to which it flows"),
    "channel": _word("the way that it takes", FLOW_CHANNELS),
    "carries": _some("assets that it carries", tuple(ASSETS)),
    "protected": _word("how it is protected; none when left out", PROTECTIONS, required=False),
}

_FEE: Mapping[str, Field] = {
    "operation": _word("the operation that costs it", FEE_KINDS),
    "paid_by": _word("whose money it is taken from", PAID_BY),
    "flat": _money("a fixed part", required=False),
    "permille": _count("a part of the amount, in thousandths", 0, 1_000, required=False),
    "minimum": _money("it is never less", required=False),
    "maximum": _money("it is never more", required=False),
    "agent_percent": _count("the agent's share of it; the rest is income", 0, 100, required=False),
}
_FX: Mapping[str, Field] = {
    "base": _word("one currency (ISO 4217)", tuple(EXPONENTS)),
    "quote": _word("the other one", tuple(EXPONENTS)),
    "rate": _rate("how much of the quote currency one unit of the base is worth"),
    "spread_permille": _count("what the provider keeps of an exchange, in thousandths", 0, 500),
    "until": _day("the last day on which the rate is good"),
}

SHAPE = _table(
    "A mobile financial service.",
    {
        "provider": _table(
            "Who provides the service.",
            {
                "name": _name("the provider's name"),
                "id": _id("a short id for the provider"),
                "jurisdiction": _word("country whose law applies (ISO 3166-1)", JURISDICTIONS),
            },
        ),
        "service": _table(
            "What is offered, how, and over what.",
            {
                "name": _name("the service's name"),
                "id": _id("a short id for the service; part of every message's audience"),
                "currency": _word("the service's one currency (ISO 4217)", tuple(EXPONENTS)),
                "services": _words("what customers can do", SERVICES),
                "modes": _words("modes of operation", MODES),
                "channels": _words("ways in which orders and offers travel", CHANNELS),
            },
        ),
        "party": _tables(
            "Others who take part.",
            {"role": _word("the party's role", PARTIES), "name": _name("the party's name")},
            least=0,
        ),
        "handset": _tables(
            "Kinds of mobile device in customers' hands.",
            {
                "kind": _word("the kind of device", HANDSETS),
                "secure_environment": _word("where its keys live", ENVIRONMENTS),
                "share_percent": _count("its share of all devices, in percent", 1, 100),
            },
        ),
        "crypto_module": _tables(
            "Crypto modules at the provider.",
            {
                "name": _name("the module's name"),
                "kind": _word("the kind of module", CRYPTO_MODULES),
                "certificate": _name("number of its certificate, if it has one", required=False),
            },
        ),
        "evidence": _table(
            "Who vouches for the evidence log, and how long it is kept.",
            {
                "witness": _word("who vouches for checkpoints", WITNESSES),
                "retention_days": _count(
                    "how long the facts of an operation are kept", 1, DAYS_MAX
                ),
            },
        ),
        "data": _tables(
            "Personal data that is kept, and for how long.",
            {
                "kind": _word("the kind of data", DATA),
                "retention_days": _count("how long it is kept after its use", 1, DAYS_MAX),
            },
        ),
        "tier": _tables(
            "Due-diligence tiers: what is known about a customer and what the customer may do.",
            {
                "name": _id("the tier's name"),
                "evidence": _word("what the customer has shown", DILIGENCE),
                "per_transaction": _money("most that one payment may move"),
                "per_day": _money("most that may be paid in a day"),
                "per_month": _money("most that may be paid in a month"),
                "balance": _money("most that the account may hold"),
                "receive_per_day": _money(
                    "most that may be received in a day; no limit when left out", required=False
                ),
                "receive_per_month": _money(
                    "most that may be received in a month; no limit when left out", required=False
                ),
            },
        ),
        "agents": _table(
            "People who take cash in and pay it out.",
            {
                "count": _count("how many there are"),
                "float": _money("most electronic money that one agent holds"),
            },
            required=False,
        ),
        "fee": _tables("What an operation costs.", _FEE, least=0),
        "fx": _tables("Pairs of currencies that customers may exchange.", _FX, least=0),
        "dormancy": _table(
            "When an account that nobody uses is put to sleep.",
            {"after_days": _count("days without an order of the holder's own", 1, DAYS_MAX)},
            required=False,
        ),
        "volumes": _table(
            "How much the service is used.",
            {
                "customers": _count("customers", 1),
                "transactions_per_day": _count("payments on an average day", 1),
                "average_value": _money("average value of a payment"),
                "average_balance": _money("average balance of a customer"),
                "person_day_cost": _money("cost of one day of one person's work"),
            },
        ),
        "appetite": _table(
            "The loss that the owner accepts.",
            {
                "scenario_expected_loss": _money("of one scenario, in an average year"),
                "annual_loss_95": _money("of all scenarios, in the worst year of 20"),
                "annual_loss_99": _money("of all scenarios, in the worst year of 100"),
            },
        ),
        "operations": _table(
            "What the owner asks of payments beyond the tiers.",
            {
                "step_up": _money("from this amount on the transaction PIN is asked for"),
                "transfer_step_up": _money(
                    "the same for transfers to a bank; 0 when left out: always", required=False
                ),
                "tee_max": _money("most that a device with keys in a TEE may move", required=False),
                "software_max": _money(
                    "most that a device with keys in software may move", required=False
                ),
                "step_up_sum": _money(
                    "the PIN is asked for when so much was moved since it was last verified",
                    required=False,
                ),
                "reversal_days": _count(
                    "how long the back office may reverse a payment; 7 when left out",
                    1,
                    366,
                    required=False,
                ),
                "refund_days": _count(
                    "how long a payee may give a payment back; 90 when left out",
                    1,
                    3_660,
                    required=False,
                ),
                "hold_days": _count(
                    "after so long a transfer to a bank that nobody settled may be given back; "
                    "no reservation for a merchant is longer; 14 when left out",
                    1,
                    366,
                    required=False,
                ),
            },
        ),
        "parameters": _table(
            "Policy parameters that the owner wants stricter than the catalogue's.",
            _parameter_tables(),
            required=False,
        ),
        "typologies": _table(
            "How monitoring is tuned, where the owner wants other thresholds.",
            _typology_tables(),
            required=False,
        ),
        "catalogue": _table(
            "The owner's own threats, countermeasures and requirements.",
            {"extend": _names("TOML files beside this one, with entries of the owner's")},
            required=False,
        ),
        "acceptance": _tables(
            "A risk that the owner accepts beyond the appetite, for a time.",
            {
                "threat": _entry("the threat whose scenario may cost more"),
                "up_to": _money("expected loss of a year up to which it is accepted"),
                **_DECIDED,
            },
            least=0,
        ),
        "exception": _tables(
            "A requirement that the owner does not meet, for a time. It stays open.",
            {
                "requirement": _entry("the requirement that is not met"),
                "compensation": _entries("countermeasures that are put in force instead"),
                **_DECIDED,
            },
            least=0,
        ),
        "claim": _tables(
            "What stands behind a countermeasure today, and how far it can be relied on.",
            {
                "control": _entry("the countermeasure"),
                "state": _word("how well it is shown to work", CLAIM_STATES),
                "by": _name("who says so"),
                "until": _day("the last day on which that holds"),
            },
            least=0,
        ),
        "component": _drawn("Elements of the architecture, added or refined.", _COMPONENT),
        "flow": _drawn("Data that flows between elements.", _FLOW),
    },
)

DECISIONS = ("acceptance", "exception", "claim")
"""The parts of a service file that name entries of the catalogue."""
