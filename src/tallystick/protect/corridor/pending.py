"""A decided order on its way to the books, and the answer that it will become."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from tallystick.crypto.mechanisms import PublicKey
from tallystick.protect.enforcement import Committed, ServiceClosed
from tallystick.protect.messages import seal_answer


@dataclass(frozen=True, slots=True)
class Pending:
    """A decided order: wait for the promise, then seal the answer.

    `first` is there for a retry: the first answer, or its promise, which is kept before this one.
    """

    promise: Future[Committed | None]
    first: Future[Committed | None] | Committed | None
    to: PublicKey

    @classmethod
    def known(cls, committed: Committed, *, to: PublicKey) -> Pending:
        """An answer that stands in the books already: there is nothing to wait for."""
        nothing: Future[Committed | None] = Future()
        nothing.set_result(None)
        return cls(nothing, committed, to)

    def answer(self, committed: Committed | None) -> str:
        """The sealed answer; `committed` is what the promise gave."""
        return seal_answer(self.proven(committed), to=self.to)

    def proven(self, committed: Committed | None) -> Committed:
        """What was recorded, in the clear: for an interface that has no handset to seal it for."""
        first = self.first.result(0) if isinstance(self.first, Future) else self.first
        proven = committed or first
        if proven is None:
            raise ServiceClosed("nothing was recorded that could be answered")
        return proven
