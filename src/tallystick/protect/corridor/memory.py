"""Memory follows the decisions; when a commit fails it is dropped and read anew."""

from __future__ import annotations

from concurrent.futures import Future

from tallystick.ground.clock import DAY_MS
from tallystick.protect.corridor.desk import Decision, Desk
from tallystick.protect.enforcement import (
    Committed,
    Committer,
    Settlement,
    TransferKind,
    TransferRow,
)
from tallystick.protect.monitoring import Movement, horizon_ms

RECORDS_MAX = 200_000
ACCOUNTS_MAX = 200_000
"""So many records and accounts in memory, some hundred megabytes; then it is read anew."""

HOUR_MS = 3_600_000
ROWS_BETWEEN = 50_000
_MOVING = (TransferKind.MOVE, TransferKind.HOLD)
"""What monitoring sees: money that leaves for somewhere. A hold that is resolved moved before."""


class Memory:
    """Ledger, registers and monitoring windows, as far as anything was decided."""

    def __init__(self, desk: Desk, committer: Committer) -> None:
        self._desk = desk
        self._committer = committer
        self._generation = -1
        self._sequence, self._retired_ms = 0, 0

    def catch_up(self) -> None:
        """Forget and read anew when something that was decided could not be committed.

        Memory counts as read only when all of it was: half of a history would let through what
        the whole of it refuses.
        """
        generation = self._committer.generation
        if self._generation == generation:
            self._let_go()
            return
        self._desk.ledger.forget()
        self._desk.registers.forget()
        self._desk.windows.forget()
        self._sequence, self._retired_ms = 0, 0
        for row in self._desk.books.transfers(since_ms=0):
            self._sequence = row.seq
            if row.kind in _MOVING:
                self._desk.windows.apply(_movement(row))
            if row.seq % ROWS_BETWEEN == 0:  # a long history is not held whole while it is read
                self._retire(row.at_ms)
        self._generation = generation

    def _let_go(self) -> None:
        """Forget what can be read again, when there is much of it and none of it is on its way.

        What was decided and is not durable yet stands in memory alone: it is never let go.
        """
        desk = self._desk
        if len(desk.registers) > RECORDS_MAX and self._committer.idle:
            desk.registers.forget()
        if len(desk.ledger) > ACCOUNTS_MAX and self._committer.idle:
            desk.ledger.forget()

    def _retire(self, now_ms: int) -> None:
        """Let monitoring forget, once an hour, what no rule looks at any more."""
        if now_ms - self._retired_ms < HOUR_MS:
            return
        self._retired_ms = now_ms
        rules = self._desk.policy.typologies
        self._desk.windows.retire(now_ms - max(map(horizon_ms, rules), default=0) - DAY_MS)

    def take_over(
        self, settlement: Settlement, decision: Decision | None
    ) -> Future[Committed | None]:
        """Apply a decision in memory and queue it for the books, in this order and at once.

        What was queued will be durable. When memory cannot follow it, nothing more may be decided
        on top of that memory: the service closes, and a new start reads everything anew.
        """
        promise = self._committer.submit(settlement, generation=self._generation)
        try:
            self._follow(settlement, decision)
            self._retire(settlement.at_ms)
        except BaseException:
            self._committer.shut()
            raise
        return promise

    def _follow(self, settlement: Settlement, decision: Decision | None) -> None:
        self._desk.registers.apply(settlement.marks)
        if decision is None:
            return
        self._desk.ledger.apply(decision.accounts, decision.transfers, now_ms=settlement.at_ms)
        for transfer in decision.transfers:
            self._sequence += 1
            if transfer.kind in _MOVING:
                self._desk.windows.apply(
                    Movement(
                        seq=self._sequence,
                        at_ms=settlement.at_ms,
                        kind=transfer.purpose,
                        payer=transfer.debit,
                        payee=transfer.credit,
                        amount_minor=transfer.amount_minor,
                        device=settlement.device or "",
                    )
                )


def _movement(row: TransferRow) -> Movement:
    return Movement(
        seq=row.seq,
        at_ms=row.at_ms,
        kind=row.purpose,
        payer=row.debit,
        payee=row.credit,
        amount_minor=row.amount_minor,
        device=row.device,
    )
