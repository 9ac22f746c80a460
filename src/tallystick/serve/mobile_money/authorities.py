"""Codes and mandates: asked for by a partner, signed by the customer, shown, given up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tallystick.ground.clock import DAY_MS
from tallystick.protect.corridor import Partners
from tallystick.protect.partners import CODE, MANDATE, Authority
from tallystick.serve.mobile_money.amounts import read_sum
from tallystick.serve.mobile_money.arrivals import Asked, read_instant
from tallystick.serve.mobile_money.deciding import Decider
from tallystick.serve.mobile_money.errors import ApiRefused, malformed, not_found
from tallystick.serve.mobile_money.identifiers import names_own, read_party, read_path
from tallystick.serve.mobile_money.shapes import (
    CodeRequestBody,
    MandateRequestBody,
    Pair,
    plain,
    read_patch,
    read_shape,
    whole_number,
)
from tallystick.serve.mobile_money.signed import authority_object
from tallystick.serve.mobile_money.states import AUTHORITY, final_object

CODE_LIFETIME_S = 900
MANDATE_DAYS = 365
"""What is asked for where the client does not say it."""
_MONTH = 28
_PERIOD_DAYS: Mapping[str, int] = MappingProxyType(
    {
        "weekly": 7,
        "fortnight": 14,
        "twomonths": 59,
        "threemonths": 89,
        "fourmonths": 120,
        "sixmonths": 181,
        "yearly": 365,
    }
)
"""The shortest that a period of this frequency is; every other frequency is once a month."""


class Authorities:
    """What the API asks about codes and mandates."""

    def __init__(self, partners: Partners, decider: Decider) -> None:
        self._partners, self._decider = partners, decider

    async def ask_code(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Ask the customer to sign a code for this partner."""
        body = read_shape(asked.body, CodeRequestBody)
        self._demand_own(asked, body.redemption_account_identifiers)
        held = body.hold_funds_indicator
        if body.amount_type not in (None, "exact" if held else "maximum"):
            raise malformed("amountType", "exact with holdFundsIndicator, maximum without it")
        lifetime_s = whole_number(body.code_lifetime) or CODE_LIFETIME_S
        if not 60 <= lifetime_s <= 604_800:
            raise malformed("codeLifetime", "60 to 604800 seconds")
        terms = {"kind": "reserved code" if held else "code", "lifetime_s": lifetime_s}
        return await self._ask(asked, body, body.amount, terms)

    async def ask_mandate(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Ask the customer to sign a mandate for this partner: one full payment each period."""
        body = read_shape(asked.body, MandateRequestBody)
        self._demand_own(asked, body.payee)
        now_ms = self._partners.now_ms()
        if body.start_date and read_instant(body.start_date, "startDate") > now_ms + DAY_MS:
            raise malformed("startDate", "a mandate begins when the customer signs it")
        until_ms = now_ms + MANDATE_DAYS * DAY_MS
        if body.end_date:
            until_ms = read_instant(body.end_date, "endDate")
        if not now_ms + DAY_MS <= until_ms <= now_ms + 1829 * DAY_MS:
            raise malformed("endDate", "a day to five years from now")
        payments = whole_number(body.number_of_payments)
        if payments is not None and payments > 10_000:
            raise malformed("numberOfPayments", "at most 10000")
        terms: dict[str, Any] = {
            "kind": MANDATE,
            "until_ms": until_ms,
            "per_period": self._sum(body.amount_limit, body.currency),
            "period_days": _PERIOD_DAYS.get(body.frequency_type, _MONTH),
        }
        if payments is not None:
            terms["payments"] = payments
        return await self._ask(asked, body, body.amount_limit, terms)

    async def code(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """A code that a customer gave to this partner, under the customer's account."""
        found = self._authority(asked, asked.path["authorisationCode"], CODE)
        return 200, authority_object(self._partners, found)

    async def mandate(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """A mandate in favour of this partner."""
        found = self._authority(asked, asked.path["debitMandateReference"], MANDATE)
        return 200, authority_object(self._partners, found)

    async def end_code(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Give up a code that reserves nothing."""
        read_patch(asked.body, path="codeState", values=("cancelled", "inactive"))
        return await self._end(asked, asked.path["authorisationCode"], CODE)

    async def end_mandate(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Give up a mandate; only the customer can make another."""
        read_patch(asked.body, path="mandateStatus", values=("inactive",))
        return await self._end(asked, asked.path["debitMandateReference"], MANDATE)

    async def _ask(
        self,
        asked: Asked,
        body: CodeRequestBody | MandateRequestBody,
        amount: str,
        terms: Mapping[str, Any],
    ) -> tuple[int, dict[str, Any]]:
        if body.request_date is not None:
            read_instant(body.request_date, "requestDate")
        draft = {
            "payer": self._customer(asked),
            "amount": self._sum(amount, body.currency),
            "currency": self._partners.currency,
            "authority": dict(terms),
        }
        note = {"what": AUTHORITY, "asked": plain(body)}
        return await self._decider.answered(
            asked, ("partner.request", draft), note, show=final_object, deferred=True
        )

    async def _end(self, asked: Asked, name: str, kind: str) -> tuple[int, dict[str, Any]]:
        found = self._authority(asked, name, kind)
        note = {"what": AUTHORITY, "asked": {}}
        draft = ("partner.end", {"authority": found.name})
        return await self._decider.answered(asked, draft, note, show=final_object, deferred=True)

    def _sum(self, text: str, currency: str) -> str:
        return read_sum(text, currency, ours=self._partners.currency)

    def _customer(self, asked: Asked) -> str:
        """The account that is asked, as it was named: whether it exists is not told."""
        named = read_path(asked.path["first"], asked.path.get("second"))
        if not named.account:
            raise not_found("no such account")
        return named.account

    def _demand_own(self, asked: Asked, parties: list[Pair] | None) -> None:
        """Refuses: ApiRefused for an authority in somebody else's favour."""
        if parties and not names_own(self._partners, asked.partner, read_party(parties)):
            raise ApiRefused(
                "authorisation",
                "requestingPartyAuthorisationError",
                "a code or mandate is for the partner that asks for it",
            )

    def _authority(self, asked: Asked, name: str, kind: str) -> Authority:
        """Refuses: ApiRefused (404), for whatever is not this partner's to see."""
        found = self._partners.authority(name)
        named = read_path(asked.path["first"], asked.path.get("second"))
        account = None if named.mandate else self._partners.find_account(named.account)
        if found is None or found.kind != kind or found.account != account:
            raise not_found()
        if found.partner not in ("", asked.partner.account):
            raise not_found()
        return found
