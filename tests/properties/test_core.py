"""The pure core of the ledger against a plain dictionary that is asked order by order.

The model knows numbers and names and nothing of copies, layers or batches.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney import Held, State, apply, due_holds, opened, row_of
from tallystick.protect.enforcement import NewAccount, Transfer, TransferKind

NAMES = ("till", "alice", "bob", "carol")
BOUNDS = {"till": (-10_000, 10_000), "alice": (0, 500), "bob": (0, 10_000), "carol": (-50, 300)}
HOLDS = ("h-0", "h-1", "h-2", "h-3")


@dataclass
class Model:
    """What is posted and held on each account, and the holds that are open."""

    value: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    out: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    coming: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    open: dict[str, tuple[str, str, int, int | None]] = field(default_factory=dict)

    def order(self, transfers: list[Transfer], now_ms: int) -> str:
        """Post all of an order or none; "" or what stands against it."""
        after = copy.deepcopy(self)
        for t in transfers:
            wrong = after.post(t, now_ms)
            if wrong:
                return wrong
        for name in {name for t in transfers for name in (t.debit, t.credit)}:
            floor, cap = BOUNDS[name]
            if after.value[name] - after.out[name] < floor:
                return "funds.insufficient"
            if after.value[name] + after.coming[name] > cap:
                return "funds.insufficient"
        self.__dict__.update(after.__dict__)
        return ""

    def post(self, t: Transfer, now_ms: int) -> str:
        moved = held = 0
        if t.debit not in BOUNDS or t.credit not in BOUNDS:
            return "payee.unknown"
        if t.kind is TransferKind.MOVE:
            moved = t.amount_minor
        elif t.kind is TransferKind.HOLD:
            if t.expires_ms is not None and t.expires_ms <= now_ms:
                return "hold.unknown"
            held = t.amount_minor
            self.open[t.id] = (t.debit, t.credit, t.amount_minor, t.expires_ms)
        else:
            debit, credit, reserved, expires = self.open.pop(t.pending or "", ("", "", 0, None))
            over = expires is not None and now_ms >= expires
            fits = {
                TransferKind.POST: t.amount_minor <= reserved and not over,
                TransferKind.VOID: t.amount_minor == reserved,
                TransferKind.EXPIRE: t.amount_minor == reserved and over,
            }[t.kind]
            said = t.amount_minor if t.reserved_minor is None else t.reserved_minor
            if (debit, credit) != (t.debit, t.credit) or said != reserved or not fits:
                return "hold.unknown"
            held = -reserved
            moved = t.amount_minor if t.kind is TransferKind.POST else 0
        self.value[t.debit] -= moved
        self.value[t.credit] += moved
        self.out[t.debit] += held
        self.coming[t.credit] += held
        return ""


def state() -> State:
    return State.of(
        opened(NewAccount(id=AccountId(name), owner=name, currency="KES", floor=floor, cap=cap))
        for name, (floor, cap) in BOUNDS.items()
    )


amounts = st.one_of(st.integers(1, 20), st.integers(1, 600))


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    kind = draw(st.sampled_from(TransferKind))
    sides = draw(st.permutations([*NAMES, "nobody"]))[:2]
    if draw(st.booleans()):
        sides = ["alice", "till"]  # often enough the same two, so that holds meet resolutions
    minor = draw(amounts)
    reserved = draw(st.sampled_from([None, None, minor, 20]))
    return Transfer(
        id=draw(st.sampled_from(HOLDS)) if kind is TransferKind.HOLD else "t",
        kind=kind,
        debit=AccountId(sides[0]),
        credit=AccountId(sides[1]),
        amount_minor=minor,
        purpose="testing",
        pending=draw(st.sampled_from(HOLDS)) if kind in ("post", "void", "expire") else None,
        reserved_minor=reserved if kind in ("post", "void", "expire") else None,
        expires_ms=draw(st.sampled_from([None, 5, 20])) if kind is TransferKind.HOLD else None,
    )


orders = st.lists(transfers(), min_size=1, max_size=3)
batches = st.lists(st.tuples(st.integers(0, 8), st.lists(orders, max_size=8)), max_size=8)


@given(batches)
def test_the_core_is_the_model(asked: list[tuple[int, list[list[Transfer]]]]) -> None:
    now_ms, model, ledger = 0, Model(), state()
    for step_ms, batch in asked:
        now_ms += step_ms
        before = _plain(ledger)
        after, results = apply(ledger, batch, now_ms)
        assert _plain(ledger) == before, "what was given is as it was"
        expected = [model.order(order, now_ms) for order in batch]
        assert [refusal.code if refusal else "" for refusal in results] == expected
        again, same = apply(ledger, batch, now_ms)
        assert _plain(again) == _plain(after)
        assert [str(one) for one in same] == [str(one) for one in results]
        ledger = after
        _agree(ledger, model)


@given(st.lists(orders, max_size=12))
def test_how_orders_are_cut_into_batches_does_not_matter(asked: list[list[Transfer]]) -> None:
    whole, results = apply(state(), asked, 7)
    cut, each = state(), []
    for order in asked:
        cut, (refusal,) = apply(cut, [order], 7)
        each.append(refusal)
    assert _plain(cut) == _plain(whole)
    assert [r and r.code for r in each] == [r and r.code for r in results]


@given(st.lists(st.tuples(st.sampled_from(HOLDS), st.integers(1, 5), st.integers(1, 9))))
def test_the_clock_gives_back_what_is_due_and_nothing_else(
    asked: list[tuple[str, int, int]],
) -> None:
    ledger = state()
    for name, minor, expires in asked:
        hold = Transfer(
            id=name, kind=TransferKind.HOLD, debit=AccountId("till"), credit=AccountId("alice"),
            amount_minor=minor, purpose="testing", expires_ms=expires,
        )  # fmt: skip
        if name not in ledger.holds:
            ledger, _ = apply(ledger, [[hold]], 0)
    for now_ms in range(1, 12):
        due = due_holds(ledger, now_ms)
        assert {h.id for h in due} == {
            h.id for h in ledger.holds.values() if h and h.expires_ms and h.expires_ms <= now_ms
        }
        ledger, results = apply(ledger, [[_expiry(hold)] for hold in due], now_ms)
        assert results == [None] * len(due)
        assert due_holds(ledger, now_ms) == []
    rows = [row_of(account) for account in ledger.accounts.values()]
    assert all(row.debits_held == row.credits_held == 0 for row in rows)


def _expiry(hold: Held) -> Transfer:
    return Transfer(
        id=f"{hold.id}.over", kind=TransferKind.EXPIRE, debit=hold.debit, credit=hold.credit,
        amount_minor=hold.amount_minor, purpose="testing", pending=hold.id,
    )  # fmt: skip


def _plain(ledger: State) -> tuple[object, ...]:
    return (
        {name: row_of(account) for name, account in ledger.accounts.items()},
        dict(ledger.holds),
    )


def _agree(ledger: State, model: Model) -> None:
    rows = {name: row_of(account) for name, account in ledger.accounts.items()}
    for name, row in rows.items():
        assert row.credits - row.debits == model.value[name]
        assert (row.debits_held, row.credits_held) == (model.out[name], model.coming[name])
    assert sum(r.debits for r in rows.values()) == sum(r.credits for r in rows.values())
    assert {
        h.id: (h.debit, h.credit, h.amount_minor, h.expires_ms)
        for h in ledger.holds.values()
        if h is not None
    } == model.open
