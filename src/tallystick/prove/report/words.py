"""Numbers, instants and words of the artefacts, written for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from tallystick.ground.money import EXPONENTS, parse_amount

_NARROW = "\N{NARROW NO-BREAK SPACE}"
_KEPT = "\N{NO-BREAK SPACE}"
_HARMFUL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_UNITS = ("", "k", "M", "bn", "tn")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

# Words of the service file as they are read aloud.
SPOKEN: Mapping[str, str] = {
    "remote_p2p": "Payments between customers",
    "merchant_qr": "Payments to merchants by QR code",
    "mobile_banking": "Mobile banking",
    "e_money": "Electronic money",
    "nfc_proximate": "Proximate payments by NFC",
    "agent_cash": "Cash in and out at agents",
    "offline_purse": "Payments without a network",
    "internet": "Internet",
    "qr": "QR code",
    "nfc": "NFC",
    "sms": "SMS",
    "ussd": "USSD",
    "ble": "Bluetooth LE",
    "android": "Android",
    "ios": "iOS",
    "feature": "Feature phone",
    "wearable": "Wearable",
    "browser": "Browser",
    "se": "in a secure element (SE)",
    "tee": "in a trusted execution environment (TEE)",
    "software": "in software",
    "hsm": "in a hardware security module (HSM)",
    "none": "Nothing",
    "enhanced": "Enhanced due diligence",
    "self": "nobody but the provider",
    "rfc3161": "a time-stamping authority",
    "cosigner": "another signer",
    "trust_bank": "Trust bank",
    "mobile_operator": "Mobile operator",
    "payment_scheme": "Payment scheme",
    "token_service_provider": "Token service provider",
    "secure_element_issuer": "Secure element issuer",
    "proximate": "proximate",
    "remote": "remote",
    "remote.pay": "Payment to another customer",
    "merchant.pay": "Payment to a merchant",
    "reservation.make": "Money reserved for a merchant",
    "banking.transfer": "Transfer to a bank account",
}

# What a payment is asked in each room (docs/walk.md).
QUESTIONS: Mapping[str, str] = {
    "device.authenticated": "Which device is this, and is it bound?",
    "application.sound": "Is the application still ours?",
    "message.fresh": "Is the message new?",
    "customer.authenticated": "Is it the customer?",
    "intent.signed": "Did the customer sign what was shown?",
    "payee.resolved": "Is the payee in our register, under the name shown?",
    "tier.within": "May these tiers move and hold this much?",
    "parties.clear": "Is either of them listed?",
    "risk.acceptable": "Does it look like abuse?",
    "transfer.posted": "Is it posted once, and do the books balance?",
    "receipt.bound": "Is the receipt bound to the evidence log?",
}


def say(word: str) -> str:
    """A word of the vocabulary as it is read aloud.

    >>> say("tee"), say("laboratory")
    ('in a trusted execution environment (TEE)', 'Laboratory')
    """
    return SPOKEN.get(word) or word.replace("_", " ").capitalize()


def money(minor: int, currency: str) -> str:
    """An amount of at least 0, rounded to three digits, with its currency.

    >>> [money(n, "KES").replace("\\xa0", " ") for n in (14_420_500_000, 118_000_000, 150_000)]
    ['144 M KES', '1.2 M KES', '1500 KES']
    """
    return f"{_KEPT.join(_spoken(minor, currency))}{_KEPT}{currency}"


def money_range(low: int, high: int, currency: str) -> str:
    """From low to high, the unit said once where it is the same.

    >>> money_range(5_765_860_000, 36_604_800_000, "KES").replace("\\xa0", " ")
    '57.7 to 366 M KES'
    """
    one, two = _spoken(low, currency), _spoken(high, currency)
    if one == two:
        return money(low, currency)
    first = one[0] if one[1:] == two[1:] else _KEPT.join(one)
    return f"{first} to {money(high, currency)}"


def exact(minor: int, currency: str) -> str:
    """An amount to the last minor unit, without decimals where there are none.

    >>> exact(7_000_000, "KES").replace("\\u202f", " ").replace("\\xa0", " "), exact(5, "UGX")
    ('70 000 KES', '5\\xa0UGX')
    """
    whole, part = divmod(minor, 10 ** EXPONENTS[currency])
    decimals = f".{part:0{EXPONENTS[currency]}d}" if part else ""
    return f"{count(whole)}{decimals}{_KEPT}{currency}"


def tick(minor: int, currency: str) -> str:
    """A round amount as short as it gets, for the axis of a chart.

    >>> tick(5_000_000, "KES"), tick(100_000_000, "KES")
    ('50\\xa0k', '1\\xa0M')
    """
    return _KEPT.join(_rounded(minor, 10 ** EXPONENTS[currency]))


def round_amounts(words: str, currency: str) -> str:
    """A sentence of an artefact with its amounts rounded.

    >>> round_amounts("prevent 22913.02 KES a year", "KES").replace("\\u202f", " ")
    'prevent 22 900\\xa0KES a year'
    """
    amount = re.compile(rf"\b(\d+(?:\.\d+)?) {re.escape(currency)}\b")
    return amount.sub(lambda found: money(parse_amount(found[1], currency).minor, currency), words)


def _spoken(minor: int, currency: str) -> tuple[str, ...]:
    """Number and unit; below a million the number is written out."""
    scale = 10 ** EXPONENTS[currency]
    whole = (minor + scale // 2) // scale
    if whole >= 999_500:
        return _rounded(minor, scale)
    if whole < 10:
        return _rounded(minor, scale)
    step = 10 ** max(len(str(whole)) - 3, 0)
    return (count((whole + step // 2) // step * step),)


def _rounded(minor: int, scale: int) -> tuple[str, ...]:
    """Up to three digits and the unit that goes with them; halves are rounded up."""
    for place, unit in enumerate(_UNITS):
        size = scale * 1000**place
        tenths = (minor * 10 + size // 2) // size
        if tenths < 9_995 or unit == _UNITS[-1]:
            break
    if tenths >= 1_000 or tenths % 10 == 0:
        return _with((minor + size // 2) // size, 0, unit)
    return _with(tenths // 10, tenths % 10, unit)


def _with(whole: int, tenth: int, unit: str) -> tuple[str, ...]:
    number = f"{whole}.{tenth}" if tenth else str(whole)
    return (number, unit) if unit else (number,)


def days(millidays: int) -> str:
    """Person-days, from thousandths of one; tenths only where there are few.

    >>> days(1_015_688).replace("\\u202f", " "), days(7_250), days(21_000)
    ('1016', '7.3', '21')
    """
    tenths = (millidays + 50) // 100
    if tenths >= 1_000 or tenths % 10 == 0:
        return count((millidays + 500) // 1000)
    return f"{tenths // 10}.{tenths % 10}"


def often(ppm: int) -> str:
    """How often something happens, from millionths of a time a year.

    >>> often(94_868), often(2_500_000), often(0), often(700_000)
    ('once in 10.5 years', '2.5 times a year', 'never', 'once in 1.4 years')
    """
    if ppm <= 0:
        return "never"
    if ppm >= 1_000_000:
        return f"{days(ppm // 1000)} times a year"
    return f"once in {days(1_000_000_000 // ppm)} years"


def harmless(value: object) -> object:
    """What is printed, without the letters that no page may carry or that turn its reading order.

    >>> harmless("a\\x00b\\u202ec"), harmless(5)
    ('a\\ufffdb\\ufffdc', 5)
    """
    return _HARMFUL.sub("\N{REPLACEMENT CHARACTER}", value) if type(value) is str else value


def count(number: int) -> str:
    """A whole number with its thousands apart.

    >>> count(120000).replace("\\u202f", " "), count(4000)
    ('120 000', '4000')
    """
    return str(number) if abs(number) < 10_000 else f"{number:,}".replace(",", _NARROW)


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun.

    >>> counted(1, "attack"), counted(2, "attack"), counted(0, "entry", "entries")
    ('1 attack', '2 attacks', '0 entries')
    """
    return f"{count(number)} {noun if number == 1 else plural or noun + 's'}"


