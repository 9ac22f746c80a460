"""Who is meant: identifiers of accounts, in paths and in parties."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ground.identifiers import AccountId
from tallystick.protect.corridor import Partners
from tallystick.protect.partners import Partner
from tallystick.serve.mobile_money.errors import malformed, not_found
from tallystick.serve.mobile_money.shapes import Pair

ACCOUNT_KEYS = ("walletid", "accountid")
MANDATE, MSISDN = "mandatereference", "msisdn"
KEYS = (*ACCOUNT_KEYS, MSISDN, MANDATE)
"""The identifier types that lead somewhere here; every other one leads nowhere."""

_MSISDN = re.compile(r"\+?([1-9][0-9]{6,14})")
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._:-]{0,63}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An account as the partner named it: `account` in our words, or a mandate."""

    account: str = ""
    mandate: str = ""


def read_pair(key: str, value: str) -> Named:
    """One identifier in our words. Refuses: ApiRefused where it can lead nowhere."""
    kind = key.lower()
    if kind in ACCOUNT_KEYS and _ACCOUNT.fullmatch(value):
        return Named(account=value)
    found = _MSISDN.fullmatch(value) if kind == MSISDN else None
    if found is not None:
        return Named(account=f"msisdn:{found.group(1)}")
    if kind == MANDATE and len(value) <= 64:
        return Named(mandate=value)
    raise not_found("no such account")


def read_party(pairs: Sequence[Pair] | None) -> Named | None:
    """A party of one identifier. Refuses: ApiRefused for several, which could disagree."""
    if pairs is None:
        return None
    if len(pairs) != 1:
        raise malformed("party", "one identifier is enough, and all that is taken")
    return read_pair(pairs[0].key, pairs[0].value)


def read_path(first: str, second: str | None) -> Named:
    """`{type}/{identifier}`, or `{type}@{identifier}` alone."""
    if second is not None:
        return read_pair(first, second)
    kind, separator, value = first.partition("@")
    if not separator or "$" in value:
        raise not_found("no such account")
    return read_pair(kind, value)


def own_or_none(partners: Partners, partner: Partner, named: Named) -> AccountId | None:
    """The account, when it is the partner's own."""
    found = partners.find_account(named.account) if named.account else None
    return found if found == partner.account else None


def names_own(partners: Partners, partner: Partner, named: Named | None) -> bool:
    """Whether a party is the partner itself; nobody named is nobody."""
    return named is not None and own_or_none(partners, partner, named) is not None
