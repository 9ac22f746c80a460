"""The vocabulary of a service: what may be asked about it, and which answers there are.

The rules of the catalogue ask in these words (`standard.conditions`) and `describe` answers in
them, so that a question nobody can answer is found when the catalogue is read.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tallystick.ground.errors import Defect
from tallystick.ground.money import EXPONENTS


class AttributeType(enum.StrEnum):
    """How an attribute of a service is asked about."""

    WORDS = "words"
    """Some words of a closed list; asked with `has`."""
    WORD = "word"
    """Exactly one word of a closed list; asked with `in`."""
    NUMBER = "number"
    """A whole number; compared."""
    FLAG = "flag"
    """True or false; asked by its name alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One thing that can be asked about a service. `values` is empty for numbers and flags."""

    type: AttributeType
    means: str
    values: frozenset[str] = frozenset()


SERVICES = (
    "remote_p2p",
    "merchant_qr",
    "mobile_banking",
    "e_money",
    "nfc_proximate",
    "agent_cash",
    "offline_purse",
)
MODES = ("remote", "proximate")
CHANNELS = ("internet", "qr", "nfc", "sms", "ussd", "ble")
HANDSETS = ("android", "ios", "feature", "wearable", "browser")
ENVIRONMENTS = ("se", "tee", "software")
CRYPTO_MODULES = ("software", "hsm")
WITNESSES = ("self", "rfc3161", "cosigner")
DATA = (
    "identity", "kyc", "contact", "device", "payments", "messages", "screening",
    "monitoring", "biometric", "location", "evidence",
)  # fmt: skip
PARTIES = (
    "provider", "customer", "merchant", "agent", "trust_bank", "mobile_operator", "acquirer",
    "issuer", "payment_scheme", "processor", "token_service_provider",
    "secure_element_issuer", "laboratory", "supervisor",
)  # fmt: skip
CLAIM_STATES = ("self_declared", "tested", "certified")
DILIGENCE = ("none", "mobile_number", "identity_document", "verified_identity", "enhanced")

JURISDICTIONS = tuple(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905
)
"""ISO 3166-1 alpha-2."""


def _words(means: str, values: tuple[str, ...]) -> Attribute:
    return Attribute(type=AttributeType.WORDS, means=means, values=frozenset(values))


def _word(means: str, values: tuple[str, ...]) -> Attribute:
    return Attribute(type=AttributeType.WORD, means=means, values=frozenset(values))


def _number(means: str) -> Attribute:
    return Attribute(type=AttributeType.NUMBER, means=means)


def _flag(means: str) -> Attribute:
    return Attribute(type=AttributeType.FLAG, means=means)


VOCABULARY: Mapping[str, Attribute] = {
    "jurisdiction": _word("country whose law applies (ISO 3166-1 alpha-2)", JURISDICTIONS),
    "currency": _word("the service's currency (ISO 4217)", tuple(EXPONENTS)),
    "services": _words("what is offered to customers", SERVICES),
    "modes": _words("modes of operation", MODES),
    "channels": _words("ways in which orders and offers travel", CHANNELS),
    "parties": _words("who takes part", PARTIES),
    "handsets": _words("kinds of mobile device", HANDSETS),
    "handsets.software_permille": _number("share of devices without SE or TEE, in permille"),
    "environments": _words("where keys live on the device", ENVIRONMENTS),
    "crypto_modules": _words("kinds of crypto module at the provider", CRYPTO_MODULES),
    "crypto_modules.certified": _flag("every crypto module carries a certificate"),
    "witness": _word("who vouches for checkpoints", WITNESSES),
    "data": _words("kinds of personal data that are kept", DATA),
    "data.days_max": _number("longest retention of any kind of data, in days"),
    "diligence": _words("levels of customer due diligence in use", DILIGENCE),
    "tiers.count": _number("number of due-diligence tiers"),
    "tiers.anonymous": _flag("some tier asks for no more than a mobile number"),
    "agents.count": _number("number of agents"),
    "customers.count": _number("number of customers"),
    "transactions.per_day": _number("payments on an average day"),
}


FactValue: TypeAlias = bool | int | str | frozenset[str]


class ServiceFacts(Mapping[str, FactValue]):
    """The answers of one service: every attribute of the vocabulary, each of its own type.

    Refuses: Defect for a missing or foreign attribute and for a value of the wrong type.
    """

    __slots__ = ("_answers",)

    def __init__(self, answers: Mapping[str, FactValue]) -> None:
        if answers.keys() != VOCABULARY.keys():
            odd = sorted(answers.keys() ^ VOCABULARY.keys())
            raise Defect(f"facts of a service missing or not in the vocabulary: {odd}")
        for name, value in answers.items():
            _check_value(name, value)
        self._answers = dict(answers)

    def __getitem__(self, name: str) -> FactValue:
        if name not in self._answers:
            raise Defect(f"{name!r} is not in the vocabulary of a service")
        return self._answers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)


def _check_value(name: str, value: FactValue) -> None:
    attribute = VOCABULARY[name]
    if attribute.type is AttributeType.FLAG:
        sound = type(value) is bool
    elif attribute.type is AttributeType.NUMBER:
        sound = type(value) is int
    elif attribute.type is AttributeType.WORD:
        sound = isinstance(value, str) and value in attribute.values
    else:
        sound = isinstance(value, frozenset) and value <= attribute.values
    if not sound:
        raise Defect(f"{value!r} cannot answer {name!r}, which is asked as {attribute.type}")
