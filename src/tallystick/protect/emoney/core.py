"""The core of the ledger: a pure function from a state, a batch and the time to the next state.

It knows no clock, no chance and no storage, and changes nothing that it was given. The running
corridor, the storms and the benchmark all decide with it. An order is its transfers: they are
posted all or none. Orders are decided one on top of the other, in the order in which they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tallystick.ground.errors import Defect, Refused
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney.state import Account, Held, State, Terms
from tallystick.protect.enforcement import Transfer, TransferKind

_MOVE, _HOLD = TransferKind.MOVE, TransferKind.HOLD
_POST, _EXPIRE = TransferKind.POST, TransferKind.EXPIRE
_BELOW_FLOOR = "the account would fall below its floor"
_ABOVE_CAP = "the account would rise above its cap"


class AccountUnknown(Refused):
    """There is no such account in these books."""

    code, clause = "payee.unknown", "13"


class FundsInsufficient(Refused):
    """The transfer would take an account below its floor or above its cap."""

    code, clause = "funds.insufficient", "13"


class HoldUnknown(Refused):
    """No such hold, or it was resolved before."""

    code, clause = "hold.unknown", "13"


@dataclass(slots=True)
class Decided:
    """What a batch came to: one result per order, and everything that is different behind it.

    A result is None for an order that was accepted, else its refusal. Of a hold that was resolved
    `holds` says None.
    """

    results: list[Refused | None]
    accounts: dict[AccountId, Account]
    holds: dict[str, Held | None] = field(default_factory=dict)

    def take_into(self, state: State) -> None:
        """Move a state on, in its place. Who still needs what it was uses `apply`."""
        state.accounts.update(self.accounts)
        for name, hold in self.holds.items():
            if hold is None and not state.claimed:
                state.holds.pop(name, None)
            else:
                state.holds[name] = hold


def apply(
    state: State, batch: Sequence[Sequence[Transfer]], now_ms: int
) -> tuple[State, list[Refused | None]]:
    """The state behind a batch, and what became of each order; the old state stays as it is.

    Refuses: Defect for transfers that no order may ask for: no positive amount, one account alone,
             two currencies.
    """
    decided = decide(state, batch, now_ms)
    after = State(dict(state.accounts), dict(state.holds), state.claimed)
    decided.take_into(after)
    return after, decided.results


def decide(state: State, batch: Sequence[Sequence[Transfer]], now_ms: int) -> Decided:
    """What `apply` does, as changes to take over. Costs what the batch touches, not the state."""
    decided = Decided([], {})
    accounts, changed, results = state.accounts, decided.accounts, decided.results
    for transfers in batch:
        t = transfers[0] if len(transfers) == 1 else None
        if t is None or t.kind is not _MOVE:
            results.append(_decide_linked(state, transfers, now_ms, decided))
            continue
        # One transfer between two accounts, by far the most frequent order, without a detour.
        debit, credit, amount = t.debit, t.credit, t.amount_minor
        payer = changed.get(debit) or accounts.get(debit)
        payee = changed.get(credit) or accounts.get(credit)
        if payer is None or payee is None:
            results.append(AccountUnknown("no such account"))
            continue
        terms, debits, credits_, debits_held, credits_held = payer
        others, paid, received, to_pay, to_receive = payee
        if amount <= 0 or terms is others or terms.currency != others.currency:
            _demand_possible(t, terms, others)
        debits += amount
        received += amount
        if credits_ - debits - debits_held < terms.floor:
            results.append(FundsInsufficient(_BELOW_FLOOR))
        elif received - paid + to_receive > others.cap:
            results.append(FundsInsufficient(_ABOVE_CAP))
        else:
            changed[debit] = terms, debits, credits_, debits_held, credits_held
            changed[credit] = others, paid, received, to_pay, to_receive
            results.append(None)
    return decided


def _decide_linked(
    state: State, transfers: Sequence[Transfer], now_ms: int, decided: Decided
) -> Refused | None:
    touched: dict[AccountId, Account] = {}
    layers = (touched, decided.accounts, state.accounts)
    open_holds = _Holds(state, decided.holds, {})
    try:
        for t in transfers:
            payer, payee = _look_up(t.debit, layers), _look_up(t.credit, layers)
            _demand_possible(t, payer[0], payee[0])
            posted, held = _moved(t, open_holds, now_ms)
            terms, debits, credits_, debits_held, credits_held = payer
            touched[t.debit] = terms, debits + posted, credits_, debits_held + held, credits_held
            terms, debits, credits_, debits_held, credits_held = payee
            touched[t.credit] = terms, debits, credits_ + posted, debits_held, credits_held + held
        for account in touched.values():
            demand_bounds(account)
    except Refused as refusal:
        return refusal
    decided.accounts.update(touched)
    decided.holds.update(open_holds.order)
    return None


def _look_up(name: AccountId, layers: Iterable[Mapping[AccountId, Account]]) -> Account:
    """An account as the newest layer that knows it has it. Refuses: AccountUnknown."""
    for layer in layers:
        if name in layer:
            return layer[name]
    raise AccountUnknown("no such account")


@dataclass(slots=True)
class _Holds:
    """Holds as the orders before this, and the transfers of this order so far, leave them."""

    state: State
    decided: Mapping[str, Held | None]
    order: dict[str, Held | None]

    def resolve(self, t: Transfer, now_ms: int) -> Held:
        """The hold that a transfer resolves, exactly once. Refuses: HoldUnknown."""
        name = t.pending or ""
        layers = (self.order, self.decided, self.state.holds)
        hold = next((layer[name] for layer in layers if name in layer), None)
        known = any(name in layer for layer in layers)
        if hold is None and not known and self.state.claimed and name:
            reserved = t.amount_minor if t.reserved_minor is None else t.reserved_minor
            hold = Held(name, t.debit, t.credit, reserved, now_ms if t.kind is _EXPIRE else None)
        if hold is None or (hold.debit, hold.credit) != (t.debit, t.credit):
            raise HoldUnknown("no open hold of that name")
        _demand_fit(t, hold, now_ms)
        self.order[name] = None
        return hold


def _demand_fit(t: Transfer, hold: Held, now_ms: int) -> None:
    """A post takes at most what is held, and in time; the clock gives back what is over."""
    over = hold.expires_ms is not None and now_ms >= hold.expires_ms
    reserved = t.amount_minor if t.reserved_minor is None else t.reserved_minor
    whole = t.amount_minor == hold.amount_minor
    if reserved != hold.amount_minor or t.amount_minor > hold.amount_minor:
        raise HoldUnknown("the hold reserved something else")
    if t.kind is _POST and over:
        raise HoldUnknown("the time of the hold is over")
    if t.kind is _EXPIRE and not over:
        raise HoldUnknown("the hold has time left")
    if t.kind is not _POST and not whole:
        raise HoldUnknown("a hold is given back whole")


def _moved(t: Transfer, holds: _Holds, now_ms: int) -> tuple[int, int]:
    """How much a transfer posts, and how much more (or less) it holds, on both of its sides."""
    amount = t.amount_minor
    if t.kind is _MOVE:
        return amount, 0
    if t.kind is _HOLD:
        if t.expires_ms is not None and t.expires_ms <= now_ms:
            raise HoldUnknown("the hold would be over before it begins")
        holds.order[t.id] = Held(t.id, t.debit, t.credit, amount, t.expires_ms)
        return 0, amount
    reserved = holds.resolve(t, now_ms).amount_minor
    return amount if t.kind is _POST else 0, -reserved


def _demand_possible(t: Transfer, payer: Terms, payee: Terms) -> None:
    """Refuses: Defect. Whoever asks for such a transfer did not read its order."""
    if payer.currency != payee.currency or t.debit == t.credit:
        raise Defect("a transfer joins two accounts of one currency")
    if t.amount_minor <= 0:
        raise Defect("a transfer moves a positive amount")


def demand_bounds(account: Account) -> None:
    """Refuses: FundsInsufficient when floor or cap, holds included, would break."""
    terms, debits, credits_, debits_held, credits_held = account
    if credits_ - debits - debits_held < terms.floor:
        raise FundsInsufficient(_BELOW_FLOOR)
    if credits_ - debits + credits_held > terms.cap:
        raise FundsInsufficient(_ABOVE_CAP)
    if debits_held < 0 or credits_held < 0:
        raise HoldUnknown("more is given back than is held")
