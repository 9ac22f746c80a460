"""The payment functions in this process: a bench, the table of handlers, and an error state."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Denied
from tallystick.crypto.payment.in_token_calls import level_of
from tallystick.crypto.payment.ports import ModuleState
from tallystick.crypto.payment.refusals import CallRefused
from tallystick.crypto.payment.self_tests import failed_self_test
from tallystick.crypto.payment.serials import write_windows
from tallystick.crypto.payment.table import HANDLERS
from tallystick.ground.errors import Defect, Refused

_DEFECT = Denied(code="module.defect", text="the module could not do this")
_BROKEN = Denied(code="module.error", text="the module is in its error state", reason="error state")


class LocalModule:
    """Implements PaymentModule in the caller's process; PaymentModuleProcess has one of its own."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        failed = failed_self_test()
        self._healthy = not failed
        self._broken = replace(_BROKEN, reason=f"self-test: {failed}") if failed else _BROKEN

    def state(self) -> ModuleState:
        return ModuleState(
            level=self._bench.master.level,
            master=self._bench.master.fingerprint,
            policy=self._bench.policy.id,
            sequence=self._bench.journal.sequence,
            healthy=self._healthy,
            statement=self._bench.master.statement,
        )

    def perform(self, calls: Sequence[Call]) -> list[Answer | Denied]:
        answers = [self._perform_one(call) for call in calls]
        return answers if self._remember() else [self._broken] * len(answers)

    def close(self) -> None:
        if self._healthy:
            write_windows(self._bench)
        self._healthy = False
        self._bench.store.close()
        self._bench.master.close()

    def _remember(self) -> bool:
        """Write what the batch used up, before its answers leave; says whether that was done."""
        if self._healthy:
            try:
                write_windows(self._bench, waiting=self._bench.policy.serials_together)
            except Exception:  # fail closed: an answer whose number is forgotten does not leave
                self._healthy = False
                return False
        return True

    def _perform_one(self, call: Call) -> Answer | Denied:
        area, handler = HANDLERS[type(call)]
        if not self._healthy:
            return self._broken
        level = level_of(type(call), self._bench.master.level)
        if not self._bench.policy.allows_area(area, level):
            return Denied(
                code="level.too_low",
                text=f"the policy wants a higher level of assurance for {area}",
                reason=level,
            )
        try:
            with self._bench.one_call:
                return handler(self._bench, call)
        except CallRefused as refusal:
            return Denied(
                code=refusal.code, text=str(refusal), where=refusal.where, reason=refusal.reason
            )
        except Refused as refusal:
            return Denied(code=refusal.code, text=str(refusal), reason=refusal.code)
        except Defect as error:
            return Denied(code=_DEFECT.code, text=_DEFECT.text, reason=str(error))
        except Exception as error:  # fail closed, and say no more than the kind of the error
            return Denied(code=_DEFECT.code, text=_DEFECT.text, reason=type(error).__name__)