def percent(permille: int) -> str:
    """A share.

    >>> percent(350), percent(5)
    ('35\\xa0%', '0.5\\xa0%')
    """
    whole, part = divmod(permille, 10)
    return f"{whole}.{part}{_KEPT}%" if part else f"{whole}{_KEPT}%"


def day(at_ms: int) -> str:
    """The UTC calendar day.

    >>> day(0)
    '1 January 1970'
    """
    when = _when(at_ms)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def spelled(date: str) -> str:
    """A calendar day of a file, read aloud.

    >>> spelled("2027-06-30").replace("\\xa0", " ")
    '30 June 2027'
    """
    year, month, day_of_month = date.split("-")
    return _KEPT.join((str(int(day_of_month)), _MONTHS[int(month) - 1], year))


def date(at_ms: int) -> str:
    """The UTC calendar day as tables have it.

    >>> date(0)
    '1970-01-01'
    """
    return _when(at_ms).strftime("%Y-%m-%d")


def moment(at_ms: int) -> str:
    """The instant to the second.

    >>> moment(0)
    '1970-01-01 00:00:00 UTC'
    """
    return _when(at_ms).strftime("%Y-%m-%d %H:%M:%S UTC")


def short(digest: str) -> str:
    """The first 16 hex digits of a digest, in fours: enough to compare by eye.

    >>> short("sha256:0123456789abcdef0123456789abcdef")
    '0123 4567 89ab cdef'
    """
    digits = digest.removeprefix("sha256:")[:16]
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def plainly(condition: str) -> str:
    """A condition of the catalogue, nearer to how people say it.

    >>> plainly('channels has "ble" or crypto_modules has "hsm"')
    'Bluetooth LE among channels or HSM among crypto modules'
    >>> plainly("agents.count > 0")
    'agents'
    """

    def told(found: re.Match[str]) -> str:
        spoken = say(found[2])
        word = found[2].upper() if spoken.startswith("in ") else spoken
        return f"{word} among {found[1].replace('_', ' ')}"

    condition = re.sub(r"(\w+)\.count > 0", r"\1", condition)
    return re.sub(r'(\w+) has "(\w+)"', told, condition)


def listed(words: list[str]) -> str:
    """Words in a row.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _when(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, tz=UTC)
