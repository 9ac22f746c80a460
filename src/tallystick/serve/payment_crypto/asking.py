"""Asking the crypto module: many in one exchange, and its refusals in the service's words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from tallystick.crypto.modules import ModuleUnavailable
from tallystick.crypto.payment import BATCH_MAX, Answer, Call, Denied, PaymentModule
from tallystick.serve.payment_crypto.errors import WireRefused, denied, not_found, not_served, unfit

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "mac": "INVALID_MAC",
        "pin": "INVALID_PIN",
        "card_value": "INVALID_VALIDATION_DATA",
        "cryptogram": "INVALID_AUTH_REQUEST_CRYPTOGRAM",
    }
)
_Asked = tuple[Call, "asyncio.Future[Answer | Denied]"]


class ModuleDesk:
    """The one queue before a crypto module, on one event loop.

    What is asked while an answer is on its way is asked together in the next exchange, so nobody
    waits for company. The exchange itself waits in a thread: the loop goes on serving.
    """

    def __init__(self, module: PaymentModule) -> None:
        self._module = module
        self._waiting: list[_Asked] = []
        self._turn: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="payment-module")

    async def ask(self, call: Call) -> Answer | Denied:
        """The answer. Refuses: WireRefused when the module does not answer."""
        loop = asyncio.get_running_loop()
        promise: asyncio.Future[Answer | Denied] = loop.create_future()
        self._waiting.append((call, promise))
        if self._turn is None:
            self._turn = loop.create_task(self._take_turns())
        return await promise

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _take_turns(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                calls = [call for call, _ in batch]
                try:
                    answers = await loop.run_in_executor(self._thread, self._module.perform, calls)
                except Exception as error:  # whoever waits must be told
                    _tell_all(batch, error)
                    continue
                for (_, promise), answer in zip(batch, answers, strict=True):
                    if not promise.done():
                        promise.set_result(answer)
        finally:
            self._turn = None


def _tell_all(batch: list[_Asked], error: Exception) -> None:
    for _, promise in batch:
        if not promise.done():
            lost = isinstance(error, ModuleUnavailable)
            promise.set_exception(unavailable() if lost else error)


def unavailable() -> WireRefused:
    return WireRefused("ServiceUnavailableException", "The crypto module does not answer.")


def refused_as(refusal: Denied, *, identifier: str, path: str, data: bool) -> WireRefused:
    """A refusal of the module in the words of the service. Its reason stays inside.

    Takes: the key identifier and the member of the request that the refusal is about, and whether
           it was the data plane, which has no word for a conflict.
    """
    text = refusal.text
    match refusal.code:
        case "verification.failed":
            reason = _REASONS.get(refusal.where, "INVALID_MAC")
            told = "The data could not be verified."
            return WireRefused("VerificationFailedException", told, reason=reason)
        case "key.unknown":
            return not_found(identifier)
        case "budget.spent":
            return WireRefused("ThrottlingException", text)
        case "approval.missing" | "level.too_low":
            return denied(text)
        case "operation.unavailable":
            return not_served(text)
        case "key.conflict" | "key.transition":
            return unfit(text, path=path) if data else WireRefused("ConflictException", text)
        case "module.defect" | "module.error":
            return WireRefused("InternalServerException", "The crypto module could not do this.")
    return unfit(text, path=path)
