"""Monitoring's incremental state answers as a walk over everything that was seen."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tallystick.decide.policy import TypologyRule
from tallystick.ground.clock import DAY_MS
from tallystick.protect.monitoring import PAYMENTS, Movement, Windows, horizon_ms

LIMIT = 1_000
DAY_S = 86_400
ACCOUNTS = ("ada", "ben", "cleo", "dan")
KINDS = (*sorted(PAYMENTS), "remote.pay", "remote.pay", "emoney.issue")
HALF_DAY_MS = DAY_MS // 2
GAPS_MS = (0, 0, 0, 1, 1, 1, 1, HALF_DAY_MS, DAY_MS - 1, DAY_MS)
LATE_MS = (0, 0, 0, 0, 1, HALF_DAY_MS, DAY_MS, 2 * DAY_MS)


def rule(name: str, window_s: int, **numbers: int) -> TypologyRule:
    return TypologyRule(id=name, window_s=window_s, action="alert", numbers=numbers)


RULES = (
    rule("structuring", DAY_S, count_min=3, near_permille=901),
    rule("velocity", DAY_S, count_max=4),
    rule("fan_in", 2 * DAY_S, payers_max=2),
    rule("pass_through", DAY_S, share_permille=800),
    rule("dormant", DAY_S, idle_days=2, amount_permille=700),
)


@st.composite
def streams(draw: st.DrawFn) -> list[Movement]:
    """Movements in ledger order whose event times tie, fall on window borders and arrive late."""
    size = draw(st.integers(1, 60))
    now, stream = 10 * DAY_MS, []
    for seq in range(1, size + 1):
        now += draw(st.sampled_from(GAPS_MS))
        late = draw(st.sampled_from(LATE_MS))
        payer = draw(st.sampled_from(ACCOUNTS))
        payee = draw(st.sampled_from([a for a in ACCOUNTS[:3] if a != payer]))
        stream.append(
            Movement(
                seq=seq * 2,
                at_ms=now - late,
                kind=draw(st.sampled_from(KINDS)),
                payer=payer,
                payee=payee,
                amount_minor=draw(st.sampled_from((1, 100, 700, 900, 901, 901, 1_000, 1_000))),
                device=draw(st.sampled_from(("", "d1", f"d-{payer}"))),
            )
        )
    return stream


def observed(seen: Sequence[Movement], now: Movement) -> dict[str, int]:
    """Every rule by its own words, over everything that came before."""
    return {
        finding: number
        for finding, number in (
            ("structuring", structuring(seen, now)),
            ("velocity", velocity(seen, now)),
            ("fan_in", fan_in(seen, now)),
            ("pass_through", pass_through(seen, now)),
            ("dormant", dormant(seen, now)),
        )
        if number is not None
    }


def visible(seen: Sequence[Movement], now: Movement, window_ms: int) -> list[Movement]:
    """Decision n sees {e: (ts, seq) in ((t - W, n), (t, n)]}; n comes after all that was seen."""
    n = max((e.seq for e in seen), default=0) + 1
    key = [(e, (e.at_ms, e.seq)) for e in seen]
    low, high = (now.at_ms - window_ms, n), (now.at_ms, n)
    return [e for e, k in key if low < k <= high]


def structuring(seen: Sequence[Movement], now: Movement) -> int | None:
    near = [
        e
        for e in [*visible(seen, now, DAY_MS), now]
        if e.payer == now.payer and e.kind in PAYMENTS and e.amount_minor * 1000 >= 901 * LIMIT
    ]
    return len(near) if now in near and len(near) >= 3 else None


def velocity(seen: Sequence[Movement], now: Movement) -> int | None:
    paid = [e for e in visible(seen, now, DAY_MS) if e.kind in PAYMENTS]
    by_payer = sum(e.payer == now.payer for e in paid) + 1
    by_device = sum(e.device == now.device for e in paid if e.device) + 1
    return max(by_payer, by_device) if max(by_payer, by_device) > 4 else None


def fan_in(seen: Sequence[Movement], now: Movement) -> int | None:
    window = [*visible(seen, now, 2 * DAY_MS), now]
    payers = {e.payer for e in window if e.payee == now.payee and e.kind == "remote.pay"}
    return len(payers) if now.kind == "remote.pay" and len(payers) > 2 else None


def pass_through(seen: Sequence[Movement], now: Movement) -> int | None:
    window = visible(seen, now, DAY_MS)
    came = [e for e in window if e.payee == now.payer and e.kind == "remote.pay"]
    if not came:
        return None
    first = min(e.at_ms for e in came)
    went = [e for e in window if e.payer == now.payer and e.kind in PAYMENTS and e.at_ms >= first]
    received = sum(e.amount_minor for e in came)
    sent = sum(e.amount_minor for e in [*went, now])
    same = min(sent, received) * 1000 >= 800 * max(sent, received)
    return sent * 1000 // received if same else None


def dormant(seen: Sequence[Movement], now: Movement) -> int | None:
    mine = [e for e in seen if e.payer == now.payer and e.kind in PAYMENTS]
    window = visible(mine, now, DAY_MS)
    sent = sum(e.amount_minor for e in [*window, now])
    woke = min([e.at_ms for e in window], default=now.at_ms)
    asleep = woke - 2 * DAY_MS
    known = any(e.at_ms <= asleep for e in seen if now.payer in (e.payer, e.payee))
    stirred = any(asleep < e.at_ms < woke for e in mine)
    if not known or stirred or sent * 1000 < 700 * LIMIT:
        return None
    return sent * 1000 // LIMIT


def found(windows: Windows, now: Movement) -> dict[str, int]:
    return {f.typology: f.observed for f in windows.decide(now, RULES, limit_minor=LIMIT)}


@given(streams())
def test_every_decision_is_what_a_walk_over_the_past_says(stream: list[Movement]) -> None:
    windows, seen = Windows(), []
    for movement in stream:
        if movement.kind in PAYMENTS:
            assert found(windows, movement) == observed(seen, movement)
        windows.apply(movement)
        seen.append(movement)


@given(streams(), st.randoms())
def test_the_state_is_a_function_of_the_movements(stream: list[Movement], chance) -> None:
    live = Windows()
    for movement in stream:
        if movement.kind in PAYMENTS:
            live.decide(movement, RULES, limit_minor=LIMIT)
        live.apply(movement)
    shuffled = list(stream)
    chance.shuffle(shuffled)
    assert Windows.rebuild(shuffled) == live


@given(streams(), streams(), st.integers(0, 30))
def test_retiring_changes_no_decision_within_the_horizon(
    stream: list[Movement], probes: list[Movement], days: int
) -> None:
    before_ms = 8 * DAY_MS + days * DAY_MS
    full, retired = Windows.rebuild(stream), Windows.rebuild(stream)
    retired.retire(before_ms)
    from_ms = before_ms + max(horizon_ms(r) for r in RULES)
    for probe in probes:
        if probe.kind in PAYMENTS and probe.at_ms >= from_ms:
            assert found(retired, probe) == found(full, probe)


@given(streams(), st.integers(0, 30), st.integers(0, 40))
def test_retiring_and_rebuilding_meet(stream: list[Movement], days: int, cut: int) -> None:
    """Retired early or late, what was applied after an instant is the same state."""
    before_ms = 8 * DAY_MS + days * DAY_MS
    once, often = Windows.rebuild(stream), Windows()
    for movement in stream:
        often.apply(movement)
        if movement.seq <= cut:
            often.retire(before_ms - DAY_MS)
    often.retire(before_ms)
    once.retire(before_ms)
    assert once == often
