"""ModuleLink: an edge's own way to the crypto module, on an event loop.

What is asked while an answer is on its way is asked together in the next frame. So nobody waits for
company, and under load one frame carries the questions of many messages.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import cast

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.crypto.modules.frames import (
    Answers,
    Denied,
    Done,
    FrameRefused,
    OpenMessage,
    Together,
    VerifyPin,
    frame_length,
    frame_octets,
    read_answer,
)
from tallystick.crypto.modules.pin import check_pin_call
from tallystick.crypto.modules.ports import BATCH_MAX, PinCall
from tallystick.crypto.modules.refusals import ModuleUnavailable, PinNotVerified
from tallystick.ground.errors import Defect
from tallystick.ground.limits import MESSAGE_MAX

ANSWER_S_MAX = 2.0
"""An edge that waits longer for the module takes it for lost and refuses."""

WAITING_MAX = 4096
_LENGTH_OCTETS = 4
_Asked = tuple[OpenMessage | VerifyPin, "asyncio.Future[Done | Denied]"]


class ModuleLink(asyncio.Protocol):
    """Opens messages and compares PINs through a channel that the module's owner had admitted.

    After one unanswered question everything is ModuleUnavailable: the edge is to be started anew.
    """

    def __init__(
        self, *, answer_s_max: float | None = None, lost: Callable[[], None] | None = None
    ) -> None:
        """`lost` is called once, when the module does not answer any more."""
        self._answer_s_max = answer_s_max or ANSWER_S_MAX
        self._tell = lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self._waiting: list[_Asked] = []
        self._asked: list[_Asked] = []
        self._incoming = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._scheduled = False

    @classmethod
    async def over(
        cls,
        channel: socket.socket,
        *,
        answer_s_max: float | None = None,
        lost: Callable[[], None] | None = None,
    ) -> ModuleLink:
        """Take a channel over; it is closed with the link."""
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(
            lambda: cls(answer_s_max=answer_s_max, lost=lost), sock=channel
        )
        return link

    @property
    def usable(self) -> bool:
        return self._transport is not None

    async def open_message(self, token: str, *, typ: str) -> bytes:
        """See `CryptoModule.open_message`. Refuses: EnvelopeRefused, ModuleUnavailable."""
        if len(token) > MESSAGE_MAX or not token.isascii():
            token = ""  # refused there, as when several are opened together
        answer = await self._ask(OpenMessage(token=token, typ=typ))
        if isinstance(answer, Done):
            return answer.octets
        raise EnvelopeRefused(answer.reason)

    async def verify_pin(self, call: PinCall) -> PinNotVerified | None:
        """None when the PIN is right. Refuses: ModuleUnavailable."""
        return pin_refusal(await self.begin_pin(call))

    def begin_pin(self, call: PinCall) -> asyncio.Future[Done | Denied]:
        """Ask about a PIN now and wait later, without a task; `pin_refusal` reads the answer."""
        try:
            check_pin_call(sealed=call.sealed, binding=call.binding, customer=call.customer)
        except PinNotVerified as refusal:
            refused: asyncio.Future[Done | Denied] = self._loop.create_future()
            refused.set_result(Denied(code=refusal.code, reason=refusal.reason))
            return refused
        return self._ask(
            VerifyPin(
                sealed=call.sealed,
                binding=call.binding,
                customer=call.customer,
                reference=call.reference,
            )
        )

    def close(self) -> None:
        """Let go of the channel; whoever waits is refused."""
        self._tell = None
        self._lose()

    # ---- asyncio ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self._lose()

    def data_received(self, data: bytes) -> None:
        self._incoming += data
        try:
            if len(self._incoming) < _LENGTH_OCTETS:
                return
            end = _LENGTH_OCTETS + frame_length(bytes(self._incoming[:_LENGTH_OCTETS]))
            if len(self._incoming) < end:
                return
            if len(self._incoming) > end or not self._asked:
                raise FrameRefused("octets that nobody asked for")
            body = bytes(self._incoming[_LENGTH_OCTETS:])
            self._incoming.clear()
            self._answered(body)
        except (FrameRefused, Defect):
            self._lose()

    # ---- one frame on the way ----------------------------------------------------------------

    def _ask(self, question: OpenMessage | VerifyPin) -> asyncio.Future[Done | Denied]:
        answered: asyncio.Future[Done | Denied] = self._loop.create_future()
        if self._transport is None or len(self._waiting) >= WAITING_MAX:
            answered.set_exception(ModuleUnavailable("the crypto module does not answer"))
            return answered
        self._waiting.append((question, answered))
        if not self._asked and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._send)
        return answered

    def _send(self) -> None:
        self._scheduled = False
        if self._asked or not self._waiting or self._transport is None:
            return
        self._asked, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
        self._timer = self._loop.call_later(self._answer_s_max, self._lose)
        frame = frame_octets(Together(questions=[question for question, _ in self._asked]))
        self._transport.write(frame)

    def _answered(self, body: bytes) -> None:
        asked, self._asked = self._asked, []
        if self._timer is not None:
            self._timer.cancel()
        answer = read_answer(body)
        if not isinstance(answer, Answers) or len(answer.answers) != len(asked):
            self._asked = asked
            raise Defect("the crypto module gave the answer to another question")
        for (_, answered), one in zip(asked, answer.answers, strict=True):
            if not answered.done():
                answered.set_result(one)
        self._send()

    def _lose(self) -> None:
        transport, self._transport = self._transport, None
        if self._timer is not None:
            self._timer.cancel()
        refused: Sequence[_Asked] = [*self._asked, *self._waiting]
        self._asked, self._waiting = [], []
        for _, answered in refused:
            if not answered.done():
                answered.set_exception(ModuleUnavailable("the crypto module does not answer"))
        if transport is not None:
            transport.abort()
            if self._tell is not None:
                self._tell()


def pin_refusal(answer: Done | Denied) -> PinNotVerified | None:
    """What the module said of a PIN: None when it was right."""
    return None if isinstance(answer, Done) else PinNotVerified(answer.reason)
